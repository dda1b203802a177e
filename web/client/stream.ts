import type { Connection, ConnectionListener } from "./connection.ts";
import { EventStreamParser } from "./event-stream.ts";
import type { Command } from "./commands.ts";
import { isOf, refusalOf } from "./refusal.ts";

/** How long the server may take over a join, in ms. */
const openWithin = 30_000;
/** How long the server may take over another command, in ms. */
const answerWithin = 30_000;
/** How often the server sends at least something, in ms… */
const heartbeat = 15_000;
/** …and after how long without anything the stream has stalled. */
const stalled = 40_000;

/** With which code the server would close a WebSocket, by the code of the event that ends a stream. A stream that ends otherwise was cut. */
const closeCodes: Readonly<Record<string, number>> = {
  "bad-token": 4401,
  expired: 4401,
  banned: 4403,
  kicked: 4403,
  revoked: 4403,
  closed: 4404,
  draining: 1001,
};
/** A close code after which the pauses between attempts grow, even though the join went well. */
const growingPauses = 1008;
/** Errors that have to do with the server or the address, not with the command. Nothing overtakes a command that got one. */
const passing: ReadonlySet<string> = new Set(["unavailable", "too-many"]);
/** How long to wait where such an error doesn't say it, in ms. */
const defaultPause = 2000;
/** Statuses below 500 that say nothing about the command itself. */
const transient: ReadonlySet<number> = new Set([401, 407, 408, 429]);

/**
 * A connection without a WebSocket: the join is a request whose response is the stream
 * of events, and each other command is a request of its own. One is sent after the other,
 * as HTTP would reorder them.
 *
 * A command of which the outcome isn't known ends the connection: after the next join, the
 * replay tells what has become of it, and what follows is sent after it.
 */
export class StreamConnection implements Connection {
  readonly transport = "http";
  heard = false;
  readonly #url: string;
  readonly #request: typeof fetch;
  readonly #stream = new AbortController();
  #sending: AbortController | undefined; // of the first command
  #listener: ConnectionListener | undefined;
  #seat: string | undefined;
  #token: string | undefined; // of the join
  #commands: Command[] = []; // the first one is being sent
  #heardAt = 0;
  #ending = ""; // the code of the event that says why the stream ends
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** url is the room's: http://host/r/CODE. */
  constructor(url: string, request: typeof fetch, listener: ConnectionListener) {
    this.#url = url;
    this.#request = request;
    this.#listener = listener;
    this.#wait(openWithin);
    queueMicrotask(() => this.#listener?.opened(this));
  }

  send(command: Command): void {
    if (command.type === "join") return void this.#join(command);
    const text = JSON.stringify(command);
    if (this.#commands.some((c) => JSON.stringify(c) === text)) return; // a repeat, while the first still waits
    if (this.#commands.push(command) === 1) void this.#sendAll();
  }

  /** Streams have no pings: the next heartbeat has to come in time. */
  probe(within: number): void {
    if (this.heard) this.#wait(Math.max(0, this.#heardAt + heartbeat + within - performance.now()));
  }

  cut(reason: string): void {
    this.#end(1006, reason);
  }

  close(): void {
    this.#listener = undefined;
    clearTimeout(this.#timer);
    this.#stream.abort();
    this.#sending?.abort();
  }

  async #join(command: Command & { type: "join" }): Promise<void> {
    this.#seat = command.seat;
    this.#token = command.token;
    try {
      const answer = await this.#post("events", command, this.#stream);
      const refusal = await refusalOf(answer);
      if (refusal) return this.#hear(JSON.stringify(refusal));
      if (!answer.ok || !isOf(answer, "text/event-stream") || !answer.body) throw new Error("no stream");
      await this.#read(answer.body.getReader());
      this.#end(closeCodes[this.#ending] ?? 1006, this.#ending);
    } catch {
      this.cut("there is no stream, or it was cut");
    }
  }

  async #read(stream: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    const parser = new EventStreamParser();
    for (let part; !(part = await stream.read()).done;) {
      this.#hearSign();
      for (const { name, data } of parser.push(decoder.decode(part.value, { stream: true }))) {
        if (name === "goodbye" || name === "error") this.#ending = (JSON.parse(data) as { code: string }).code;
        this.#hear(data);
      }
    }
  }

  async #sendAll(): Promise<void> {
    for (let command; this.#listener && (command = this.#commands[0]);) {
      const timer = setTimeout(() => this.cut("no answer"), answerWithin);
      const pause = await this.#send(command).catch(() => this.cut("it isn't known what became of a command"));
      clearTimeout(timer);
      if (pause === undefined) this.#commands.shift();
      else await new Promise((over) => setTimeout(over, pause));
    }
  }

  /**
   * Sends a command, and waits for what settles it. It resolves to a pause, in ms, after
   * which to send it again, before any other; and rejects if nobody knows the outcome.
   */
  async #send(command: Command): Promise<number | void> {
    this.#sending = new AbortController();
    const answer = await this.#post("commands", command, this.#sending, {
      ...(this.#seat ? { "Snug-Seat": this.#seat } : {}),
      ...(this.#token ? { Authorization: `Bearer ${this.#token}` } : {}),
    });
    const { id, ref } = command as { id?: string; ref?: string };
    const refusal = await refusalOf(answer);
    if (refusal && passing.has(refusal.code) && !(command.type === "search" && refusal.code === "unavailable"))
      return refusal.retry_after_ms ?? defaultPause;
    if (refusal?.code === "bad-token" && command.type !== "auth") this.#end(4401, refusal.message);
    else if (refusal) this.#hear(JSON.stringify({ id, ref, ...refusal }));
    else if (answer.status === 204) return;
    else if (answer.ok) this.#handleAnswer(command, await answer.text());
    else if (answer.status < 500 && !transient.has(answer.status)) {
      // Something between here and the server doesn't let this command pass, and won't.
      const code = `http-${answer.status}`;
      this.#hear(JSON.stringify({ type: "error", code, message: `HTTP status ${answer.status}`, id, ref }));
    } else this.#end(growingPauses, `HTTP status ${answer.status}`);
  }

  /** Passes on what the stream doesn't tell: all but events of the log, and the member's new nick. */
  #handleAnswer(command: Command, answer: string): void {
    // The stream ends with the token that it was opened with.
    if (command.type === "auth") return this.#listener?.outdated(this);
    if (!("from" in (JSON.parse(answer) as object)) && command.type !== "nick") this.#hear(answer);
  }

  #hear(frame: string): void {
    const event = JSON.parse(frame) as { type: string; you?: { seat: string }; seat?: string };
    if (event.type === "welcome" || event.type === "seat") this.#seat = event.you?.seat ?? event.seat;
    this.#listener?.heard(this, frame);
  }

  #hearSign(): void {
    this.heard = true;
    this.#heardAt = performance.now();
    this.#wait(stalled);
  }

  #post(
    what: string,
    command: Command,
    abort: AbortController,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.#request(`${this.#url}/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify(command),
      cache: "no-store",
      signal: abort.signal,
    });
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#listener) this.#timer = setTimeout(() => this.cut("silence"), ms);
  }

  #end(code: number, reason: string): void {
    const listener = this.#listener;
    this.close();
    listener?.ended(this, { code, reason });
  }
}
