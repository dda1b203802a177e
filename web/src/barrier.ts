// What keeps the user out of the room. This is the one place that turns why they are out into words, and into what they can do.
import type { Failure, LogEvent } from "../client.ts";
import { moderationText } from "./moderation.ts";
import { store } from "./store.ts";
import { isolated, soonMoment, t, texts } from "./texts.ts";
import { entryTexts } from "./texts/entry.ts";
import { lifeTexts } from "./texts/life.ts";
import { mustSignIn, signInServer, token } from "./token.ts";

const entry = () => texts("entry", entryTexts);

export interface Barrier {
  sign: "lock" | "ban" | "clock" | "exit";
  title: string;
  lines: string[];
  /** When it ends, and what is said until then and afterwards. `moment` says it without a countdown. */
  end?: { at: number; left: (countdown: string) => string; over: string; moment?: string };
  /** The form with which the user may come in. */
  form?: "password" | "knock" | "sign-in";
  /** The button that tries to come in again. With `waits`, it does nothing before the end; with `minor`, it isn't what most would do. */
  again?: { text: string; waits?: true; minor?: true };
}

/** Why the user isn't in the room that the page shows. */
export function barrier(): Barrier {
  const { state, knocking, passwordPrompts } = store.room;
  if (mustSignIn.value && !token.value)
    return { sign: "lock", title: entry().tokenTitle, lines: [entry().signInHint], form: "sign-in" };
  const now = state.value;
  if (knocking.value && now.is !== "ended") {
    const { knockingTitle, knockingHint } = texts("life", lifeTexts);
    return { sign: "clock", title: knockingTitle, lines: [knockingHint], again: { text: t().cancel, minor: true } };
  }
  if (passwordPrompts.value > 0)
    return { sign: "lock", title: entry().passwordTitle, lines: [entry().passwordHint], form: "password" };
  const why = ("why" in now && now.why) || { code: "", message: "" };
  const found = barrierOf(why);
  if (now.is === "ended")
    return knocking.value && why.code === "locked"
      ? { ...found, lines: [texts("life", lifeTexts).knockedInVain] }
      : found;
  const end = { at: now.is === "waiting" ? now.until : 0, left: entry().againIn, over: entry().trying };
  return { ...found, end, again: { text: t().tryNow } };
}

/** What a refusal or a removal says. */
export function barrierOf(why: Failure): Barrier {
  const again = { text: entry().tryAgain };
  switch (why.code) {
    case "banned":
    case "kicked":
      return removal(why);
    case "revoked":
      return { sign: "exit", title: entry().revokedTitle, lines: [entry().revoked], again: { text: entry().comeBack } };
    case "locked":
      return { sign: "lock", title: t().lockedTitle, lines: [entry().lockedHint], form: "knock", again };
    case "closed":
      return {
        sign: "exit",
        title: entry().closedTitle,
        lines: [entry().closedHint],
        ...(why.until && {
          end: { at: why.until, left: entry().codeIn, over: entry().codeFree },
          again: { text: entry().useCode, waits: true },
        }),
      };
    case "bad-token":
      if (mustSignIn.value)
        return { sign: "lock", title: entry().tokenTitle, lines: [entry().sessionEnded], form: "sign-in" };
      if (signInServer) return { sign: "lock", title: entry().outTitle, lines: [entry().notYourRoom], again };
      return { sign: "lock", title: entry().tokenTitle, lines: [entry().tokenHint], again };
    case "room-full":
      return { sign: "clock", title: entry().fullTitle, lines: [entry().fullHint], again };
    case "too-many":
    case "http-429":
    case "http-503":
      return { sign: "clock", title: entry().tooManyTitle, lines: [entry().tooManyHint], again };
    case "unavailable":
      return { sign: "clock", title: entry().laterTitle, lines: [`${why.message}.`], again };
  }
  return { sign: "ban", title: entry().outTitle, lines: why.message ? [why.message] : [], again };
}

/** Says who removed the user and why, as far as the room's log or the refusal says it, and until when. */
function removal(why: Failure): Barrier {
  const event = lastRemoval(why);
  const until = why.until ?? (event && endOf(event));
  const said = event
    ? [moderationText(event)]
    : [
        why.address ? entry().outByAddress : entry().outHint,
        ...(why.reason ? [entry().given(isolated(why.reason))] : []),
      ];
  const found: Barrier = {
    sign: "ban",
    title: !event ? entry().outTitle : event.action === "ban" ? entry().bannedTitle : entry().removedTitle,
    lines: said,
    again: { text: why.address ? entry().tryAgain : entry().comeBack },
  };
  if (!until)
    return why.code === "kicked"
      ? found
      : { ...found, lines: [...said, entry().outForGood], again: { text: entry().tryAgain } };
  return {
    ...found,
    end: {
      at: until,
      left: entry().backIn,
      over: entry().backNow,
      moment: entry().outUntil(soonMoment(new Date(until))),
    },
    again: { ...found.again!, waits: true },
  };
}

/** When removals end by this clock, which may be wrong: the server's says only for how long. */
const ends = new WeakMap<LogEvent, number>();

function endOf(event: LogEvent): number | undefined {
  if (!event.until) return undefined;
  const end = ends.get(event) ?? Date.now() + Date.parse(event.until) - Date.parse(event.at);
  ends.set(event, end);
  return end;
}

/** The event that removed the user, if the page has it and it isn't an older one. */
function lastRemoval(why: Failure): LogEvent | undefined {
  const { fold, you } = store.room;
  const event = fold.moderations.findLast(
    (e) => e.member === you.value?.member && (e.action === "kick" || e.action === "ban"),
  );
  if (!event || why.address) return undefined;
  const same =
    (why.reason === undefined || why.reason === event.reason) && (why.end === undefined || why.end === event.until);
  return same ? event : undefined;
}
