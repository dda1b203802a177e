import { subprotocol, type Command } from "./protocol.ts";

/** The WebSocket class that a Connection uses: the browser's, or one like it. */
export type Sockets = new (url: string, protocols: string) => WebSocket;

/** How a connection ended. The code is 1006 if there was no close frame. */
export interface ConnectionEnd {
  code: number;
  reason: string;
  /** Whether it had been open. */
  opened: boolean;
}

export interface ConnectionListener {
  opened(): void;
  heard(frame: unknown): void;
  /** Called once; nothing is called after it. */
  ended(end: ConnectionEnd): void;
}

/** After so long without a frame the server is sent a ping, in ms… */
const quiet = 20_000;
/** …which it has to answer within this time. */
const answerWithin = 10_000;
/** How long a connection may take to open, in ms. */
const openWithin = 15_000;

/** One connection. It ends when the server stops to answer. */
export class Connection {
  #socket: WebSocket;
  #listener: ConnectionListener | undefined;
  #opened = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, sockets: Sockets, listener: ConnectionListener) {
    this.#listener = listener;
    this.#socket = new sockets(url, subprotocol);
    this.#socket.onopen = () => {
      this.#opened = true;
      this.#alive();
      this.#listener?.opened();
    };
    this.#socket.onmessage = (e: MessageEvent) => {
      this.#alive();
      this.#listener?.heard(e.data);
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

  #alive(): void {
    this.#wait(quiet, () => this.probe());
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

  /** Closes the connection. The listener isn't called any more. */
  close(): void {
    this.#listener = undefined;
    clearTimeout(this.#timer);
    this.#socket.close(1000);
  }

  #end(code: number, reason: string): void {
    const listener = this.#listener;
    this.#listener = undefined;
    clearTimeout(this.#timer);
    listener?.ended({ code, reason, opened: this.#opened });
  }
}
