// Rows of the message list as plain text, for the clipboard.
import { emoteOf } from "./emote.ts";
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
      return said(row.message.at, row.message.from.nick, row.message.deleted ? t().deleted : row.message.content);
    case "pending":
      return said(new Date(row.message.at), store.room.you.value?.nick ?? "", row.message.content);
    case "deleted":
      return counted(t().deletedAll, row.count);
    case "presence":
      return presenceText(row.presence);
    case "moderation":
      return moderationText(row.event);
    case "gap":
      return counted(t().gone, row.last - row.first + 1);
  }
  return undefined;
}

function said(at: Date, nick: string, content: string): string {
  const emote = emoteOf(content);
  return visible(emote === undefined ? `[${time(at)}] ${nick}: ${content}` : `[${time(at)}] ${nick} ${emote}`);
}
