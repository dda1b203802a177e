import { subprotocol, type Command } from "./protocol.ts";

/** What a Connection needs of a WebSocket: the browser's, or one like it. */
export type Sockets = new (url: string, protocols: string) => WebSocket;

/** How a connection ended: the close code, 1006 where there was none. */
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

/** How long the server may be silent before it is asked whether it is there, in ms… */
const quiet = 20_000;
/** …and how long it has to answer. */
const answerWithin = 10_000;
/** How long a connection may take to open, in ms. */
const openWithin = 15_000;

/** One connection. A server that has vanished without a word is noticed and ends it. */
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
    this.#socket.onerror = () => {}; // a close follows, and says no less
    this.#timer = setTimeout(() => this.cut("no answer"), openWithin);
  }

  send(command: Command): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(command));
  }

  /** Asks the server whether it is there, and cuts the connection if nothing comes within so many ms. */
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

  /** Ends the connection now: a close handshake with a server that has vanished takes minutes. */
  cut(reason: string): void {
    this.#end(1006, reason);
    this.#socket.close();
  }

  /** Closes the connection; the listener hears no more of it. */
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
