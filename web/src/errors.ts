// Error texts: the page's own words where it has any for a code, the server's elsewhere.
import type { Failure } from "../client.ts";
import { isolated, soonMoment, t } from "./texts.ts";

type CodedError = Pick<Failure, "code" | "message">;

/** Why a command failed. */
export function errorText(e: CodedError): string {
  switch (e.code) {
    case "nick-taken":
      return t().nickTaken;
    case "forbidden":
      return t().forbidden;
    case "not-found":
      return t().notFound;
    case "too-long":
      return t().isTooLong;
    case "seat-lost":
      return t().seatLost;
    case "too-old":
      return t().tooOld;
    case "too-many":
      return t().tooMany;
  }
  return e.message;
}

/** Why the server doesn't accept a nick. */
export function nickErrorText(e: CodedError): string {
  if (e.code === "too-long") return t().badNick;
  return e.code === "bad-field" ? t().unfitNick : errorText(e);
}

/** Why the user can't join the room. */
export function joinErrorText(why: Failure): { title: string; lines: string[] } {
  switch (why.code) {
    case "banned":
    case "kicked":
      return {
        title: t().outTitle,
        lines: [
          why.address ? t().outByAddress : t().outHint,
          ...(why.reason ? [t().given(isolated(why.reason))] : []),
          why.until ? t().outUntil(soonMoment(new Date(why.until))) : t().outForGood,
        ],
      };
    case "locked":
      return { title: t().lockedTitle, lines: [t().lockedHint] };
    case "closed":
      return { title: t().closedTitle, lines: [t().closedHint] };
    case "bad-token":
      return { title: t().tokenTitle, lines: [t().tokenHint] };
    case "room-full":
      return { title: t().fullTitle, lines: [t().fullHint] };
    case "too-many":
    case "http-429":
    case "http-503":
      return { title: t().tooManyTitle, lines: [t().tooManyHint] };
  }
  return { title: t().outTitle, lines: why.message ? [why.message] : [] };
}
