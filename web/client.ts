/**
 * A client of Snug's protocol v1, without any UI and without dependencies, for
 * browsers and whatever else has a WebSocket. A Client stays in one room until it
 * is closed: it comes back after a cut, goes on where it stopped, and sends again
 * what isn't known to be kept, under the ids that make this safe.
 *
 * Everything that happens is told to one listener, in order; see ClientEvent.
 */
import { explainRefusal } from "./client/refusal.ts";
import { CommandError, type ClientEvent, type Options, type Page, type State } from "./client/events.ts";
import { Connection, type ConnectionEnd } from "./client/connection.ts";
import { Outbox, outboxSize, type PendingOperation, type Failure, type Pending } from "./client/outbox.ts";
import { Requests, type Request } from "./client/requests.ts";
import { Permissions } from "./client/permissions.ts";
import { onWake } from "./client/wake.ts";
import {
  decode,
  type Ban, type Bans, type Command, type Operation, type Goodbye, type History, type Limits,
  type LogEvent, type Position, type Refusal, type Welcome,
} from "./client/protocol.ts";

export * from "./client/events.ts";
export * from "./client/protocol.ts";
export type { Failure, Pending } from "./client/outbox.ts";
export type { Sockets } from "./client/connection.ts";

/** How the caller of `do` is told. */
interface Completion { resolve: () => void; reject: (why: CommandError) => void }

/** Before coming back: a random part of this, and of twice as much each time… */
const firstWait = 1000;
/** …up to this, in ms. */
const longestWait = 30_000;
/** How long a server has to answer when the network or the machine has just come back, in ms. */
const soon = 3000;
/** Close codes after which a client doesn't come back by itself: bad token, banned or (as the reason says) kicked, room closed. */
const finalCodes: ReadonlyMap<number, string> = new Map([[4401, "bad-token"], [4403, "banned"], [4404, "closed"]]);
/** Refusals of a join that only somebody else can do something about. */
const finalRefusals: ReadonlySet<string> = new Set(["banned", "locked", "bad-token"]);
/** Refusals of a join that another attempt, a little later, may not get. */
const passing: ReadonlySet<string> = new Set(["unavailable", "too-many", "rate-limited", "room-full"]);
/** Closes that say that this client did wrong: coming back soon would be wrong again. */
const ownFault: ReadonlySet<number> = new Set([1002, 1007, 1008, 1009, 4429]);

/** A random id: 128 bits, in the letters that ids may have. */
export function newID(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

export class Client {
  readonly #options: Options;
  readonly #outbox = new Outbox();
  #state: State = { is: "connecting" };
  #connection: Connection | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined; // of the next attempt
  #sending: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #goodbye: Goodbye | undefined;
  #welcomed = false; // on this connection
  #replayTo = 0; // messages wait until this is read, once a replay has begun: it may settle them
  #nick: string;
  #seat: string | undefined;
  #limits: Limits = { content_chars: 4000, frame_bytes: 0, event_bytes: 0, message_rate: 10, retry_ms: 0 };
  #epoch = "";
  #received: number | undefined; // the last seq; undefined where any is right
  #requests = new Requests();
  #operations = new Map<string, Completion>(); // by id
  #password: string | undefined;
  #token: string | undefined;
  #shown: string | undefined; // of the tokens, on this connection
  #you: Permissions;
  #asleep: () => void;

  /** Connects at once. */
  constructor(options: Options) {
    this.#options = options;
    this.#nick = options.nick;
    this.#seat = options.seat;
    this.#password = options.password;
    this.#token = options.token;
    this.#you = new Permissions(options.member);
    if (options.since) {
      this.#epoch = options.since.epoch;
      this.#received = options.since.seq;
    }
    for (const message of options.outbox ?? []) this.#outbox.add(message);
    this.#asleep = onWake(() => this.#back());
    this.#connect();
  }

  get state(): State { return this.#state; }

  /** The place of the last event that the listener was told. */
  get position(): Position | undefined {
    return this.#received === undefined ? undefined : { epoch: this.#epoch, seq: this.#received };
  }

  /** Joins under another nick or with a password, after `refused`; or at once where an attempt is waited for. */
  join(nick = this.#nick, password = this.#password): void {
    this.#nick = nick;
    this.#password = password;
    if (this.#state.is === "refused" || this.#state.is === "waiting") this.#connect();
  }

  /** Shows a fresh token of the same member's: on this connection, and on those to come. */
  authorize(token: string): void {
    this.#token = token;
    if (this.#welcomed) this.#showToken();
  }

  #showToken(): void {
    if (!this.#token || this.#token === this.#shown) return;
    this.#shown = this.#token;
    this.#connection?.send({ type: "auth", token: this.#token });
  }

  /**
   * Says something, now or as soon as it can. `outbox` events tell what becomes of
   * it; it is settled when the log has it. undefined: too many are waiting already.
   */
  send(content: string, replyTo?: number, id = newID()): Pending | undefined {
    if (this.#outbox.size >= outboxSize) return undefined;
    const message: Pending = { id, content, at: Date.now(), ...(replyTo ? { replyTo } : {}) };
    this.#outbox.add(message);
    this.#outboxChanged();
    this.#flush();
    return message;
  }

  /** Sends a message again that has failed, under the same id. */
  retry(id: string): void {
    this.#outbox.retry(id);
    this.#outboxChanged();
    this.#flush();
  }

  /** Forgets a message. It may be in the room all the same if it was tried. */
  discard(id: string): void {
    this.#outbox.settle(id);
    this.#outboxChanged();
  }

  /**
   * Does something to a message, a member or the room, now or as soon as it can, and
   * once however often it has to be sent. It resolves when the log has it, and
   * rejects with a CommandError: the server's, or that nobody knows whether it was
   * done.
   */
  perform(operation: Operation): Promise<void> {
    if (this.#state.is === "ended") return Promise.reject(new CommandError(this.#state.why.code, this.#state.why.message));
    if (this.#outbox.size >= outboxSize) return Promise.reject(new CommandError("too-many", "too many commands are waiting to be sent"));
    const pending: PendingOperation = { id: newID(), operation, at: Date.now() };
    return new Promise((resolve, reject) => {
      this.#operations.set(pending.id, { resolve, reject });
      this.#outbox.add(pending);
      this.#flush();
    });
  }

  /** Reads who is banned, across lost connections; rejects with a CommandError. */
  async bans(): Promise<Ban[]> {
    const answer = await this.#ask({ type: "bans", ref: newID() });
    return (answer as Bans).bans;
  }

  /** Takes another nick; rejects with a CommandError, `nick-taken` if it is another member's. */
  async rename(nick: string): Promise<void> {
    await this.#ask({ type: "nick", ref: newID(), nick });
  }

  /** Reads a page of the log, across lost connections. It moves no position. */
  async history(page: Page): Promise<History> {
    const answer = await this.#ask({ type: "history", ref: newID(), ...page });
    return answer as History;
  }

  /** Tells the others that one is typing, which holds for 5 s. */
  typing(): void {
    if (this.#welcomed) this.#connection?.send({ type: "typing" });
  }

  /** Leaves the room, for good. */
  close(): void {
    this.#end({ code: "left", message: "you have left" });
  }

  #tell(event: ClientEvent): void { this.#options.listener(event); }

  #is(state: State): void {
    this.#state = state;
    this.#tell({ is: "state", state });
  }

  #outboxChanged(): void {
    for (const { id, failed } of this.#outbox.failedOperations) {
      this.#outbox.settle(id);
      this.#done(id, failed);
    }
    this.#tell({ is: "outbox", pending: this.#outbox.messages });
  }

  #done(id: string, failed?: Failure): void {
    const told = this.#operations.get(id);
    this.#operations.delete(id);
    if (failed) told?.reject(new CommandError(failed.code, failed.message));
    else told?.resolve();
  }

  // The network or the machine comes or goes. What the browser says of that isn't always right: ask.
  #back(): void {
    if (this.#state.is === "waiting" && navigator.onLine) this.#connect();
    else this.#connection?.probe(soon);
  }

  get #url(): string { return `${this.#options.url}?roomCode=${encodeURIComponent(this.#options.room)}`; }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#welcomed = false;
    this.#goodbye = undefined;
    this.#is({ is: "connecting" });
    const connection = new Connection(this.#url, this.#options.sockets ?? WebSocket, {
      opened: () => {
        this.#shown = this.#token;
        connection.send({
          type: "join",
          nick: this.#nick,
          ...(this.#seat ? { seat: this.#seat } : {}),
          ...(this.#password ? { password: this.#password } : {}),
          ...(this.#token ? { token: this.#token } : {}),
          ...(this.position ? { since: this.position } : {}),
          ...(this.#options.history === undefined ? {} : { history: this.#options.history }),
        });
      },
      heard: (frame) => {
        try {
          this.#take(frame);
        } catch (e) {
          connection.cut(e instanceof Error ? e.message : "the server sent what it must not");
        }
      },
      ended: (end) => void this.#lost(end),
    });
    this.#connection = connection;
  }

  async #lost(end: ConnectionEnd): Promise<void> {
    this.#connection = undefined;
    if (this.#welcomed && !ownFault.has(end.code)) this.#failures = 0;
    this.#welcomed = false;
    clearTimeout(this.#sending);
    const final = finalCodes.get(end.code);
    if (final) return this.#end({ code: end.reason === "kicked" || end.reason === "revoked" ? end.reason : final, message: end.reason });
    // What a listener does when it is told may close this client, or make it connect: then that holds.
    this.#wait(this.#jitter());
    const waiting = this.#state;
    if (end.opened) return;
    const why = await explainRefusal(this.#url, this.#options.request ?? fetch);
    if (!why || this.#state !== waiting) return;
    if (why.retry === undefined) this.#end(why);
    else this.#wait(why.retry + Math.random() * firstWait, why);
  }

  /** How long to wait after so many attempts that failed, of which this is one more. */
  #jitter(): number {
    return Math.random() * Math.min(firstWait * 2 ** Math.min(this.#failures++, 10), longestWait);
  }

  #wait(ms: number, why?: Failure): void {
    if (this.#goodbye?.reconnect_after_ms) ms = Math.min(this.#goodbye.reconnect_after_ms, 600_000);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), ms);
    this.#is({ is: "waiting", until: Date.now() + ms, ...(why ? { why } : {}) });
  }

  #end(why: Failure): void {
    if (this.#state.is === "ended") return;
    clearTimeout(this.#timer);
    clearTimeout(this.#sending);
    this.#connection?.close();
    this.#connection = undefined;
    this.#welcomed = false;
    this.#asleep();
    this.#requests.end(why);
    for (const id of [...this.#operations.keys()]) this.#done(id, why);
    this.#is({ is: "ended", why });
  }

  #take(frame: unknown): void {
    const received = decode(frame);
    if (received === "unknown") return;
    if ("log" in received) return this.#takeLogged(received.log);
    const e = received.other;
    switch (e.type) {
      case "welcome": return this.#enter(e);
      case "error": return this.#takeError(e);
      case "gap":
        this.#received = e.last;
        this.#outbox.missed(e.last);
        this.#outboxChanged();
        this.#tell({ is: "gap", gap: e });
        return this.#flush();
      case "ack": return this.#settled(e.id);
      case "history": case "bans": return this.#requests.answer(e);
      case "goodbye":
        this.#goodbye = e;
        return;
      case "seat":
        this.#seat = e.seat;
        return this.#tell({ is: "seat", seat: e.seat });
      case "auth": case "pong": return;
      case "renamed":
        if (e.member === this.#you.member) this.#renamed(e.nick);
        break;
      case "members": { // in place of a renamed that was missed
        const me = e.members.find((m) => m.member === this.#you.member);
        if (me && me.nick !== this.#nick) this.#renamed(me.nick);
      }
    }
    this.#tell({ is: "presence", event: e });
  }

  #renamed(nick: string): void {
    this.#nick = nick;
    this.#requests.renamed();
  }

  #enter(w: Welcome): void {
    const resumed = w.resumed && this.#received !== undefined && w.epoch === this.#epoch;
    if (w.resumed && !resumed) throw new Error("the server resumed where it wasn't asked to");
    if (!resumed) {
      this.#epoch = w.epoch;
      this.#received = w.head < w.first || this.#options.history === 0 ? w.head : undefined; // no replay would tell
      this.#outbox.missed(w.head); // the replay may begin after what an earlier Client has tried
    }
    if (this.#you.member && this.#you.member !== w.you.member) this.#outbox.seatLost();
    this.#outbox.reconnected();
    this.#you.enter(w);
    this.#outbox.slowMode(this.#you.pause);
    this.#seat = w.you.seat;
    this.#nick = w.you.nick;
    this.#password = undefined; // the seat is enough
    this.#limits = w.limits;
    this.#replayTo = w.head;
    this.#welcomed = true;
    this.#showToken();
    this.#tell({ is: "welcome", welcome: w, resumed });
    this.#is({ is: "open" });
    this.#outboxChanged();
    for (const command of this.#requests.commands) this.#connection?.send(command);
    this.#flush();
  }

  #takeLogged(e: LogEvent): void {
    if (this.#received !== undefined && e.seq !== this.#received + 1) {
      throw new Error(`the server sent event ${e.seq} after ${this.#received}`);
    }
    this.#received = e.seq;
    if (e.seq > this.#replayTo) {
      this.#you.follow(e);
      this.#outbox.slowMode(this.#you.pause);
    }
    this.#tell({ is: "log", event: e, live: e.seq > this.#replayTo });
    if (e.from.member === this.#you.member) this.#settled(e.id);
    else if (e.seq === this.#replayTo || e.type === "moderated") this.#flush();
  }

  #settled(id: string): void {
    if (this.#outbox.settle(id)) {
      this.#done(id);
      this.#outboxChanged();
    }
    this.#flush(); // what is settled makes room for what waits
  }

  #takeError(e: Refusal): void {
    if (e.id && this.#outbox.has(e.id)) {
      this.#outbox.refused(e.id, e, this.#limits.retry_ms || 2000, Date.now());
      this.#outboxChanged();
      this.#flush();
    } else if (!(e.ref && this.#requests.refuse(e.ref, e)) && !this.#welcomed) {
      this.#joinRefused(e);
    }
  }

  #joinRefused(e: Refusal): void {
    this.#connection?.close();
    this.#connection = undefined;
    if (passing.has(e.code)) {
      return this.#wait((e.retry_after_ms ?? 0) + this.#jitter(), e);
    }
    const why: Failure = { code: e.code, message: e.message, ...(e.retry_after_ms ? { until: Date.now() + e.retry_after_ms } : {}) };
    if (finalRefusals.has(e.code)) return this.#end(why);
    this.#is({ is: "refused", why });
  }

  #ask(command: Request): Promise<History | Bans | undefined> {
    if (this.#state.is === "ended") return Promise.reject(new CommandError(this.#state.why.code, this.#state.why.message));
    const answer = this.#requests.add(command);
    if (this.#welcomed) this.#connection?.send(command);
    return answer;
  }

  /** Sends what waits and may go. */
  #flush(): void {
    clearTimeout(this.#sending);
    if (!this.#welcomed || (this.#received ?? this.#replayTo) < this.#replayTo) return;
    for (;;) {
      const next = this.#outbox.next(Date.now(), this.#limits, this.#received ?? 0);
      if (typeof next === "number") {
        if (next < Infinity) this.#sending = setTimeout(() => this.#flush(), next);
        return;
      }
      const command: Command & { id: string } = "operation" in next
        ? { ...next.operation, id: next.id }
        : { type: "send", id: next.id, content: next.content, ...(next.replyTo ? { reply_to: next.replyTo } : {}) };
      this.#outboxChanged(); // before it goes: who keeps it must know that it was tried
      if (this.#fits(command)) this.#connection?.send(command);
    }
  }

  // A frame that is too large would cost the connection, again each time.
  #fits(command: Command & { id: string }): boolean {
    const most = this.#limits.frame_bytes;
    if (most === 0 || new TextEncoder().encode(JSON.stringify(command)).length <= most) return true;
    this.#outbox.fail(command.id, { code: "too-long", message: `the message is too long: ${this.#limits.content_chars} characters are taken` });
    this.#outboxChanged();
    return false;
  }
}
