// What is new in the user's other rooms. The page is in one room at a time: nobody should be
// shown as present in rooms that they don't look at. The others are asked in turn, over HTTP,
// while the page is visible.
import { effect, signal, untracked } from "@preact/signals";
import type { LogEvent } from "../../client.ts";
import { Fold, type Message } from "../fold.ts";
import { roomKey } from "../records.ts";
import { roomLink } from "../route.ts";
import { refusalOf } from "../../client/refusal.ts";
import { removals } from "./copying.ts";
import { current, foldOf, updateCopy } from "./room-copy.ts";
import { database, storage, type Visit } from "../storage.ts";
import { store } from "../store.ts";
import { token } from "../token.ts";

/** What is new in a room. */
export interface Overview {
  /** The newest message; undefined if none is known. */
  last: Message | undefined;
  /** How many messages of others the user hasn't read… */
  unread: number;
  /** …or more than that… */
  more: boolean;
  /** …and whether one of them mentions the user. */
  mentioned: boolean;
  /** Why the room can't be read, if it can't: a code of the protocol. */
  refused?: string;
}

/** The newest part of a room's log. */
interface Part {
  epoch: string;
  fold: Fold;
}

/** A page of a log, as `GET /r/CODE/messages` returns it. */
interface Page {
  epoch: string;
  first: number;
  events: LogEvent[];
  more: boolean;
}

/** How many events are read of a room that wasn't read before, or in which there were very many. */
const newest = 100;
/** How often a room is asked where there are few, in ms… */
const every = 5000;
/** …and how often any is asked where there are many. */
const atMostEvery = 1500;
/** How long an answer is waited for, in ms. Then it is the next room's turn. */
const answerWithin = 10_000;
/** How many messages of a room are remembered. */
const kept = 200;

const parts = new Map<string, Part>();
/** Why rooms can't be read that aren't asked any more: the user is out, or they are gone. */
const refused = new Map<string, string>();

/** What is new in the other rooms, by roomKey. */
export const overviews = signal<ReadonlyMap<string, Overview>>(new Map());

/** Keeps the overviews up to date. Call it once. */
export function watchOtherRooms(): void {
  void showCopies();
  let turn = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // An answer may come late, when the page has begun anew: there is one timer all the same.
  const askLater = (ms: number): void => {
    clearTimeout(timer);
    if (visible() && others().length > 0) timer = setTimeout(() => void next(), ms);
  };
  const next = async (): Promise<void> => {
    const all = others();
    const visit = all[turn++ % Math.max(1, all.length)];
    if (visit) await ask(visit.code);
    askLater(Math.max(atMostEvery, every / Math.max(1, others().length)));
  };
  const begin = (): void => {
    clearTimeout(timer);
    void askAll().then(() => askLater(every));
  };
  document.addEventListener("visibilitychange", begin);
  effect(() => {
    // Another room is shown: the one that was left is now one of the others, and has just been read.
    refused.delete(roomKey(store.room.code.value));
    store.visits.value;
    untracked(begin);
  });
  effect(() => {
    // What is known of the room that is shown goes when the user may not read it any more.
    const state = store.room.state.value;
    if (state.is !== "ended" || !removals.has(state.why.code)) return;
    parts.delete(roomKey(store.room.code.peek()));
    untracked(overview);
  });
  addEventListener("storage", () => overview()); // another tab may have read a room
}

/** The rooms that aren't shown, while one is: the start page says nothing about them. */
function others(): Visit[] {
  const here = roomKey(store.room.code.peek());
  if (!here) return [];
  return store.visits.peek().filter(({ code }) => roomKey(code) !== here && !refused.has(roomKey(code)));
}

function visible(): boolean {
  return document.visibilityState === "visible";
}

/** Asks about all of them. */
async function askAll(): Promise<void> {
  for (const { code } of others()) if (visible()) await ask(code);
}

/** Shows what is known from the last visit, until the server has answered. */
async function showCopies(): Promise<void> {
  for (const [key, stored] of await database.all("copies")) {
    const copy = current(stored, Date.now());
    if (!copy || copy.messages.length === 0 || parts.has(key)) continue;
    parts.set(key, { epoch: copy.epoch, fold: foldOf(copy) });
  }
  overview();
}

/** Asks the server what is new in a room. */
async function ask(code: string): Promise<void> {
  const key = roomKey(code);
  const place = storage.place(code);
  if (!place) return;
  let part = parts.get(key);
  let page = await read(code, place.seat, part?.fold.last);
  if (page && part && (page.epoch !== part.epoch || page.more)) {
    part = undefined; // another log, or too much to read all of it
    page = await read(code, place.seat, undefined);
  }
  if (!page) return;
  part ??= { epoch: page.epoch, fold: new Fold() };
  for (const e of page.events) part.fold.apply(e);
  const pruned = page.first > part.fold.first;
  part.fold.prune(page.first);
  part.fold.trim(kept);
  const changed = parts.get(key) !== part || page.events.length > 0 || pruned;
  parts.set(key, part);
  overview();
  if (changed) await updateCopy(code, part.epoch, part.fold);
}

/** Reads a page of a room's log: what is after a position, or the newest events. It resolves to undefined if that can't be read now. */
async function read(code: string, seat: string, after: number | undefined): Promise<Page | undefined> {
  const query = !after ? `limit=${newest}` : `after=${after}&limit=${newest}`;
  const bearer = token.peek();
  try {
    const answer = await fetch(`${roomLink(code)}/messages?${query}`, {
      headers: { "Snug-Seat": seat, ...(bearer ? { Authorization: `Bearer ${bearer}` } : {}) },
      cache: "no-store",
      signal: AbortSignal.timeout(answerWithin),
    });
    const page = answer.ok ? pageOf(await answer.json()) : undefined;
    const refusal = answer.ok ? undefined : await refusalOf(answer); // undefined if it is of something on the way
    if (roomKey(code) === roomKey(store.room.code.peek())) return undefined; // it is shown by now: its session knows better
    if (page) return page;
    if (refusal && answer.status < 500 && answer.status !== 429) {
      refused.set(roomKey(code), refusal.code);
      parts.delete(roomKey(code));
      if (removals.has(refusal.code)) storage.forgetCopy(code);
      overview();
    }
  } catch {
    // There is no answer. If the server is away, the room that is shown says so.
  }
  return undefined;
}

/** An answer, if it is a page of a log: something on the way may have answered. */
function pageOf(answer: unknown): Page | undefined {
  const page = answer as Partial<Page> | null;
  const isEvent = (e: Partial<LogEvent> | null) =>
    typeof e?.seq === "number" && !!e.from?.member && !!Date.parse(e.at!);
  return typeof page?.epoch === "string" && Array.isArray(page.events) && page.events.every(isEvent)
    ? (page as Page)
    : undefined;
}

/** Counts anew what is unread. */
function overview(): void {
  const all = new Map<string, Overview>();
  for (const { code } of store.visits.peek()) {
    const key = roomKey(code);
    const part = parts.get(key);
    const why = refused.get(key);
    if (part) all.set(key, overviewOf(part, storage.lastRead(code), storage.place(code)?.member));
    else if (why) all.set(key, { last: undefined, unread: 0, more: false, mentioned: false, refused: why });
  }
  overviews.value = all;
}

/** What is new in a part of a log for a member who has read up to a position. */
export function overviewOf(
  { epoch, fold }: Part,
  read: { epoch: string; seq: number } | undefined,
  member: string | undefined,
): Overview {
  const seen = read?.epoch === epoch ? read.seq : fold.last;
  const news = fold.newsAfter(seen, member);
  return {
    last: fold.messages.findLast((m) => !m.deleted),
    unread: news.length,
    more: fold.first > seen + 1,
    mentioned: news.some((m) => member !== undefined && m.mentions?.includes(member)),
  };
}
