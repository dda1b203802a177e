// What a message says, parsed once, and whether it calls the user.
import { emoteOf } from "./emote.ts";
import type { Message } from "./fold.ts";
import { parse } from "./markdown/parse.ts";
import type { Block } from "./markdown/tree.ts";
import { visible } from "./markdown/visible.ts";
import { markMentions } from "./mentions.ts";
import { nicks, store } from "./store.ts";

export interface Content {
  /** Whether it is an emote, whose text goes on after the sender's nick. */
  emote: boolean;
  blocks: readonly Block[];
}

const contents = new WeakMap<object, Content>();

/** The content of a message. It is parsed once, with the nicks that the room has then. */
export function contentOf(message: { readonly content: string }): Content {
  let content = contents.get(message);
  if (!content) {
    const emote = emoteOf(message.content);
    const blocks = markMentions(parse(visible(emote ?? message.content)), nicks.peek());
    content = { emote: emote !== undefined, blocks };
    contents.set(message, content);
  }
  return content;
}

/** Whether a message of somebody else calls the user: it mentions them, or replies to a message of theirs. */
export function callsUser(message: Message): boolean {
  const you = store.room.you.peek();
  if (!you || message.from.member === you.member || message.deleted) return false;
  if (message.replyTo !== undefined && store.room.fold.find(message.replyTo)?.from.member === you.member) return true;
  return message.mentions?.includes(you.member) === true;
}
