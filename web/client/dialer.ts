import type { Connection, ConnectionListener, Transport } from "./connection.ts";
import type { HTTPRefusal } from "./refusal.ts";
import { SocketConnection, type Sockets } from "./socket.ts";

export interface DialerOptions {
  sockets?: Sockets;
  request?: typeof fetch;
  transport?: Transport;
}

/** How often a transport has to fail in a row, while the server can be reached, before the other one is used. */
const failuresToChange = 2;

/** Opens connections to a room by the transport that gets through. */
export class Dialer {
  readonly #url: string;
  readonly #room: string;
  readonly #sockets: Sockets | undefined; // without it, there is only HTTP
  readonly #request: typeof fetch;
  #http: typeof import("./http.ts") | undefined; // once it is loaded
  #failures = 0;
  /** The transport of the next connection. */
  transport: Transport;

  /** url is that of the WebSocket, room that of the room's HTTP requests. */
  constructor(url: string, room: string, options: DialerOptions) {
    this.#url = url;
    this.#room = room;
    this.#sockets = options.sockets ?? globalThis.WebSocket;
    this.#request = options.request ?? ((...a) => fetch(...a));
    this.transport = this.#sockets ? (options.transport ?? "websocket") : "http";
  }

  get hasWebSockets(): boolean {
    return this.#sockets !== undefined;
  }

  /** Whether `dial` can be called. Otherwise `load` has to come first. */
  get ready(): boolean {
    return this.transport === "websocket" || this.#http !== undefined;
  }

  /** Loads the code for HTTP, which few need. If that fails, there are only WebSockets. */
  async load(): Promise<void> {
    this.#http ??= await import("./http.ts").catch((e: unknown) => {
      if (!this.#sockets) throw e;
      return undefined;
    });
    if (!this.#http) this.transport = "websocket";
  }

  dial(listener: ConnectionListener): Connection {
    return this.transport === "http" && this.#http
      ? new this.#http.StreamConnection(this.#room, this.#request, listener)
      : this.webSocket(listener);
  }

  /** It needs `hasWebSockets`. */
  webSocket(listener: ConnectionListener): Connection {
    return new SocketConnection(this.#url, this.#sockets!, listener);
  }

  /** Asks the server why it doesn't accept a connection. */
  async explain(): Promise<HTTPRefusal | "reachable" | undefined> {
    await this.load();
    return this.#http?.explainRefusal(this.#url, this.#room, this.#request);
  }

  /** Notes that the server has accepted a join by this transport. */
  succeeded(transport: Transport): void {
    this.transport = transport;
    this.#failures = 0;
  }

  /** Notes that a connection of this transport has failed although the server can be reached. */
  failed(transport: Transport, times = 1): void {
    this.#failures += times;
    if (this.#failures < failuresToChange || !this.#http) return;
    this.#failures = 0;
    this.transport = transport === "http" && this.#sockets ? "websocket" : "http";
  }
}
