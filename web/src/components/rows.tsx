// The rows of the message list.
import type { LogEvent } from "../../client.ts";
import type { Message } from "../fold.ts";
import { moderationText } from "../moderation.ts";
import { isOwner } from "../permissions.ts";
import { presenceText } from "../presence-text.ts";
import type { Row } from "../rows.ts";
import { shownFold, store } from "../store.ts";
import { filesHeight } from "../shown-images.ts";
import { counted, day, t } from "../texts.ts";
import { lazy } from "./lazy.tsx";
import { MessageRow, PendingRow } from "./message.tsx";

const EmptyRoom = lazy((m) => m.EmptyRoom);

export const showRow = (row: Row) => <OneRow row={row} />;

/** Its texts are read here, and not in `showRow`, which isn't called again when the language changes. */
function OneRow({ row: r }: { row: Row }) {
  switch (r.is) {
    case "top":
      return <Top />;
    case "day":
      return <Day at={new Date(r.at)} />;
    case "message":
      return <MessageRow {...r} />;
    case "deleted":
      return <Line text={counted(t().deletedAll, r.count)} />;
    case "pending":
      return <PendingRow {...r} />;
    case "presence":
      return <Line text={presenceText(r.presence)} all={presenceText(r.presence, 100)} />;
    case "moderation":
      return <Moderation event={r.event} />;
    case "gap":
      return <p class="gap">{t().gone}</p>;
    case "line":
      return (
        <p class="line">
          <span>{t().newMessages}</span>
        </p>
      );
  }
}

/** How high a row may be that was not in the page yet, in px. */
export function guessHeight(r: Row): number {
  const text = (m: Pick<Message, "content">) => 24 * Math.max(1, Math.ceil(m.content.length / 60));
  switch (r.is) {
    case "message":
      return 36 + (r.first ? 26 : 2) + Math.min(text(r.message), 400) + filesHeight(r.message.files);
    case "pending":
      return 38 + Math.min(text(r.message), 400) + filesHeight(r.message.files);
    case "top":
      return 60;
    default:
      return 44;
  }
}

function Top() {
  const { room } = store;
  if (room.excerpt.value ? room.excerpt.value.more : room.more.value)
    return <p class="top">{room.loading.value ? t().loading : "\u00a0"}</p>;
  if (!room.entered.value) return <p class="top">{"\u00a0"}</p>;
  room.version.value;
  if (!room.excerpt.value && room.fold.first <= 1 && room.fold.messages.length === 0 && room.pending.value.length === 0)
    return <EmptyRoom />;
  return <p class="top">{shownFold().first > 1 ? t().gone : t().start}</p>;
}

// In what follows the key makes an element new when its text changes: the browser may
// have translated the old one, which puts other nodes into it.

function Day({ at }: { at: Date }) {
  const text = day(at);
  return (
    <h2 key={text} class="day">
      {text}
    </h2>
  );
}

/** A line; pointed at, all of what it says in short. */
const Line = ({ text, all }: { text: string; all?: string }) => (
  <p key={text} class="presence" title={all === text ? undefined : all}>
    {text}
  </p>
);

function Moderation({ event }: { event: LogEvent }) {
  const text = moderationText(event);
  const yours =
    event.action === "claim" && event.member === store.room.you.value?.member && isOwner(store.room.you.value);
  return (
    <p key={text} class="presence">
      {text}
      {yours && (
        <>
          {" "}
          ·
          <button type="button" class="link" onClick={() => (store.panel.value = "room")}>
            {t().roomSettings}
          </button>
        </>
      )}
    </p>
  );
}
