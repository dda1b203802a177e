import type { Connection, ConnectionListener } from "./connection.ts";
import type { Command } from "./commands.ts";
import { subprotocol } from "./protocol.ts";

/** What a SocketConnection uses of a WebSocket. The handlers are called with events like the browser's; classes type these differently. */
export interface Socket {
  readonly OPEN: number;
  readonly readyState: number;
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  onerror: unknown;
  send(text: string): void;
  close(code?: number): void;
}

/** A WebSocket class: the browser's, Node's, or one like it, such as that of the package `ws`. */
export type Sockets = new (url: string, protocols: string) => Socket;

/** After so long without a frame the server is sent a ping, in ms… */
const quiet = 20_000;
/** …which it has to answer within this time. */
const answerWithin = 10_000;
/** How long a connection may take to open, in ms. */
const openWithin = 15_000;

/**
 * A connection by WebSocket. It begins with a ping: the server answers it at once, also
 * where it takes long over the join, so silence means that frames don't get through.
 */
export class SocketConnection implements Connection {
  readonly transport = "websocket";
  heard = false;
  #socket: Socket;
  #listener: ConnectionListener | undefined;
  #opened = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, sockets: Sockets, listener: ConnectionListener) {
    this.#listener = listener;
    this.#socket = new sockets(url, subprotocol);
    this.#socket.onopen = () => {
      this.#opened = true;
      this.probe();
      this.#listener?.opened(this);
    };
    this.#socket.onmessage = (e: MessageEvent) => {
      this.heard = true;
      this.#wait(quiet, () => this.probe());
      this.#listener?.heard(this, e.data);
    };
    this.#socket.onclose = (e: CloseEvent) => this.#end(e.code, e.reason);
    this.#socket.onerror = () => {}; // a close event follows, with the code
    this.#timer = setTimeout(() => this.cut("no answer"), openWithin);
  }

  send(command: Command): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  /** Sends a ping, and ends the connection if nothing comes within so many ms. */
  probe(within = answerWithin): void {
    if (!this.#opened) return;
    this.send({ type: "ping" });
    this.#wait(within, () => this.cut("silence"));
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    if (this.#listener) this.#timer = setTimeout(then, ms);
  }

  /** Ends the connection at once, without waiting for the close handshake: that takes minutes if the server has gone. */
  cut(reason: string): void {
    this.#end(1006, reason);
    this.#socket.close();
  }

  close(): void {
    this.#listener = undefined;
    clearTimeout(this.#timer);
    this.#socket.close(1000);
  }

  #end(code: number, reason: string): void {
    const listener = this.#listener;
    this.#listener = undefined;
    clearTimeout(this.#timer);
    listener?.ended(this, { code, reason });
  }
}
