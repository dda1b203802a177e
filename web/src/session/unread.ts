// What the user has seen of the room, here and in other tabs.
import type { Welcome } from "../../client.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";

const { room } = store;

/** How often other devices are told what was seen, in ms. */
const tellEvery = 2000;

export class Unread {
  readonly #code: string;
  readonly #tell: (seq: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** tell tells the user's other devices what was seen. */
  constructor(code: string, tell: (seq: number) => void) {
    this.#code = code;
    this.#tell = tell;
  }

  /** Begins a log: what was unread on the last visit still is, unless it was read on another device. */
  begin(w: Welcome): void {
    const here = storage.lastRead(this.#code);
    const seen = Math.max(here?.epoch === w.epoch && here.seq <= w.head ? here.seq : 0, w.seen ?? 0);
    room.seen.value = seen || w.head;
    room.unreadAfter.value = seen && seen < w.head ? seen : undefined;
  }

  /** Puts the "new messages" line above a message that the user doesn't look at. `last` is the seq before it. */
  arrived(last: number): void {
    if (room.unreadAfter.value === undefined || room.seen.value >= last) room.unreadAfter.value = room.seen.value;
  }

  /** Notes that the user has seen the messages up to a seq; by default all. */
  seen(seq = room.fold.last): void {
    const last = Math.min(seq, room.fold.last);
    if (last <= room.seen.value) return;
    room.seen.value = last;
    storage.setLastRead(this.#code, { epoch: room.epoch, seq: last });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell(room.seen.value);
    }, tellEvery);
  }

  /** Takes over what the user has seen on another device. */
  seenElsewhere(seq: number): void {
    if (seq > room.seen.value) room.seen.value = Math.min(seq, room.fold.last);
    if (seq >= room.fold.last) room.unreadAfter.value = undefined;
  }

  close(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#tell(room.seen.value);
  }
}

/** Takes over what the user has seen of the room that is shown in another tab. */
export function syncSeen(): void {
  const at = storage.lastRead(room.code.value);
  if (at?.epoch !== room.epoch || at.seq <= room.seen.value) return;
  room.seen.value = Math.min(at.seq, room.fold.last);
}
