// Events of type moderated, in words: one line each.
import type { LogEvent } from "../client.ts";
import { store } from "./store.ts";
import { duration, isolated, soonMoment, t } from "./texts.ts";

/** What happened; empty where this version doesn't know the action. */
export function moderationText(e: LogEvent): string {
  const you = store.room.you.value?.member;
  const mine = e.from.member === you;
  const byOperator = e.from.member === "operator";
  const who = mine ? t().youDid : byOperator ? t().operator : isolated(e.from.nick);
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
    case "hook":
      return t().connectedApp(who, to);
    case "unhook":
      return t().removedApp(who, to);
    case "invite":
      return t().invited(who);
    case "uninvite":
      return t().uninvited(who);
    case "admit":
      return e.from.member === e.member ? t().cameByInvite(who) : t().admitted(who, to);
    case "pin":
      return t().pinned(who);
    case "unpin":
      return t().unpinned(who);
    case "expiring":
      return t().expiring(soonMoment(new Date(e.until!)));
    case "close":
      return t().closedIt(byOperator ? t().somebody : who);
    case "set":
      return changes(e, who).join(" · ");
  }
  return "";
}

function changes(e: LogEvent, who: string): string[] {
  const { name, topic, locked, password, slow_ms, reading, keep_seconds, expires } = e.settings ?? {};
  const texts: string[] = [];
  if (name !== undefined) texts.push(t().setName(who, isolated(name)));
  if (topic !== undefined) texts.push(topic ? t().setTopic(who, isolated(topic)) : t().clearedTopic(who));
  if (locked !== undefined) texts.push(locked ? t().lockedIt(who) : t().unlockedIt(who));
  if (password !== undefined) texts.push(password ? t().setPassword(who) : t().removedPassword(who));
  if (slow_ms !== undefined) texts.push(slow_ms > 0 ? t().setSlow(who, duration(slow_ms)) : t().endedSlow(who));
  if (reading !== undefined) texts.push(t().setReading(who, reading !== ""));
  if (keep_seconds !== undefined) texts.push(t().setKeep(who, keep_seconds > 0 ? duration(keep_seconds * 1000) : ""));
  if (expires !== undefined) texts.push(t().setExpires(who, expires && soonMoment(new Date(expires))));
  return texts;
}
