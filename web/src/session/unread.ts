// What the user has seen of the room, here and in other tabs.
import type { Welcome } from "../../client.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";

const { room } = store;

export class Unread {
  readonly #code: string;

  constructor(code: string) {
    this.#code = code;
  }

  /** Begins a log: what was unread on the last visit still is. */
  begin(w: Welcome): void {
    const seen = storage.lastRead(this.#code);
    const known = seen?.epoch === w.epoch && seen.seq <= w.head;
    room.seen.value = known ? seen.seq : w.head;
    room.unreadAfter.value = known && seen.seq < w.head ? seen.seq : undefined;
  }

  /** Puts the "new messages" line above a message that the user doesn't look at. `last` is the seq before it. */
  arrived(last: number): void {
    if (room.unreadAfter.value === undefined || room.seen.value >= last) room.unreadAfter.value = room.seen.value;
  }

  /** Notes that the user has seen the newest message. */
  seen(): void {
    const { last } = room.fold;
    if (last <= room.seen.value) return;
    room.seen.value = last;
    storage.setLastRead(this.#code, { epoch: room.epoch, seq: last });
  }
}

/** Takes over what the user has seen of the room that is shown in another tab. */
export function syncSeen(): void {
  const at = storage.lastRead(room.code.value);
  if (at?.epoch !== room.epoch || at.seq <= room.seen.value) return;
  room.seen.value = Math.min(at.seq, room.fold.last);
}
