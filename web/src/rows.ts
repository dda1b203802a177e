// The rows of the message list, from the top: messages, and the lines between them.
import type { LogEvent, Pending } from "../client.ts";
import { emoteOf } from "./emote.ts";
import type { Message } from "./fold.ts";
import type { Presence } from "./presence.ts";

/** A row. Its key never changes, also not when a message of the user is confirmed. */
export type Row = { key: string } & (
  | { is: "top" }
  | { is: "day"; at: Date }
  | { is: "message"; message: Message; own: boolean; first: boolean; last: boolean }
  | { is: "deleted"; from: string; count: number; last: number } // several messages of one member in a row
  | { is: "pending"; message: Pending; first: boolean; last: boolean }
  | { is: "presence"; presence: Presence }
  | { is: "moderation"; event: LogEvent }
  | { is: "gap"; first: number; last: number }
  | { is: "line" }
);

interface RowSources {
  messages: readonly Message[];
  moderations: readonly LogEvent[];
  pending: readonly Pending[];
  presence: readonly Presence[];
  gaps: readonly { first: number; last: number }[];
  unreadAfter: number | undefined;
  you: string | undefined;
}

/** Messages of one sender within this time form a group, in ms. */
const groupWithin = 5 * 60_000;

export function rowsOf(sources: RowSources): Row[] {
  const rows: Row[] = [{ is: "top", key: "top" }];
  const own = new Set<string>(); // ids that are in the log already
  let gap = 0;
  let presence = 0;
  let nextModeration = 0;
  let day = [0, 0]; // from, and up to, in ms
  let lined = false;
  let before: Message | undefined; // directly above
  const presenceUpTo = (seq: number) => {
    for (; presence < sources.presence.length && sources.presence[presence]!.after < seq; presence++) {
      const p = sources.presence[presence]!;
      rows.push({ is: "presence", key: `p${p.after}`, presence: p });
      before = undefined;
    }
  };
  const dayOf = (at: Date, seq: number) => {
    const ms = at.getTime();
    if (ms >= day[0]! && ms < day[1]!) return;
    rows.push({ is: "day", key: `d${seq}`, at });
    before = undefined;
    const [year, month, date] = [at.getFullYear(), at.getMonth(), at.getDate()];
    day = [new Date(year, month, date).getTime(), new Date(year, month, date + 1).getTime()];
  };
  const moderationsUpTo = (seq: number) => {
    for (
      ;
      nextModeration < sources.moderations.length && sources.moderations[nextModeration]!.seq < seq;
      nextModeration++
    ) {
      const event = sources.moderations[nextModeration]!;
      presenceUpTo(event.seq);
      dayOf(new Date(event.at), event.seq);
      rows.push({ is: "moderation", key: `n${event.seq}`, event });
      before = undefined;
    }
    presenceUpTo(seq);
  };
  for (const message of sources.messages) {
    moderationsUpTo(message.seq);
    for (; gap < sources.gaps.length && sources.gaps[gap]!.last < message.seq; gap++) {
      rows.push({ is: "gap", key: `g${sources.gaps[gap]!.first}`, ...sources.gaps[gap]! });
      before = undefined;
    }
    dayOf(message.at, message.seq);
    if (!lined && sources.unreadAfter !== undefined && message.seq > sources.unreadAfter) {
      lined = true;
      rows.push({ is: "line", key: "line" });
      before = undefined;
    }
    const mine = message.from.member === sources.you;
    if (mine) own.add(message.id);
    const key = mine ? `m${message.id}` : `s${message.seq}`;
    if (message.deleted && mergeDeleted(rows, key, message)) {
      before = undefined;
      continue;
    }
    const first = !before || !belongs(before, message);
    if (!first) extendGroup(rows);
    rows.push({ is: "message", key, message, own: mine, first, last: true });
    before = message;
  }
  moderationsUpTo(Infinity);
  for (const g of sources.gaps.slice(gap)) rows.push({ is: "gap", key: `g${g.first}`, ...g });
  for (const message of sources.pending) {
    if (own.has(message.id)) continue;
    const above = rows.at(-1)!;
    const follows =
      above.is === "pending" ||
      (above.is === "message" && above.own && message.at - above.message.at.getTime() < groupWithin);
    const first = !follows || isEmote(above.message) || isEmote(message);
    if (!first) extendGroup(rows);
    rows.push({ is: "pending", key: `m${message.id}`, message, first, last: true });
  }
  return rows;
}

/** Replaces each row that hasn't changed by the object that it was before. */
export function reuseRows(rows: Row[], before: ReadonlyMap<string, Row>): Row[] {
  return rows.map((row) => {
    const old = before.get(row.key);
    return old !== undefined && says(old, row) ? old : row;
  });
}

function says(a: Row, b: Row): boolean {
  for (const name in b) if (a[name as keyof Row] !== b[name as keyof Row]) return false;
  return true;
}

/**
 * Makes of a deleted message and those of the same member directly above it one row;
 * it reports whether there are any. The row's key is its last message's: older ones
 * may come above.
 */
function mergeDeleted(rows: Row[], key: string, message: Message): boolean {
  const above = rows.at(-1);
  const from = message.from.member;
  if (above?.is === "deleted" && above.from === from) {
    rows[rows.length - 1] = { ...above, key, count: above.count + 1, last: message.seq };
    return true;
  }
  if (above?.is !== "message" || !above.message.deleted || above.message.from.member !== from) return false;
  rows[rows.length - 1] = { is: "deleted", key, from, count: 2, last: message.seq };
  const group = rows.at(-2);
  if (!above.first && group?.is === "message") group.last = true;
  return true;
}

/** Notes that the row above is not the last one of its group. */
function extendGroup(rows: Row[]): void {
  const above = rows.at(-1);
  if (above?.is === "message" || above?.is === "pending") above.last = false;
}

/** Whether a message is an emote, which names its sender itself. */
const isEmote = (m: Pick<Message, "content">): boolean => emoteOf(m.content) !== undefined;

function belongs(above: Message, message: Message): boolean {
  return (
    !isEmote(above) &&
    !isEmote(message) &&
    above.from.member === message.from.member &&
    above.from.nick === message.from.nick &&
    above.as === message.as &&
    Math.abs(message.at.getTime() - above.at.getTime()) < groupWithin
  );
}
