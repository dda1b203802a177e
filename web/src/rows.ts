// The rows of the message list, from the top: messages, and the lines between them.
import type { LogEvent, Pending } from "../client.ts";
import { alike } from "./alike.ts";
import { emoteOf } from "./emote.ts";
import type { Message } from "./fold.ts";
import type { Presence } from "./presence.ts";

/** A row. Its key never changes, also not when a message of the user is confirmed. */
export type Row = { key: string } & (
  | { is: "top" }
  | { is: "day"; at: number } // in ms since 1970
  | { is: "message"; message: Message; own: boolean; first: boolean; last: boolean }
  | { is: "deleted"; from: string; count: number; last: number } // several messages of one member in a row
  | { is: "pending"; message: Pending; first: boolean; last: boolean }
  | { is: "presence"; presence: Presence }
  | { is: "moderation"; event: LogEvent }
  | { is: "gap"; first: number; last: number }
  | { is: "line" }
);

/** What rows are made of. The lists are ascending. */
export interface RowSources {
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

/**
 * The rows of what a room has. `last` is what they were made of the last time, and what came of
 * it: a row that hasn't changed is the same object, and those above the first change aren't
 * made again. Neither is changed.
 */
export function rowsOf(sources: RowSources, last?: { sources: RowSources; rows: readonly Row[] }): Row[] {
  const kept = last ? unchanged(sources, last) : { messages: 0, rows: 0 };
  const rows: Row[] = kept.rows > 0 ? last!.rows.slice(0, kept.rows) : [{ is: "top", key: "top" }];
  const seq = kept.rows > 0 ? sources.messages[kept.messages]!.seq : 0; // everything up to here is in the rows
  let gap = countWhile(sources.gaps, (g) => g.last < seq);
  let presence = countWhile(sources.presence, (p) => p.after < seq);
  let nextModeration = countWhile(sources.moderations, (e) => e.seq < seq);
  let day = seq > 0 ? dayAround(sources.messages[kept.messages]!.at.getTime()) : [0, 0]; // from, and up to, in ms
  let lined = seq > (sources.unreadAfter ?? Infinity);
  const above = rows.at(-1)!;
  let before = above.is === "message" ? above.message : undefined; // directly above
  const presenceUpTo = (seq: number) => {
    for (; presence < sources.presence.length && sources.presence[presence]!.after < seq; presence++) {
      const p = sources.presence[presence]!;
      rows.push({ is: "presence", key: `p${p.after}`, presence: p });
      before = undefined;
    }
  };
  const dayOf = (at: number, of: number | string) => {
    if (at >= day[0]! && at < day[1]!) return;
    rows.push({ is: "day", key: `d${of}`, at });
    before = undefined;
    day = dayAround(at);
  };
  const moderationsUpTo = (seq: number) => {
    for (
      ;
      nextModeration < sources.moderations.length && sources.moderations[nextModeration]!.seq < seq;
      nextModeration++
    ) {
      const event = sources.moderations[nextModeration]!;
      presenceUpTo(event.seq);
      dayOf(Date.parse(event.at), event.seq);
      rows.push({ is: "moderation", key: `n${event.seq}`, event });
      before = undefined;
    }
    presenceUpTo(seq);
  };
  for (const message of sources.messages.slice(kept.messages)) {
    moderationsUpTo(message.seq);
    for (; gap < sources.gaps.length && sources.gaps[gap]!.last < message.seq; gap++) {
      rows.push({ is: "gap", key: `g${sources.gaps[gap]!.first}`, ...sources.gaps[gap]! });
      before = undefined;
    }
    dayOf(message.at.getTime(), message.seq);
    if (!lined && sources.unreadAfter !== undefined && message.seq > sources.unreadAfter) {
      lined = true;
      rows.push({ is: "line", key: "line" });
      before = undefined;
    }
    const mine = message.from.member === sources.you;
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
    if (sources.messages.some((m) => m.id === message.id && m.from.member === sources.you)) continue; // it is in the log already
    if (message.at >= day[1]!) dayOf(message.at, message.id);
    const above = rows.at(-1)!;
    const follows =
      above.is === "pending" ||
      (above.is === "message" && above.own && message.at - above.message.at.getTime() < groupWithin);
    const first = !follows || isEmote(above.message) || isEmote(message);
    if (!first) extendGroup(rows);
    rows.push({ is: "pending", key: `m${message.id}`, message, first, last: true });
  }
  const old = new Map(last?.rows.slice(kept.rows).map((row) => [row.key, row]));
  for (let i = kept.rows; i < rows.length; i++) {
    const row = old.get(rows[i]!.key);
    if (row && says(row, rows[i]!)) rows[i] = row;
  }
  return rows;
}

/** How many messages, and how many rows above the next one, are as they were. What follows a message never changes the rows above it. */
function unchanged(
  now: RowSources,
  { sources: before, rows }: { sources: RowSources; rows: readonly Row[] },
): { messages: number; rows: number } {
  // The rows above a message with this seq or a lower one have nothing in them of what has changed.
  const seq = Math.min(
    changedAt(now.moderations, before.moderations, (e) => e.seq),
    changedAt(now.presence, before.presence, (p) => p.after),
    changedAt(now.gaps, before.gaps, (g) => g.last),
    now.unreadAfter === before.unreadAfter
      ? Infinity
      : Math.min(now.unreadAfter ?? Infinity, before.unreadAfter ?? Infinity),
  );
  let messages = now.you === before.you ? alike(now.messages, before.messages) - 1 : -1;
  // A deleted message may be in one row with those above it.
  while (messages >= 0 && (now.messages[messages]!.seq > seq || now.messages[messages]!.deleted)) messages--;
  const message = now.messages[messages];
  const at = rows.findLastIndex((r) => r.is === "message" && r.message === message);
  return message && at > 0 ? { messages, rows: at } : { messages: 0, rows: 0 };
}

/** Where two lists begin to differ. */
function changedAt<T>(a: readonly T[], b: readonly T[], seqOf: (of: T) => number): number {
  const n = alike(a, b);
  return Math.min(...[a[n], b[n]].map((of) => (of === undefined ? Infinity : seqOf(of))));
}

/** How many elements a list begins with that pass a test. */
function countWhile<T>(list: readonly T[], test: (of: T) => boolean): number {
  const n = list.findIndex((of) => !test(of));
  return n < 0 ? list.length : n;
}

/** The day that a time is in: its beginning, and that of the next one, in ms. */
function dayAround(at: number): [number, number] {
  const time = new Date(at);
  const [year, month, date] = [time.getFullYear(), time.getMonth(), time.getDate()];
  return [new Date(year, month, date).getTime(), new Date(year, month, date + 1).getTime()];
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
