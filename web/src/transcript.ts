// Rows of the message list as plain text, for the clipboard.
import { emoteOf } from "./emote.ts";
import type { Message } from "./fold.ts";
import { visible } from "./markdown/visible.ts";
import { moderationText } from "./moderation.ts";
import { presenceText } from "./presence-text.ts";
import type { Row } from "./rows.ts";
import { store } from "./store.ts";
import { counted, day, t, time } from "./texts.ts";

/** The rows as text: each message with its time and its sender. */
export function transcript(rows: readonly Row[]): string {
  return rows.flatMap((row) => line(row) ?? []).join("\n");
}

function line(row: Row): string | undefined {
  switch (row.is) {
    case "day":
      return `— ${day(new Date(row.at))} —`;
    case "message":
      return said(row.message.at, nameOf(row.message), row.message.deleted ? t().deleted : textOf(row.message));
    case "pending":
      return said(new Date(row.message.at), store.room.you.value?.nick ?? "", textOf(row.message));
    case "deleted":
      return counted(t().deletedAll, row.count);
    case "presence":
      return presenceText(row.presence);
    case "moderation":
      return moderationText(row.event);
    case "gap":
      return t().gone;
  }
  return undefined;
}

/** Who has written a message; of a hook, also who its sender says it is. */
const nameOf = ({ from, as }: Message): string => (as ? `${from.nick} (${as})` : from.nick);

/** What a message says, and the names of its files, each in a line. */
const textOf = ({ content, files = [] }: Pick<Message, "content" | "files">): string =>
  [content, ...files.map((f) => `📎 ${f.name}`)].filter(Boolean).join("\n");

function said(at: Date, nick: string, content: string): string {
  const emote = emoteOf(content);
  return visible(emote === undefined ? `[${time(at)}] ${nick}: ${content}` : `[${time(at)}] ${nick} ${emote}`);
}
