// Frames from the server, decoded.
import type { LogEvent, OtherEvent } from "./protocol.ts";

/** A frame from the server, read. */
export type Received = { log: LogEvent } | { other: OtherEvent } | "unknown";

const otherTypes: ReadonlySet<string> = new Set([
  "welcome",
  "joined",
  "left",
  "renamed",
  "typing",
  "crowd",
  "readers",
  "members",
  "history",
  "search",
  "bans",
  "hooks",
  "hook",
  "invites",
  "invite",
  "knock",
  "seen",
  "transfer",
  "push",
  "pruned",
  "auth",
  "seat",
  "ack",
  "error",
  "gap",
  "pong",
  "goodbye",
] satisfies OtherEvent["type"][]);

/**
 * Decodes a frame. An event with seq and from belongs to the log, also if its type is
 * unknown. It throws if the frame breaks the protocol; the fields of known types
 * aren't checked.
 */
export function decode(frame: unknown): Received {
  if (typeof frame !== "string") throw new Error("the server sent a binary frame");
  const event: unknown = JSON.parse(frame);
  if (typeof event !== "object" || event === null || !("type" in event) || typeof event.type !== "string") {
    throw new Error("the server sent what is no event");
  }
  if ("seq" in event && "from" in event) {
    if (!Number.isSafeInteger(event.seq)) throw new Error("the server sent an event whose seq is no number");
    return { log: event as LogEvent };
  }
  return otherTypes.has(event.type) ? { other: event as OtherEvent } : "unknown";
}
