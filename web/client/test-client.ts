// A client in a test, against the real server.
import type { TestContext } from "node:test";
import WebSocket from "ws";
import {
  Client,
  type ClientEvent,
  type LogEvent,
  type Options,
  type Pending,
  type Transport,
  type Welcome,
} from "../client.ts";
import { until } from "../e2e/server.ts";

/** What a client may use; tests of what it promises are run with each. */
export const transports: readonly Transport[] = ["websocket", "http"];

/** A client and its events. Its connection can be cut. */
export class TestClient {
  readonly events: ClientEvent[] = [];
  readonly requests = new Set<AbortController>();
  readonly sockets: WebSocket[] = [];
  readonly client: Client;
  pending: Pending[] = [];

  constructor(t: TestContext, url: string, room: string, options: Partial<Options> = {}) {
    const sockets = this.sockets;
    this.client = new Client({
      url,
      room,
      nick: "ann",
      sockets: class extends WebSocket {
        constructor(url: string, protocol: string) {
          super(url, protocol);
          sockets.push(this);
        }
      },
      request: (url, init) => this.#request(url, init),
      ...options,
      listener: (e) => {
        this.events.push(e);
        if (e.is === "outbox") this.pending = e.pending;
      },
    });
    t.after(async () => {
      this.client.close();
      for (const socket of sockets) socket.terminate(); // it would wait for the close's answer
      await until("all is closed", () => sockets.every((s) => s.readyState === WebSocket.CLOSED));
    });
  }

  get log(): LogEvent[] {
    return this.events.flatMap((e) => (e.is === "log" ? [e.event] : []));
  }
  get messages(): LogEvent[] {
    return this.log.filter((e) => e.type === "message");
  }
  get said(): string[] {
    return this.messages.map((e) => e.content ?? "");
  }
  get welcomes(): Welcome[] {
    return this.events.flatMap((e) => (e.is === "welcome" ? [e.welcome] : []));
  }
  open(): Promise<void> {
    return until("the room is open", () => this.client.state.is === "open");
  }
  /** Waits until the client has a position in the log: without one it could not resume. */
  placed(): Promise<void> {
    return until("there is a position", () => this.client.position !== undefined);
  }
  heard(count: number): Promise<void> {
    return until(`${count} messages were heard`, () => this.messages.length >= count);
  }
  /** Cuts the connection as a broken network does. */
  cut(): void {
    this.sockets.at(-1)?.terminate();
    for (const request of this.requests) request.abort();
  }

  /** Makes a request that can be cut. */
  async #request(url: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const cut = new AbortController();
    this.requests.add(cut);
    init?.signal?.addEventListener("abort", () => cut.abort());
    return fetch(url, { ...init, signal: cut.signal });
  }
}
