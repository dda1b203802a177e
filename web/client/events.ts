// A Client's options and events.
import type { Transport } from "./connection.ts";
import type { Failure, Pending } from "./outbox.ts";
import type { OtherEvent, Gap, Knock, LogEvent, Position, Welcome } from "./protocol.ts";
import type { Sockets } from "./socket.ts";

export interface Options {
  /** Where rooms are joined: ws://host/ws or wss://host/ws. The HTTP requests of a room go to http://host/r/CODE or https://host/r/CODE. */
  url: string;
  /** The room's code. */
  room: string;
  nick: string;
  /** The seat of an earlier welcome: makes this the same member again. A secret. */
  seat?: string;
  /** The member of the seat. If the server makes the client another one, messages that were tried aren't sent again. */
  member?: string;
  /** Resumes after this position, instead of beginning with the last messages. */
  since?: Position;
  /** How many of the last messages to begin with. */
  history?: number;
  /** The room's password, if it has one. A member with a seat doesn't need it. */
  password?: string;
  /** The user's token (a JWT), if the server asks for one. `authorize` renews it. */
  token?: string;
  /** The secret of an invite's URL, by which a newcomer comes in where the room would not let them… */
  invite?: string;
  /** …and an id of this newcomer's, which is the same for each try: otherwise a retry could use the invite up twice. */
  inviteID?: string;
  /** Knocks at a locked room, with a note to those who may admit: the client joins once one of them has. It needs a WebSocket. */
  knock?: { note?: string };
  /** The code that the member's other device shows: makes this the same member. It works once. */
  transfer?: string;
  /** Messages of an earlier Client with the same seat that weren't settled. */
  outbox?: Pending[];
  /** What to begin with: `websocket`, unless an earlier Client's `transport` is known. If it fails while the server can be reached, the other one is used. */
  transport?: Transport;
  listener: (event: ClientEvent) => void;
  /** The WebSocket class to use instead of the global one. Without either, as in Node.js before 22, the client uses HTTP. */
  sockets?: Sockets;
  /** Instead of the global `fetch`. */
  request?: typeof fetch;
}

/** The state of the connection. */
export type State =
  /** With `why`, the last attempt was refused for this reason. */
  | { is: "connecting"; why?: Failure }
  | { is: "open" }
  /** It was lost, or the attempt failed. The next attempt is at `until`, in ms since 1970. */
  | { is: "waiting"; until: number; why?: Failure }
  /** The server refused the join. Call `join` with another nick or, after `bad-password`, with the room's password, or after `not-found` without the code of a transfer. */
  | { is: "refused"; why: Failure }
  /**
   * Final: by `close`, or because the client can't go on by itself. The codes
   * are `kicked`, `banned`, `revoked`, `locked`, `bad-token`, `closed` and `left`.
   */
  | { is: "ended"; why: Failure };

export type ClientEvent =
  | { is: "state"; state: State }
  /** The room was joined. Unless it is resumed, the log begins again: clear what is shown. */
  | { is: "welcome"; welcome: Welcome; resumed: boolean }
  /** An event of the log: each once, in order. It is live unless it is part of a replay. */
  | { is: "log"; event: LogEvent; live: boolean }
  /** Events that the server no longer keeps. */
  | { is: "gap"; gap: Gap }
  /** The client has a new seat. Store it in place of the old one. */
  | { is: "seat"; seat: string }
  /** A member joined, left, types or has a new nick; or the list of all members, or the number of readers. */
  | {
      is: "presence";
      event: Extract<OtherEvent, { type: "joined" | "left" | "renamed" | "typing" | "crowd" | "members" | "readers" }>;
    }
  /** Events before this seq are no longer kept: forget their text. */
  | { is: "pruned"; first: number }
  /** The user has read up to here on another connection. */
  | { is: "seen"; seq: number }
  /** Somebody waits before the locked room, or no longer does: for owners and moderators, and before the welcome for the one who waits. */
  | { is: "knock"; knock: Knock }
  /** A message was written, sent or settled, or has failed. `pending` has all that aren't settled, in order. */
  | { is: "outbox"; pending: Pending[] };

/** Which page of the log to read: events before or after a seq, or the newest. */
export interface Page {
  before?: number;
  after?: number;
  limit?: number;
  /** Messages, and edits, with the content that the messages have now: also by edits after the page. */
  current?: boolean;
}

/** What to search for. `docs/protocol.md` says what a query may have; any text is one. */
export interface Query {
  q: string;
  /** Only messages before this seq: `next` of the page before. */
  before?: number;
  limit?: number;
}

/** A command was refused by the server, or can't be carried out. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
