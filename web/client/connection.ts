import type { Command } from "./commands.ts";

/** What carries a client's commands and events: a WebSocket, or an HTTP stream with a request for each command. */
export type Transport = "websocket" | "http";

/** One connection to a room. It ends when the server stops to answer. */
export interface Connection {
  readonly transport: Transport;
  /** Whether anything of the server's has arrived. */
  readonly heard: boolean;
  /** Sends a command; the first one is a join. Commands arrive in order, or the connection ends. */
  send(command: Command): void;
  /** Ends the connection unless the server shows within so many ms that it is there, or within the time that the transport needs for it. */
  probe(within: number): void;
  /** Ends the connection at once, as if the network had cut it. */
  cut(reason: string): void;
  /** Closes the connection. The listener isn't called any more. */
  close(): void;
}

/** How a connection ended. The code is that of a WebSocket's close; 1006 if the connection was cut. */
export interface ConnectionEnd {
  code: number;
  reason: string;
}

/** What a connection, which is passed to each call, tells its owner. */
export interface ConnectionListener {
  opened(connection: Connection): void;
  heard(connection: Connection, frame: unknown): void;
  /** Called if the connection will end soon unless another one, which joins anew, replaces it. */
  outdated(connection: Connection): void;
  /** Called once; nothing is called after it. */
  ended(connection: Connection, end: ConnectionEnd): void;
}
