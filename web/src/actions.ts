// What the user can do. What comes of it is shown by the room; why it failed, by a
// notice above the messages.
import type { Ban, FileInfo, HookInfo, InviteInfo, Operation, Transfer } from "../client.ts";
import { attachIn } from "./attached.ts";
import type { Message } from "./fold.ts";
import { emojiKey } from "./emoji.ts";
import { dropPastes } from "./long-pastes.ts";
import { session } from "./session/current.ts";
import { navigate, startOver } from "./route.ts";
import { forgetRoom, Session } from "./session/session.ts";
import { storage } from "./storage.ts";
import { t } from "./texts.ts";
import { token } from "./token.ts";
import { shownFold, store, type Confirmation } from "./store.ts";

const { room } = store;

/** Enters a room, and leaves the one that the user was in. */
export function enterRoom(code: string, nick: string, token: string | undefined): void {
  leaveRoom();
  session.value = new Session(code, nick, token);
}

/** Tries to come into the room that the user is out of; with a note, by knocking. What they have seen stays until they are in. */
export function comeBack(note?: string): void {
  const now = session.peek();
  if (!now?.ended && !room.knocking.peek()) return now?.connect();
  enterAgain(note);
}

/** Begins another session in the room that is shown, as the member whose seat is stored now. What the former one has read stays in view until then. */
export function enterAgain(note?: string): void {
  const now = session.peek();
  now?.close(true);
  if (now) session.value = new Session(room.code.peek(), now.nick, token.peek(), note);
}

export function leaveRoom(): void {
  session.peek()?.close();
  session.value = undefined;
}

/** Leaves the room, and forgets everything about it. */
export function forget(): void {
  const code = room.code.peek();
  navigate(undefined);
  leaveRoom();
  dropPastes(code);
  attachIn(code, []);
  forgetRoom(code);
}

/** Forgets everything about the user, in this browser. */
export async function signOut(): Promise<void> {
  leaveRoom();
  await storage.signOut();
  startOver();
}

/** Shows the server a fresh token. A user who is out for want of one enters again. */
export function authorize(token: string): void {
  const now = session.peek();
  if (now?.ended) comeBack();
  else now?.authorize(token);
}

/** Sends a message. It reports false if too many are waiting already. */
export const send = (content: string, files?: readonly FileInfo[]): boolean =>
  session.peek()?.send(content, files) ?? false;
export const retry = (id: string): void => session.peek()?.retry(id);
export const discard = (id: string): void => session.peek()?.discard(id);
export const typing = (): void => session.peek()?.typing();
export const connect = (nick?: string, password?: string): void => session.peek()?.connect(nick, password);
/** Notes that the user has seen the messages up to a seq; by default all. */
export const seen = (seq?: number): void => session.peek()?.seen(seq);
export const readOlder = (): void => void session.peek()?.log.older();
export const goTo = (seq: number): void => void session.peek()?.log.goTo(seq);
/** Shows the newest part of the log again. */
export const leaveExcerpt = (): void => void (room.excerpt.value = undefined);

/** Takes another nick, in the room that is shown or else for rooms to come. It resolves to an error text, or to undefined. */
export async function rename(nick: string): Promise<string | undefined> {
  const now = session.peek();
  return now ? now.rename(nick) : adoptNick(nick);
}

const longestNick = 32;

/** Takes a nick for rooms to come. It returns an error text, or undefined. */
export function adoptNick(nick: string): string | undefined {
  if (nick === "" || [...nick].length > longestNick) return t().badNick;
  storage.nick = store.nick.value = nick;
  return undefined;
}

/** Carries out an operation. It resolves to an error text, or to undefined. */
export const tryPerform = async (operation: Operation): Promise<string | undefined> =>
  session.peek()?.requests.perform(operation);

/** Resolves to who is banned, or to an error text. */
export const bans = async (): Promise<readonly Ban[] | string> => (await session.peek()?.requests.bans()) ?? [];

/** Resolves to the room's hooks, or to an error text. */
export const hooks = async (): Promise<readonly HookInfo[] | string> => (await session.peek()?.requests.hooks()) ?? [];

/** Resolves to the room's invites, or to an error text. */
export const invites = async (): Promise<readonly InviteInfo[] | string> =>
  (await session.peek()?.requests.invites()) ?? [];

/** Resolves to a message, which may not be loaded; undefined if it isn't there. */
export const messageAt = async (seq: number): Promise<Message | undefined> => session.peek()?.log.message(seq);

/** Resolves to a code for another device, or to an error text. */
export const transfer = async (): Promise<Transfer | string> => (await session.peek()?.requests.transfer()) ?? "";

/** What came of an operation: it may have failed because the user has left the room. */
type Outcome = "done" | "failed" | "left";

/** Carries out an operation. If it fails, a notice says why. */
export async function perform(operation: Operation): Promise<Outcome> {
  const begun = session.peek();
  const error = await tryPerform(operation);
  if (!error) return "done";
  if (session.peek() !== begun) return "left"; // what is shown now is another room
  room.error.value = error;
  return "failed";
}

/** Changes a message, which is shown as being changed meanwhile. */
export async function change(message: Message, operation: Operation & { seq: number }): Promise<Outcome> {
  room.changing.value = new Set(room.changing.value).add(message.seq);
  const outcome = await perform(operation);
  const left = new Set(room.changing.value);
  left.delete(message.seq);
  room.changing.value = left;
  return outcome;
}

/** Saves what the user has made of a message. What they wrote isn't lost if that fails, nor in a reload before it is done. */
export async function saveEdit(message: Message, content: string): Promise<void> {
  const code = room.code.peek();
  stopComposing();
  storage.patchDraft(code, { edit: { seq: message.seq, text: content } });
  const outcome = await change(message, { type: "edit", seq: message.seq, content });
  if (outcome === "left") return; // the user goes on with it when they are back
  const { composing } = room;
  if (room.code.peek() !== code || composing.peek()?.is !== "edit") storage.patchDraft(code, { edit: undefined });
  if (outcome === "done") return;
  if (composing.peek() || room.fold.find(message.seq)?.deleted) room.salvaged.value = content;
  else composing.value = { is: "edit", message, text: content };
}

/** Adds the user's reaction to a message, or takes it back. */
export function react(message: Message, emoji: string): void {
  const mine = shownFold()
    .find(message.seq)
    ?.reactions?.get(emojiKey(emoji))
    ?.includes(room.you.value?.member ?? "");
  void perform({ type: "react", seq: message.seq, emoji, ...(mine ? { remove: true } : {}) });
}

/** Makes the next message a reply to this one. The composer takes the focus. */
export function replyTo(message: Message): void {
  room.composing.value = { is: "reply", message };
}

/** Lets the user edit a message. The composer takes the focus. */
export function edit(message: Message): void {
  room.composing.value = { is: "edit", message };
}

export function stopComposing(): void {
  room.composing.value = undefined;
}

/** Asks the user before an action that can't be undone. */
export function confirm(what: Confirmation): void {
  store.confirming.value = what;
  store.panel.value = "confirm";
}
