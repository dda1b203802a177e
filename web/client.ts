/**
 * A client of Snug's protocol v1, without a user interface and without dependencies,
 * for browsers and everything else that has WebSocket and fetch. A Client stays in one room
 * until it is closed: it reconnects, resumes where it stopped, and sends commands again
 * that may have been lost, under ids that make this safe.
 *
 * Where something on the way refuses WebSockets or swallows their frames, the client
 * uses HTTP: a stream of events, read by `fetch`, and a request for each command. All
 * promises hold there, too. It tries a WebSocket again every few minutes, and moves to it
 * without leaving the room. `transport` says which of the two it uses; nothing else
 * differs. A server that doesn't answer at all is waited for, not asked otherwise.
 *
 * It reports everything that happens to one listener, in order; see ClientEvent.
 */
import type { Command, Device, Operation } from "./client/commands.ts";
import type { Transport } from "./client/connection.ts";
import { CommandError, type ClientEvent, type Options, type Page, type Query, type State } from "./client/events.ts";
import type { Pending } from "./client/outbox.ts";
import { Permissions } from "./client/permissions.ts";
import type {
  Ban,
  Bans,
  FileInfo,
  Gap,
  History,
  HookInfo,
  Hooks,
  InviteInfo,
  Invites,
  LogEvent,
  OtherEvent,
  Position,
  Refusal,
  Search,
  Transfer,
  Welcome,
} from "./client/protocol.ts";
import { decode } from "./client/received.ts";
import { Reconnector } from "./client/reconnector.ts";
import { Requests, type Answer, type Request } from "./client/requests.ts";
import { newID, Sender } from "./client/sender.ts";

export * from "./client/commands.ts";
export * from "./client/events.ts";
export * from "./client/protocol.ts";
export * from "./client/received.ts";
export { newID } from "./client/sender.ts";
export type { Transport } from "./client/connection.ts";
export type { Socket, Sockets } from "./client/socket.ts";
export type { Failure, Pending } from "./client/outbox.ts";

export class Client {
  readonly #options: Options;
  readonly #connection: Reconnector;
  readonly #sender: Sender;
  readonly #requests = new Requests();
  readonly #permissions: Permissions;
  #nick: string;
  #seat: string | undefined;
  #password: string | undefined;
  #token: string | undefined;
  #sentToken: string | undefined; // on this connection
  #judgedToken: string | undefined; // accepted or refused by the server
  #invite: { invite: string; id: string } | undefined;
  #transfer: string | undefined;
  #knock: { note?: string } | undefined; // until the client is admitted
  #epoch = "";
  #received: number | undefined; // the last seq; undefined where the next one may be any
  #replayTo = 0; // the last event of the replay

  /** Connects at once. It throws a TypeError if the URL is no server's. */
  constructor(options: Options) {
    if (!/^wss?:.*\/ws$/.test(options.url)) throw new TypeError(`url: not wss://HOST/ws: ${options.url}`);
    this.#options = options;
    this.#nick = options.nick;
    this.#seat = options.seat;
    this.#password = options.password;
    this.#token = options.token;
    if (options.invite) this.#invite = { invite: options.invite, id: options.inviteID ?? newID() };
    this.#transfer = options.transfer;
    this.#knock = options.knock;
    this.#permissions = new Permissions(options.member);
    if (options.since) {
      this.#epoch = options.since.epoch;
      this.#received = options.since.seq;
    }
    this.#sender = new Sender(options.outbox ?? [], {
      send: (command) => this.#connection.send(command),
      changed: (pending) => this.#report({ is: "outbox", pending }),
    });
    const room = encodeURIComponent(options.room);
    const http = options.url.replace(/^ws(.*)ws$/, `http$1r/${room}`);
    this.#connection = new Reconnector(`${options.url}?roomCode=${room}`, http, options, {
      join: () => this.#join(),
      frame: (frame) => this.#handle(frame),
      lost: () => this.#sender.stop(),
      state: (state) => this.#handleState(state),
      hasNewToken: () => this.#token !== this.#judgedToken,
    });
    this.#connection.connect();
  }

  get state(): State {
    return this.#connection.state;
  }

  /** What carries commands and events now; while the client waits, what it will use next. Give it to the next Client as `Options.transport`. */
  get transport(): Transport {
    return this.#connection.transport;
  }

  /** The position of the last event that the listener was told. */
  get position(): Position | undefined {
    return this.#received === undefined ? undefined : { epoch: this.#epoch, seq: this.#received };
  }

  /** Joins under another nick, with a password or with the code of a transfer after `refused`. While the client waits, it connects at once. */
  join(nick = this.#nick, password = this.#password, transfer?: string): void {
    this.#nick = nick;
    this.#password = password;
    this.#transfer = transfer;
    if (this.state.is === "refused" || this.state.is === "waiting") this.#connection.connect();
  }

  /** Presents a fresh token of the same member, on this connection and on later ones. */
  authorize(token: string): void {
    this.#token = token;
    if (this.#connection.welcomed) this.#sendToken();
  }

  #sendToken(): void {
    if (!this.#token || this.#token === this.#sentToken) return;
    this.#sentToken = this.#token;
    this.#connection.send({ type: "auth", token: this.#token });
  }

  /**
   * Sends a message, now or as soon as it can. `outbox` events report its state; it
   * is settled once the log has it. `files` were uploaded as this member, by
   * `POST r/CODE/files`; with any, the content may be empty. It returns undefined if too many commands are
   * waiting already.
   */
  send(content: string, replyTo?: number, id = newID(), files?: readonly FileInfo[]): Pending | undefined {
    return this.#sender.send(content, replyTo, id, files);
  }

  /** Takes over messages that another Client with the same seat has not settled, as `Options.outbox` does from the start. */
  adopt(messages: readonly Pending[]): void {
    this.#sender.adopt(messages);
  }

  /** Sends a message again that has failed, under the same id. */
  retry(id: string): void {
    this.#sender.retry(id);
  }

  /** Forgets a message. The room may have it nevertheless, if it was tried. */
  discard(id: string): void {
    this.#sender.discard(id);
  }

  /**
   * Carries out an operation, now or as soon as it can, and once, however often it
   * has to be sent. It resolves once the log has it. It rejects with a CommandError:
   * the server refused it, or nobody knows whether it was carried out.
   */
  perform(operation: Operation): Promise<void> {
    const { state } = this;
    if (state.is === "ended") return Promise.reject(new CommandError(state.why.code, state.why.message));
    return this.#sender.perform(operation);
  }

  /** Reads who is banned, also across lost connections. It rejects with a CommandError. */
  async bans(): Promise<Ban[]> {
    return ((await this.#request({ type: "bans", ref: newID() })) as Bans).bans;
  }

  /** Reads the room's hooks, also across lost connections. It rejects with a CommandError. */
  async hooks(): Promise<HookInfo[]> {
    return ((await this.#request({ type: "hooks", ref: newID() })) as Hooks).hooks;
  }

  /** Reads the room's invites, also across lost connections. It rejects with a CommandError. */
  async invites(): Promise<InviteInfo[]> {
    return ((await this.#request({ type: "invites", ref: newID() })) as Invites).invites;
  }

  /** Gets a code by which another device becomes this member, once. It rejects with a CommandError. */
  async transfer(): Promise<Transfer> {
    return (await this.#request({ type: "transfer", ref: newID() })) as Transfer;
  }

  /** Has a device told of messages from now on, or no longer. It rejects with a CommandError. */
  async push(device: Device): Promise<void> {
    await this.#request({ type: "push", ref: newID(), ...device });
  }

  /** Says whether the user sees the room. To be said after each welcome, it gets lost without a connection. */
  visible(visible: boolean): void {
    if (this.#connection.welcomed) this.#connection.send({ type: "visible", visible });
  }

  /** Tells the user's other connections that the user has read up to a seq. It isn't told again if it gets lost. */
  seen(seq: number): void {
    if (this.#connection.welcomed) this.#connection.send({ type: "seen", seq });
  }

  /** Takes another nick. It rejects with a CommandError: `nick-taken` if another member has it. */
  async rename(nick: string): Promise<void> {
    await this.#request({ type: "nick", ref: newID(), nick });
  }

  /** Reads a page of the log, also across lost connections. It doesn't change the position. */
  async history(page: Page): Promise<History> {
    return (await this.#request({ type: "history", ref: newID(), ...page })) as History;
  }

  /**
   * Finds messages of the room, also across lost connections. It rejects with a CommandError:
   * `too-long`; `rate-limited`, if it is used too often; `unavailable`, if the search took too long; `unknown-type`, if the
   * server has no search, which `limits.query_chars` of the welcome says before.
   */
  async search(query: Query): Promise<Search> {
    return (await this.#request({ type: "search", ref: newID(), ...query })) as Search;
  }

  #request(command: Request): Promise<Answer> {
    const { state } = this;
    if (state.is === "ended") return Promise.reject(new CommandError(state.why.code, state.why.message));
    const answer = this.#requests.add(command);
    if (this.#connection.welcomed) this.#connection.send(command);
    return answer;
  }

  /** Tells the others that the user is typing. They show it for 5 s. */
  typing(): void {
    if (this.#connection.welcomed) this.#connection.send({ type: "typing" });
  }

  /** Leaves the room, for good. */
  close(): void {
    this.#connection.end({ code: "left", message: "you have left" });
  }

  #report(event: ClientEvent): void {
    this.#options.listener(event);
  }

  #handleState(state: State): void {
    if (state.is === "ended") {
      this.#requests.end(state.why);
      this.#sender.end(state.why);
    }
    this.#report({ is: "state", state });
  }

  #join(): Command {
    if (this.#knock) return { type: "knock", nick: this.#nick, ...this.#knock };
    this.#sentToken = this.#token;
    return {
      type: "join",
      nick: this.#nick,
      ...(this.#seat ? { seat: this.#seat } : {}),
      ...(this.#password ? { password: this.#password } : {}),
      ...(this.#token ? { token: this.#token } : {}),
      ...(this.#seat ? {} : this.#invite),
      ...(this.#transfer ? { transfer: this.#transfer } : {}),
      ...(this.position ? { since: this.position } : {}),
      ...(this.#options.history === undefined ? {} : { history: this.#options.history }),
    };
  }

  /** Handles a frame. It throws if the server broke the protocol. */
  #handle(frame: unknown): void {
    const received = decode(frame);
    if (received === "unknown") return;
    if ("log" in received) this.#handleLog(received.log);
    else this.#handleOther(received.other);
  }

  #handleOther(e: OtherEvent): void {
    switch (e.type) {
      case "welcome":
        return this.#handleWelcome(e);
      case "error":
        return this.#handleError(e);
      case "gap":
        return this.#handleGap(e);
      case "ack":
        return this.#sender.settle(e.id);
      case "history":
      case "search":
      case "bans":
      case "hooks":
      case "invites":
      case "transfer":
      case "push":
        return this.#requests.answer(e);
      case "goodbye":
        return this.#connection.goodbye(e);
      case "seat":
        this.#seat = e.seat;
        if (this.#knock) return this.#joinAfterKnock();
        return this.#report({ is: "seat", seat: e.seat });
      case "pruned":
        return this.#report({ is: "pruned", first: e.first });
      case "seen":
        return this.#report({ is: "seen", seq: e.seq });
      case "knock":
        return this.#report({ is: "knock", knock: e });
      case "auth":
        this.#judgedToken = this.#sentToken;
        return;
      case "hook":
      case "invite":
      case "pong":
        return;
      case "renamed":
        if (e.member === this.#permissions.member) this.#handleRename(e.nick);
        break;
      case "members": {
        // a `renamed` may have been missed
        const own = e.members.find((m) => m.member === this.#permissions.member);
        if (own && own.nick !== this.#nick) this.#handleRename(own.nick);
      }
    }
    this.#report({ is: "presence", event: e });
  }

  #handleRename(nick: string): void {
    this.#nick = nick;
    this.#requests.renamed();
  }

  #handleWelcome(w: Welcome): void {
    const resumed = w.resumed && this.#received !== undefined && w.epoch === this.#epoch;
    const anew = w.epoch !== this.#epoch; // as far as this client knows
    if (w.resumed && !resumed) throw new Error("the server resumed where it wasn't asked to");
    if (!resumed) {
      this.#epoch = w.epoch;
      this.#received = w.head < w.first || this.#options.history === 0 ? w.head : undefined; // no replay follows
      this.#sender.missed(w.head); // the replay may begin after what an earlier Client has tried
    }
    if (this.#permissions.member && this.#permissions.member !== w.you.member) this.#sender.seatLost(anew);
    this.#permissions.begin(w);
    this.#seat = w.you.seat;
    this.#nick = w.you.nick;
    this.#password = this.#transfer = this.#invite = undefined; // the seat is enough
    this.#replayTo = w.head;
    this.#sender.reconnected(w.limits, this.#permissions.slowMode);
    this.#connection.handleWelcome();
    this.#judgedToken = this.#sentToken;
    this.#sendToken();
    this.#report({ is: "welcome", welcome: w, resumed });
    this.#connection.reportOpen();
    this.#sender.report();
    for (const command of this.#requests.commands) this.#connection.send(command);
    this.#sendIfReplayed();
  }

  #handleLog(e: LogEvent): void {
    if (this.#received !== undefined && e.seq !== this.#received + 1) {
      throw new Error(`the server sent event ${e.seq} after ${this.#received}`);
    }
    this.#received = e.seq;
    const live = e.seq > this.#replayTo;
    if (live) {
      this.#permissions.apply(e);
      this.#sender.setSlowMode(this.#permissions.slowMode);
    }
    this.#report({ is: "log", event: e, live });
    if (e.from.member === this.#permissions.member) this.#sender.settle(e.id);
    this.#sendIfReplayed();
  }

  #handleGap(gap: Gap): void {
    this.#received = gap.last;
    this.#sender.missed(gap.last);
    this.#sender.report();
    this.#report({ is: "gap", gap });
    this.#sendIfReplayed();
  }

  #joinAfterKnock(): void {
    this.#knock = undefined;
    this.#connection.send(this.#join());
  }

  #handleError(e: Refusal): void {
    if (this.#knock && e.code === "forbidden") return this.#joinAfterKnock(); // the room isn't locked any more
    if (e.id && this.#sender.has(e.id)) this.#sender.refused(e.id, e);
    else if (
      !(e.ref && this.#requests.refuse(e.ref, { code: e.code, message: e.message })) &&
      !this.#connection.welcomed
    ) {
      this.#judgedToken = this.#sentToken;
      this.#connection.refused(e);
    }
  }

  /** Lets commands go once the replay is complete: it may settle some of them. */
  #sendIfReplayed(): void {
    if (this.#connection.welcomed && (this.#received ?? this.#replayTo) >= this.#replayTo)
      this.#sender.start(this.#received ?? 0);
  }
}
