// Error texts: the page's own words where it has any for a code, the server's elsewhere.
import type { Failure } from "../client.ts";
import { t } from "./texts.ts";

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
    case "kicked":
    case "banned":
    case "revoked":
    case "closed":
      return t().notConnected; // the panel in the composer's place says why
  }
  return e.message;
}

/** Why the server doesn't accept a nick. */
export function nickErrorText(e: CodedError): string {
  if (e.code === "too-long") return t().badNick;
  return e.code === "bad-field" ? t().unfitNick : errorText(e);
}
