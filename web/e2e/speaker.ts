// A member without a browser, by the page's client: it can send much, and messages that
// the page's composer wouldn't.
import type { TestContext } from "node:test";
import WebSocket from "ws";
import { Client, type Pending, type Sockets } from "../client.ts";
import { until, type Server } from "./server.ts";

export class Speaker {
  #pending: Pending[] = [];
  #client: Client;
  /** The contents of all messages since it joined, in order. */
  readonly heard: string[] = [];

  private constructor(server: Server, room: string, nick: string, sockets: Sockets) {
    this.#client = new Client({
      url: server.ws, room, nick, sockets, history: 0,
      listener: (e) => {
        if (e.is === "outbox") this.#pending = e.pending;
        if (e.is === "log" && e.event.type === "message") this.heard.push(e.event.content ?? "");
      },
    });
  }

  /** Joins a room, and leaves it when the test ends. */
  static async enter(t: TestContext, server: Server, room: string, nick: string): Promise<Speaker> {
    const open: WebSocket[] = [];
    const sockets = class extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol);
        open.push(this);
      }
    };
    const speaker = new Speaker(server, room, nick, sockets as unknown as Sockets);
    t.after(async () => {
      speaker.#client.close();
      for (const socket of open) socket.terminate(); // it would wait for the close's answer
      await until("all is closed", () => open.every((s) => s.readyState === WebSocket.CLOSED));
    });
    await until(`${nick} is in the room`, () => speaker.#client.state.is === "open");
    return speaker;
  }

  /** Sends messages in order, and waits until they are confirmed. */
  async say(...contents: string[]): Promise<void> {
    for (const content of contents) {
      if (this.#pending.length >= 200) await until("some of it is kept", () => this.#pending.length < 100);
      this.#client.send(content);
    }
    await this.#confirmed();
  }

  /** The same with a reply to the message with this seq. */
  async reply(to: number, content: string): Promise<void> {
    this.#client.send(content, to);
    await this.#confirmed();
  }

  async #confirmed(): Promise<void> {
    await until("it is kept", () => this.#pending.every((m) => m.failed));
    const failed = this.#pending[0]?.failed;
    if (failed) throw new Error(`${failed.code}: ${failed.message}`);
  }

  leave(): void { this.#client.close(); }
}

/** So many texts, which are numbered. */
export const lines = (n: number, what: string): string[] => Array.from({ length: n }, (_, i) => `${what} ${i}`);

/** Sends messages as a plain client, and resolves to the first frame that comes back. */
export async function sayPlainly(server: Server, room: string, author: string, ...contents: string[]): Promise<string> {
  const socket = new WebSocket(`${server.ws}?roomCode=${encodeURIComponent(room)}`);
  try {
    return await new Promise<string>((answered, failed) => {
      socket.on("error", failed);
      socket.on("open", () => { for (const Content of contents) socket.send(JSON.stringify({ Author: author, Content })); });
      let heard = 0;
      let first = "";
      socket.on("message", (data) => {
        first ||= data.toString();
        if (++heard === contents.length) answered(first);
      });
    });
  } finally {
    socket.terminate();
  }
}
