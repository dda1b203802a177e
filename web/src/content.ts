// What a message says, parsed once, and whether it calls the user.
import { signal } from "@preact/signals";
import { emoteOf } from "./emote.ts";
import type { Message } from "./fold.ts";
import { gist } from "./markdown/gist.ts";
import { parse, type More } from "./markdown/parse.ts";
import type { Block } from "./markdown/tree.ts";
import { visible } from "./markdown/visible.ts";
import { markMentions } from "./mentions.ts";
import { nicks, store } from "./store.ts";

export interface Content {
  /** Whether it is an emote, whose text goes on after the sender's nick. */
  emote: boolean;
  blocks: readonly Block[];
  more: More | undefined;
}

/** Addresses, headings, tables, tasks and formulas, once the code for them is loaded. */
export const moreMarkdown = signal<More | undefined>(undefined);

/** What none of those goes without. */
export const hints = /[|#$]|\[[ x]\]|:\/\/|mailto:/i;

const contents = new WeakMap<object, Content>();

/** The content of a message. It is parsed once, with the nicks that the room has then, and again if more Markdown can be read later. */
export function contentOf(message: { readonly content: string }): Content {
  const more = hints.test(message.content) ? moreMarkdown.value : undefined;
  let content = contents.get(message);
  if (content?.more !== more || !content) {
    const emote = emoteOf(message.content);
    const blocks = markMentions(parse(visible(emote ?? message.content), more), nicks.peek());
    content = { emote: emote !== undefined, blocks, more };
    contents.set(message, content);
  }
  return content;
}

/** What a message says, in one line; without words, what its files are called. */
export const gistOf = ({ content, files = [] }: Pick<Message, "content" | "files">): string =>
  gist(content, moreMarkdown.value) || files.map((f) => f.name).join(", ");

/** Whether a message of somebody else calls the user: it mentions them, or replies to a message of theirs. */
export function callsUser(message: Message): boolean {
  const you = store.room.you.peek();
  if (!you || message.from.member === you.member || message.deleted) return false;
  const { fold, authors } = store.room;
  const { replyTo } = message;
  if (replyTo !== undefined && (fold.find(replyTo)?.from.member ?? authors.value.get(replyTo)) === you.member)
    return true;
  return message.mentions?.includes(you.member) === true;
}
