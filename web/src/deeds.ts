// What one does to messages, members and the room, where it is offered: what comes
// of it is told by the room, and what goes wrong by a line above the messages.
import type { Deed } from "../client.ts";
import type { Message } from "./fold.ts";
import { act } from "./session.ts";
import { store, type Ask, type Menu } from "./store.ts";

const { room } = store;

/** Does something that the others see. */
export async function perform(deed: Deed): Promise<void> {
  const problem = await act(deed);
  if (problem) room.trouble.value = problem;
}

/** Changes a message, which is shown as on its way meanwhile. */
export async function change(message: Message, deed: Deed & { seq: number }): Promise<void> {
  room.changing.value = new Set(room.changing.value).add(message.seq);
  await perform(deed);
  const left = new Set(room.changing.value);
  left.delete(message.seq);
  room.changing.value = left;
}

/** Adds one's emoji to a message, or takes it back. */
export function react(message: Message, emoji: string): void {
  const mine = room.fold.find(message.seq)?.reactions?.get(emoji)?.includes(room.you.value?.member ?? "");
  void perform({ type: "react", seq: message.seq, emoji, ...(mine ? { remove: true } : {}) });
}

/** Takes a message as what the next one answers. */
export function replyTo(message: Message): void {
  room.editing.value = undefined;
  room.replyTo.value = message;
  document.querySelector<HTMLElement>("#draft")?.focus();
}

/** Takes a message of one's own back to where one writes. */
export function edit(message: Message): void {
  room.replyTo.value = undefined;
  room.editing.value = message;
  document.querySelector<HTMLElement>("#draft")?.focus();
}

/** Asks before it does what can't be undone. */
export function ask(what: Ask): void {
  store.ask.value = what;
  store.panel.value = "ask";
}

export function openMenu(menu: Menu): void { store.menu.value = menu; }
