// What a screen reader says: new messages and what happens in the room.
import type { LogEvent } from "../../client.ts";
import { emoteOf } from "../emote.ts";
import type { Message } from "../fold.ts";
import { gistOf } from "../content.ts";
import { moderationText } from "../moderation.ts";
import { store } from "../store.ts";
import { t } from "../texts.ts";

const { room } = store;

/** How many announcements are kept in the page. */
const most = 20;

/** Announces a message as one line that names its sender. */
export function announceMessage(m: Message): void {
  const content = gistOf(m);
  announce(m.seq, emoteOf(m.content) === undefined ? t().spoken(m.from.nick, content) : `${m.from.nick} ${content}`);
}

/** Announces what happened in the room, but for the user's own removal, which a panel says. */
export function announceModeration(e: LogEvent): void {
  if (e.member === room.you.value?.member && (e.action === "kick" || e.action === "ban")) return;
  announce(e.seq, moderationText(e));
}

/** Removes the announcements of messages that are gone. */
export function forgetAnnouncements(gone: (seq: number) => boolean): void {
  if (room.announced.value.some((a) => gone(a.key)))
    room.announced.value = room.announced.value.filter((a) => !gone(a.key));
}

function announce(key: number, text: string): void {
  room.announced.value = [...room.announced.value, { key, text }].slice(-most);
}
