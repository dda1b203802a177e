// The newest messages of a room, which this browser keeps to show them without the
// server. It isn't part of the first load.
import { batch } from "@preact/signals";
import { Fold, type Message } from "../fold.ts";
import { roomKey, type Copy } from "../records.ts";
import { database, storage } from "../storage.ts";
import { store } from "../store.ts";

const { room } = store;

/** How many messages a copy has at most. */
const mostMessages = 100;
/** How many characters. */
const mostChars = 100_000;
/** After how long a change is written, in ms. */
const pace = 1000;

/** The copy of the room that is shown. */
export class RoomCopy {
  readonly #code: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #after = 0; // the server doesn't have events up to this one any more
  #ended = false;

  constructor(code: string) {
    this.#code = code;
  }

  /** Shows the copy, if there is one and nothing is shown yet. */
  async show(): Promise<void> {
    const key = roomKey(this.#code);
    const stored = (await database.all("copies", key)).find(([k]) => k === key)?.[1];
    const copy = stored && current(stored, Date.now());
    const place = storage.place(this.#code);
    if (!copy || !place || this.#ended || room.entered.value || room.copied.value) return;
    batch(() => {
      const { messages, first, last, epoch } = copy;
      room.fold = Object.assign(new Fold(), { messages, first, last });
      room.epoch = epoch;
      const seen = storage.lastRead(this.#code);
      room.seen.value = seen?.epoch === epoch ? seen.seq : last;
      room.you.value = { member: place.member, nick: place.nick ?? "", role: copy.role };
      room.settings.value = copy.settings;
      room.pins.value = copy.pins;
      room.copied.value = true;
      room.version.value++;
    });
  }

  /** Notes that what is shown has changed. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.write(), pace);
  }

  /** Notes that the server has no events any more up to this one. */
  skip(seq: number): void {
    this.#after = seq;
    this.write();
  }

  /** Writes the copy now. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#ended || room.copied.value || !room.entered.value) return;
    const { fold, epoch, settings, pins, you } = room;
    const messages = newest(fold.messages, this.#after);
    void database.put("copies", roomKey(this.#code), {
      room: this.#code,
      epoch,
      first: messages[0]?.seq ?? fold.last,
      last: fold.last,
      messages,
      settings: settings.value!,
      pins: pins.value,
      role: you.value?.role ?? "",
    });
  }

  /** Writes nothing any more. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}

/** The newest messages after a seq that a copy has room for. */
function newest(messages: readonly Message[], after: number): Message[] {
  const kept: Message[] = [];
  let chars = 0;
  for (const m of messages.slice(-mostMessages).reverse()) {
    if (m.deleted || m.seq <= after) continue;
    const content = m.content || (m.files ?? []).map((f) => f.name).join("\n");
    chars += content.length;
    if (chars > mostChars) break;
    const { seq, id, at, from, as, replyTo, edited } = m;
    kept.push({
      seq,
      id,
      at,
      from,
      content,
      ...(as ? { as } : {}),
      ...(replyTo ? { replyTo } : {}),
      ...(edited ? { edited } : {}),
    });
  }
  return kept.reverse();
}

/** What of a copy may still be shown; undefined if the room is closed by now. */
export function current(copy: Copy, now: number): Copy | undefined {
  const { expires, keep_seconds } = copy.settings;
  if (expires && Date.parse(expires) <= now) return undefined;
  if (!keep_seconds) return copy;
  return { ...copy, messages: copy.messages.filter((m) => m.at.getTime() > now - keep_seconds * 1000) };
}

/** Removes what has expired by now, and copies of rooms that aren't on the user's list. */
export async function sweepCopies(): Promise<void> {
  const rooms = new Set(storage.visits.map((v) => roomKey(v.code)));
  await database.change("copies", "", (all) =>
    all.flatMap(([key, copy]) => {
      const left = rooms.has(key) ? current(copy, Date.now()) : undefined;
      return left === copy ? [] : [[key, left]];
    }),
  );
}
