// The newest messages of a room, which this browser keeps to show them until the server
// has answered. It isn't part of the first load.
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
/** How many lines about the room it has. */
const mostModerations = 100;
/** After how long a change is written, in ms. */
const pace = 1000;

/** The copy of the room that is shown. */
export class RoomCopy {
  readonly #code: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #after = 0; // the server doesn't have events up to this one any more
  #ended = false;

  /** Shows the copy, if there is one and the room isn't joined by then. */
  constructor(code: string) {
    this.#code = code;
    void this.#show();
  }

  async #show(): Promise<void> {
    const stored = await database.get("copies", roomKey(this.#code));
    const copy = stored && current(stored, Date.now());
    const place = storage.place(this.#code);
    if (this.#ended) return;
    if (room.entered.value) return this.changed();
    if (!copy || !place) return;
    batch(() => {
      const { last, epoch } = copy;
      room.fold = room.copied.value = foldOf(copy);
      room.epoch = epoch;
      const read = storage.lastRead(this.#code);
      const seen = read?.epoch === epoch ? read.seq : last;
      room.seen.value = seen;
      if (seen < last) {
        room.unreadAfter.value = seen;
        room.atEnd.value = false;
        room.goTo.value = { seq: seen + 1, line: true };
      }
      room.you.value = { member: place.member, nick: place.nick ?? "", role: copy.role };
      room.settings.value = copy.settings;
      room.limits.value = copy.limits;
      room.pins.value = copy.pins;
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
    const { fold, epoch, settings, limits, pins, you } = room;
    void database.put("copies", roomKey(this.#code), {
      ...partOf(fold, this.#after),
      room: this.#code,
      epoch,
      settings: settings.value!,
      limits: limits.value,
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
    if (m.seq <= after) break;
    for (const text of [m.content, ...(m.files ?? []).flatMap((f) => [f.name, f.alt ?? ""])]) chars += text.length;
    if (chars > mostChars) break;
    kept.push(m);
  }
  return kept.reverse();
}

/** Brings a stored copy up to date with a newer part of the room's log. What was erased meanwhile goes. */
export async function updateCopy(code: string, epoch: string, part: Fold): Promise<void> {
  const key = roomKey(code);
  // A copy that is removed meanwhile stays removed.
  await database.change("copies", key, (all) =>
    all
      .filter(([of]) => of === key)
      .map(([, copy]) => [key, copy.epoch === epoch ? { ...copy, ...partOf(part, 0) } : undefined]),
  );
}

/** What a copy has of a log: its newest part, after a seq. */
function partOf(fold: Fold, after: number): Pick<Copy, "first" | "last" | "messages" | "moderations"> {
  const messages = newest(fold.messages, after);
  const first = messages[0]?.seq ?? fold.last;
  const moderations = fold.moderations.filter((e) => e.seq >= first).slice(-mostModerations);
  return { first, last: fold.last, messages, moderations };
}

/** A copy as the part of a log. */
export function foldOf({ messages, moderations = [], first, last }: Copy): Fold {
  return Object.assign(new Fold(), { messages: [...messages], moderations: [...moderations], first, last });
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
