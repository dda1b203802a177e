// One's stay in a room: what the client tells goes into the store, what a person
// does goes to the client.
import { batch } from "@preact/signals";
import { Client, CommandError, type Ban, type ClientEvent, type Deed, type LogEvent, type Pending, type Welcome } from "../client.ts";
import { actionOf } from "./action.ts";
import { alertOf } from "./alerts.ts";
import { Fold, type Message } from "./fold.ts";
import { kept } from "./keep.ts";
import { gist } from "./markdown.ts";
import { noteText } from "./notes.ts";
import { whyNot, whyNotNick } from "./refusals.ts";
import { follow, present, stopTyping } from "./roster.ts";
import { base, roomLink } from "./route.ts";
import { store } from "./store.ts";
import { t } from "./texts.ts";
import { token } from "./token.ts";

const { room } = store;
let client: Client | undefined;
let replayTo = 0; // what a join brings ends here
let asked = ""; // the nick that was asked for
let stored = new Map<string, Pending>(); // what is kept of the outbox

/** How many messages a page begins with, and how many it reads at a time. */
const begin = 60;
const page = 100;
/** How many messages are held while the newest are in view. */
const most = 12_000;
const keep = 10_000;

/** Enters a room, and leaves the one that one was in. */
export function enter(code: string, nick: string): void {
  leave();
  asked = nick;
  const place = kept.place(code);
  const outbox = kept.outbox(code);
  stored = new Map(outbox.map((m) => [m.id, m]));
  batch(() => {
    room.code.value = code;
    room.pending.value = outbox;
    const url = new URL("ws", base);
    url.protocol = url.protocol.replace("http", "ws");
    client = new Client({
      url: url.href,
      room: code,
      nick,
      history: begin,
      outbox,
      ...(token.peek() ? { token: token.peek()! } : {}),
      ...place,
      listener: (e) => batch(() => take(code, e)),
    });
  });
}

/** Shows the room a fresh token; where one is out for want of it, one comes in again. */
token.subscribe((fresh) => {
  if (!client || !fresh) return;
  if (client.state.is === "ended") enter(room.code.peek(), asked);
  else client.authorize(fresh);
});

export function leave(): void {
  client?.close();
  client = undefined;
  batch(() => {
    clear();
    room.code.value = "";
    room.entered.value = false;
    room.you.value = undefined;
    room.taken.value = undefined;
    room.settings.value = undefined;
    room.limits.value = undefined;
    room.members.value = [];
    room.count.value = 0;
    room.pending.value = [];
    room.atEnd.value = true;
    room.asked.value = 0;
    room.trouble.value = undefined;
    room.changing.value = new Set();
    room.spoken.value = [];
    room.epoch = "";
    store.menu.value = undefined;
    store.ask.value = undefined;
  });
}

/** Begins the log anew. */
function clear(): void {
  room.fold = new Fold();
  room.read.value++;
  room.more.value = false;
  room.loading.value = false;
  room.gaps.value = [];
  room.presence.value = [];
  room.typing.value = new Map();
  room.line.value = undefined;
  room.goTo.value = undefined;
  room.replyTo.value = undefined;
  room.editing.value = undefined;
}

function take(code: string, e: ClientEvent): void {
  switch (e.is) {
    case "state":
      room.state.value = e.state;
      if (e.state.is === "refused" && e.state.why.code === "bad-password") room.asked.value++;
      return;
    case "welcome": return welcomed(code, e.welcome, e.resumed);
    case "log": return logged(e.event, e.live);
    case "gap":
      room.fold.skip(e.gap.last);
      room.gaps.value = [...room.gaps.value, e.gap];
      return;
    case "outbox":
      room.pending.value = e.pending;
      return keepOutbox(code, e.pending);
    case "presence": return present(e.event);
  }
}

function welcomed(code: string, w: Welcome, resumed: boolean): void {
  const { seat, ...you } = w.you;
  kept.setPlace(code, { seat, member: you.member });
  kept.visited(w.room, w.settings.topic);
  store.visits.value = kept.visits;
  if (!resumed) {
    clear();
    room.epoch = w.epoch;
    const seen = kept.lastRead(code);
    const known = seen?.epoch === w.epoch && seen.seq <= w.head;
    room.seen.value = known ? seen.seq : w.head;
    room.line.value = known && seen.seq < w.head ? seen.seq : undefined;
    room.more.value = w.head >= w.first && w.head > 0;
    // As the server spells it: a link that is shared is the same from all.
    if (w.room !== code) history.replaceState(null, "", roomLink(w.room));
  }
  replayTo = w.head;
  const suffix = /-[^-\s]+$/.exec(you.nick)?.[0]; // that of a taken nick
  if (!room.entered.value && suffix && !asked.endsWith(suffix)) room.taken.value = asked;
  room.entered.value = true;
  room.asked.value = 0;
  room.you.value = you;
  room.settings.value = w.settings;
  room.limits.value = w.limits;
  room.members.value = w.count > w.members.length ? [] : w.members;
  room.count.value = w.count;
  room.typing.value = new Map();
}

function logged(e: LogEvent, live: boolean): void {
  const { last } = room.fold;
  room.fold.apply(e);
  if (last === 0) room.more.value = e.seq > 1;
  logChanged();
  if (e.type === "deleted") erased(e.target);
  if (e.type === "moderated" && live) {
    follow(e);
    if (e.settings?.topic !== undefined) {
      kept.setTopic(room.code.value, e.settings.topic);
      store.visits.value = kept.visits;
    }
    speak(e.seq, noteText(e));
  }
  if (e.type !== "message") return;
  stopTyping(e.from.member);
  const own = e.from.member === room.you.value?.member;
  if (own) {
    room.line.value = undefined;
    if (live) seen();
    return;
  }
  if (!live) return;
  if (store.looking.value && room.atEnd.value) {
    seen();
    room.fold.trim(room.fold.messages.length > most ? keep : Infinity);
    if (room.fold.first > 1) room.more.value = true;
  } else {
    // Whoever has seen all that was there before finds the line here.
    if (room.line.value === undefined || room.seen.value >= last) room.line.value = room.seen.value;
  }
  const message = room.fold.messages.at(-1)!;
  speak(e.seq, spoken(message));
  alertOf(message);
}

/** A message as one line, in which its sender is named. */
function spoken(m: Message): string {
  const said = gist(m.content);
  return actionOf(m.content) === undefined ? t().spoken(m.from.nick, said) : `${m.from.nick} ${said}`;
}

function speak(key: number, text: string): void {
  room.spoken.value = [...room.spoken.value, { key, text }].slice(-20);
}

// What is erased stays nowhere in the page.
function erased(seq: number | undefined): void {
  if (room.spoken.value.some((s) => s.key === seq)) room.spoken.value = room.spoken.value.filter((s) => s.key !== seq);
  for (const about of [room.replyTo, room.editing]) if (about.value?.seq === seq) about.value = undefined;
  const menu = store.menu.value;
  if (menu && menu.is !== "member" && menu.message.seq === seq) store.menu.value = undefined;
  const asked = store.ask.value;
  if (asked?.is === "erase" && asked.message.seq === seq) store.panel.value = store.ask.value = undefined;
}

let changedAt = 0;
let changeWaits = false;

// Tells of changes of the log, in a stream of messages once for a few: a screen
// shows no more than 60 a second, and a long log costs some ms each time.
function logChanged(): void {
  const pace = Math.max(16, room.fold.messages.length / 80);
  const wait = pace - (performance.now() - changedAt);
  if (changeWaits) return;
  if (wait > 0) {
    changeWaits = true;
    setTimeout(() => {
      changeWaits = false;
      logChanged();
    }, wait);
    return;
  }
  changedAt = performance.now();
  room.read.value++;
}

/** Notes that the newest message was seen. */
export function seen(): void {
  const { last } = room.fold;
  if (last <= room.seen.value || room.code.value === "") return;
  room.seen.value = last;
  kept.setLastRead(room.code.value, { epoch: room.epoch, seq: last });
}

// Keeps what changed of the outbox, a message an entry.
function keepOutbox(code: string, pending: readonly Pending[]): void {
  const now = new Map(pending.map((m) => [m.id, m]));
  for (const id of stored.keys()) if (!now.has(id)) kept.setPending(code, id, undefined);
  for (const [id, message] of now) if (stored.get(id) !== message) kept.setPending(code, id, message);
  stored = now;
}

let told = 0; // when the others were last told that one types…
let again = 0; // …and when to tell them again

/** Says something. It reports false if too much is waiting already. */
export function say(content: string): boolean {
  const message = client?.send(content, room.replyTo.value?.seq);
  if (!message) return false;
  again = told + 1100; // what is typed next is another message; the server takes one a second
  room.replyTo.value = undefined;
  room.line.value = undefined;
  return true;
}

export const retry = (id: string): void => client?.retry(id);
export const discard = (id: string): void => client?.discard(id);

/** Tells the others, at most every 3 s, that one is typing. */
export function typing(): void {
  if (Date.now() < again) return;
  told = Date.now();
  again = told + 3000;
  client?.typing();
}

/** Tries to connect now, or to join under another nick or with the room's password. */
export function connect(nick?: string, password?: string): void {
  asked = nick ?? asked;
  client?.join(nick, password);
}

/** Does something that becomes part of the log. It resolves to what is wrong with it, or undefined. */
export async function act(deed: Deed): Promise<string | undefined> {
  try {
    await client?.do(deed);
  } catch (e) {
    return problem(e);
  }
  return undefined;
}

/** Reads who is banned; or what is wrong. */
export async function bans(): Promise<readonly Ban[] | string> {
  try {
    return (await client?.bans()) ?? [];
  } catch (e) {
    return problem(e);
  }
}

function problem(e: unknown, why = whyNot): string {
  if (!(e instanceof CommandError)) throw e;
  return why(e);
}

/** Takes another nick, here and in the rooms to come. It resolves to what is wrong with it, or undefined. */
export async function rename(nick: string): Promise<string | undefined> {
  try {
    await client?.rename(nick);
  } catch (e) {
    return problem(e, whyNotNick);
  }
  kept.nick = nick;
  store.nick.value = nick;
  room.taken.value = undefined;
  return undefined;
}

/** Reads an older page, if there is one. */
export async function older(): Promise<void> {
  const { fold } = room;
  if (!client || fold.last === 0 || fold.last < replayTo || room.loading.value || !room.more.value || room.state.value.is !== "open") return;
  room.loading.value = true;
  try {
    const answer = await client.history({ before: fold.first, limit: page });
    if (room.fold !== fold) return; // another room, or the log began anew
    batch(() => {
      fold.prepend(answer.events);
      room.more.value = answer.more && answer.events.length > 0;
      room.read.value++;
    });
  } catch (e) {
    if (!(e instanceof CommandError)) throw e;
  } finally {
    if (room.fold === fold) room.loading.value = false;
  }
}

/** Goes to a message, and reads on upwards until it is there, up to some thousands of messages. */
export async function goTo(message: Pick<Message, "seq">): Promise<void> {
  for (let pages = 0; pages < 50 && room.more.value && message.seq < room.fold.first; pages++) {
    const { first } = room.fold;
    await older();
    if (room.fold.first === first) break;
  }
  room.goTo.value = { seq: message.seq, again: (room.goTo.value?.again ?? 0) + 1 };
}
