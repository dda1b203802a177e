// Why a user isn't in the room: they can't join it, or were removed.
import type { Failure, LogEvent } from "../client.ts";
import { moderationText } from "./moderation.ts";
import { store } from "./store.ts";
import { isolated, language, soonMoment, t } from "./texts.ts";
import { entryTexts } from "./texts/entry.ts";

const entry = () => entryTexts[language.value];

/** Why the user can't join the room. */
export function joinErrorText(why: Failure): { title: string; lines: string[] } {
  switch (why.code) {
    case "banned":
    case "kicked":
      return {
        title: entry().outTitle,
        lines: [
          why.address ? entry().outByAddress : entry().outHint,
          ...(why.reason ? [entry().given(isolated(why.reason))] : []),
          why.until ? entry().outUntil(soonMoment(new Date(why.until))) : entry().outForGood,
        ],
      };
    case "locked":
      return { title: t().lockedTitle, lines: [entry().lockedHint] };
    case "closed":
      return { title: entry().closedTitle, lines: [entry().closedHint] };
    case "bad-token":
      return { title: entry().tokenTitle, lines: [entry().tokenHint] };
    case "room-full":
      return { title: entry().fullTitle, lines: [entry().fullHint] };
    case "too-many":
    case "http-429":
    case "http-503":
      return { title: entry().tooManyTitle, lines: [entry().tooManyHint] };
  }
  return { title: entry().outTitle, lines: why.message ? [why.message] : [] };
}

/** Why the user was removed from the room, as far as its log says it. */
export function removalText(why: Failure): string {
  if (why.code === "bad-token") return entry().tokenHint;
  if (why.code === "revoked") return entry().revoked;
  if (why.code === "closed") return entry().closedHint;
  if (!isRemoval(why)) return why.message;
  const event = lastRemoval();
  if (!event) return entry().putOut;
  const text = moderationText(event);
  if (!event.until) return `${text} · ${entry().outForGood}`;
  return event.action === "kick" ? `${text} · ${entry().outUntil(soonMoment(new Date(event.until)))}` : text;
}

/** Until when the user is kept out of the room, in ms since 1970: Infinity for a permanent ban, 0 where they aren't or it isn't known. */
export function removedUntil(why: Failure): number {
  if (!isRemoval(why)) return 0;
  const event = lastRemoval();
  if (!event) return why.until ?? 0;
  return event.until ? Date.parse(event.until) : Infinity;
}

const isRemoval = (why: Failure): boolean => why.code === "kicked" || why.code === "banned";

/** The last event that removed the user. */
function lastRemoval(): LogEvent | undefined {
  return store.room.fold.moderations.findLast(
    (e) => e.member === store.room.you.value?.member && (e.action === "kick" || e.action === "ban"),
  );
}
