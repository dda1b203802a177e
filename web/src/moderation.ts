// What happened in the room, in words: a quiet line each.
import type { Failure, LogEvent } from "../client.ts";
import { store } from "./store.ts";
import { duration, isolated, soonMoment, t } from "./texts.ts";

/** What an event of type moderated tells; empty where this version doesn't know. */
export function moderationText(e: LogEvent): string {
  const you = store.room.you.value?.member;
  const mine = e.from.member === you;
  const who = mine ? t().youDid : isolated(e.from.nick);
  const to = e.member === you ? t().youObject : isolated(e.nick ?? t().somebody);
  const because = e.reason ? t().because(isolated(e.reason)) : "";
  switch (e.action) {
    case "claim":
      return e.member === you ? t().claimedYou : t().claimed(to);
    case "kick":
      return t().kicked(who, to) + because;
    case "ban":
      return (e.until ? t().bannedUntil(who, to, soonMoment(new Date(e.until))) : t().banned(who, to)) + because;
    case "unban":
      return t().unbanned(who, to);
    case "role":
      return t().gaveRole(who, e.member === e.from.member ? (mine ? t().yourself : t().themselves) : to, e.role ?? "");
    case "set":
      return changes(e, who).join(" · ");
  }
  return "";
}

function changes(e: LogEvent, who: string): string[] {
  const { topic, locked, password, slow_ms } = e.settings ?? {};
  const texts: string[] = [];
  if (topic !== undefined) texts.push(topic ? t().setTopic(who, isolated(topic)) : t().clearedTopic(who));
  if (locked !== undefined) texts.push(locked ? t().lockedIt(who) : t().unlockedIt(who));
  if (password !== undefined) texts.push(password ? t().setPassword(who) : t().removedPassword(who));
  if (slow_ms !== undefined) texts.push(slow_ms > 0 ? t().setSlow(who, duration(slow_ms)) : t().endedSlow(who));
  return texts;
}

/** How it came that one is out, as far as the room has told. */
export function removalText(why: Failure): string {
  if (why.code === "bad-token") return t().tokenHint;
  if (!isPutOut(why)) return why.message;
  const note = putOut();
  if (!note) return t().putOut;
  if (!note.until) return `${moderationText(note)} · ${t().outForGood}`;
  return note.action === "kick" ? `${moderationText(note)} · ${t().outUntil(soonMoment(new Date(note.until)))}` : moderationText(note);
}

/** Until when one who is out is kept out, in ms: 0 where that isn't so, or isn't known. */
export function removedUntil(why: Failure): number {
  if (!isPutOut(why)) return 0;
  const note = putOut();
  if (!note) return why.until ?? 0;
  return note.until ? Date.parse(note.until) : Infinity;
}

const isPutOut = (why: Failure): boolean => why.code === "kicked" || why.code === "banned";

/** The last event that put one out. */
function putOut(): LogEvent | undefined {
  return store.room.fold.moderations.findLast((e) => e.member === store.room.you.value?.member && (e.action === "kick" || e.action === "ban"));
}
