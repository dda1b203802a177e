// How a Client is set up, and what it tells.
import type { Sockets } from "./connection.ts";
import type { Failure, Pending } from "./outbox.ts";
import type { OtherEvent, Gap, LogEvent, Position, Welcome } from "./protocol.ts";

export interface Options {
  /** Where rooms are joined: ws://host/ws or wss://host/ws. */
  url: string;
  /** The room's code. */
  room: string;
  nick: string;
  /** From an earlier welcome: makes this the same member again. A secret. */
  seat?: string;
  /** Who the seat made its holder. If it makes another one, messages that were tried aren't sent again. */
  member?: string;
  /** Asks for what came after this position, instead of the last messages. */
  since?: Position;
  /** How many of the last messages to begin with. */
  history?: number;
  /** The room's password, where it has one. Who has a seat doesn't need it. */
  password?: string;
  /** Says who one is, where the server asks for it: a JWT. `authorize` renews it. */
  token?: string;
  /** Messages from an earlier Client with the same seat that weren't settled. */
  outbox?: Pending[];
  listener: (event: ClientEvent) => void;
  /** Instead of the browser's. */
  sockets?: Sockets;
  request?: typeof fetch;
}

/** How the connection is. */
export type State =
  | { is: "connecting" }
  | { is: "open" }
  /** It was lost, or didn't come about; the next attempt is at `until`, in ms. */
  | { is: "waiting"; until: number; why?: Failure }
  /** The server doesn't take this join; call `join` with another nick, or with `bad-password` the room's password. */
  | { is: "refused"; why: Failure }
  /**
   * For good: by `close`, or because somebody has to do something first. The codes
   * are `kicked`, `banned`, `revoked`, `locked`, `bad-token`, `closed` and `left`.
   */
  | { is: "ended"; why: Failure };

export type ClientEvent =
  | { is: "state"; state: State }
  /** The room was joined. Unless it is resumed, what follows is no continuation: clear what is shown. */
  | { is: "welcome"; welcome: Welcome; resumed: boolean }
  /** An event of the log, each once and in order. It is live unless it is part of a replay. */
  | { is: "log"; event: LogEvent; live: boolean }
  /** Events that the server no longer keeps. */
  | { is: "gap"; gap: Gap }
  /** The seat is another one from now on: keep it instead of the old one. */
  | { is: "seat"; seat: string }
  /** Someone came, went, types or takes another name; or all who are here. */
  | { is: "presence"; event: Extract<OtherEvent, { type: "joined" | "left" | "renamed" | "typing" | "crowd" | "members" }> }
  /** A message was written, sent, settled or has failed. `pending` are all that aren't settled, in their order. */
  | { is: "outbox"; pending: Pending[] };

/** Which page of the log to read: events before or after a seq, or the newest. */
export interface Page { before?: number; after?: number; limit?: number }

/** The error of a command that the server refused, or that can't be carried out. */
export class CommandError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}
