// What is said to one whom the server refuses: in the page's own words where it has
// any, in the server's elsewhere.
import type { Failure } from "../client.ts";
import { isolated, soonMoment, t } from "./texts.ts";

type Refusal = Pick<Failure, "code" | "message">;

/** Why something that one did isn't done. */
export function errorText(e: Refusal): string {
  switch (e.code) {
    case "nick-taken": return t().nickTaken;
    case "forbidden": return t().forbidden;
    case "not-found": return t().notFound;
    case "too-long": return t().isTooLong;
    case "seat-lost": return t().seatLost;
    case "too-old": return t().tooOld;
    case "too-many": return t().tooMany;
  }
  return e.message;
}

/** Why a nick isn't taken. */
export function nickErrorText(e: Refusal): string {
  if (e.code === "too-long") return t().badNick;
  return e.code === "bad-field" ? t().unfitNick : errorText(e);
}

/** Why one isn't let in. */
export function joinErrorText(why: Failure): { title: string; lines: string[] } {
  switch (why.code) {
    case "banned": case "kicked":
      return { title: t().outTitle, lines: [t().outHint, ...reasonOf(why), why.until ? t().outUntil(soonMoment(new Date(why.until))) : t().outForGood] };
    case "locked":
      return { title: t().lockedTitle, lines: [t().lockedHint] };
    case "bad-token":
      return { title: t().tokenTitle, lines: [t().tokenHint] };
    case "room-full":
      return { title: t().fullTitle, lines: [t().fullHint] };
    case "too-many": case "http-429": case "http-503":
      return { title: t().tooManyTitle, lines: [t().tooManyHint] };
  }
  return { title: t().outTitle, lines: why.message ? [why.message] : [] };
}

// The reason that a moderator gave stands in brackets in what the server says; what
// the server says otherwise is shown whole.
function reasonOf(why: Failure): string[] {
  const said = /^you (?:are banned|were kicked) from this room(?: \((.*)\))?: (?:ask its owner|come back)/s.exec(why.message);
  if (!said) return why.message ? [why.message] : [];
  return said[1] ? [t().given(isolated(said[1]))] : [];
}
