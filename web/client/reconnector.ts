import type { Connection, ConnectionEnd, ConnectionListener, Transport } from "./connection.ts";
import { Dialer, type DialerOptions } from "./dialer.ts";
import type { State } from "./events.ts";
import type { Failure } from "./outbox.ts";
import type { Command } from "./commands.ts";
import type { Goodbye, Refusal } from "./protocol.ts";
import { onWake } from "./wake.ts";

export interface ReconnectorListener {
  /** Returns the command that each connection begins with. */
  join(): Command;
  /** Called with each frame. If it throws, the connection is cut. */
  frame(frame: unknown): void;
  /** Called when a connection was lost. */
  lost(): void;
  /** Called with each change of the state. */
  state(state: State): void;
  /** Reports whether there is a token that the server has neither accepted nor refused. */
  hasNewToken(): boolean;
}

/** The first pause before an attempt is a random part of this, in ms. It doubles with each failure… */
const firstPause = 1000;
/** …up to this, in ms. */
const longestPause = 30_000;
/** The longest pause that a server may ask for, in ms. */
const longestAskedPause = 600_000;
/** How long a server has to answer after the network or the machine has come back, in ms. */
const answerAfterWake = 3000;
/** After so long without a frame, the server is asked over HTTP whether it is there, in ms. */
const silentFor = 5000;
/** How many attempts follow at once where the server can be reached. */
const quickAttempts = 3;
/** After how long on HTTP a WebSocket is tried again, in ms. */
const webSocketAgain = 180_000;
/** Close codes after which a client doesn't reconnect: the token is bad; the member was banned or, as the reason says, kicked or its seat was revoked; the room was closed. */
const finalCloses: ReadonlyMap<number, string> = new Map([
  [4401, "bad-token"],
  [4403, "banned"],
  [4404, "closed"],
]);
/** The same, where the close code got lost. */
const finalGoodbyes: ReadonlySet<string> = new Set(["kicked", "banned", "revoked", "closed"]);
/** Refusals of a join that end the client: somebody has to do something first. */
const finalRefusals: ReadonlySet<string> = new Set(["banned", "locked", "bad-token", "closed"]);
/** Refusals of a join that may be over soon. */
const passingRefusals: ReadonlySet<string> = new Set(["unavailable", "too-many", "rate-limited", "room-full"]);
/** Closes because this client broke a rule. The pauses go on growing. */
const ownFaults: ReadonlySet<number> = new Set([1002, 1007, 1008, 1009, 4429]);

/**
 * Keeps a connection to a room: it connects, notices that the connection is lost, pauses and connects again.
 *
 * Where WebSockets fail although the server can be reached, it uses HTTP, and tries a
 * WebSocket again later. The code for HTTP is loaded once the room is open, so that it is
 * there when the connection is lost, or earlier if it is needed.
 */
export class Reconnector implements ConnectionListener {
  readonly #dialer: Dialer;
  readonly #listener: ReconnectorListener;
  #state: State = { is: "connecting" };
  #connection: Connection | undefined;
  #former: Connection | undefined; // while the one that replaces it joins
  #trial: Connection | undefined; // a WebSocket beside the stream
  #welcomed = false;
  #timer: ReturnType<typeof setTimeout> | undefined; // of the next attempt, or of what the connection has to do in time
  #failures = 0;
  #goodbye: Goodbye | undefined;
  #stopWaking: () => void;

  /** url is that of the WebSocket, room that of the room's HTTP requests. */
  constructor(url: string, room: string, options: DialerOptions, listener: ReconnectorListener) {
    this.#dialer = new Dialer(url, room, options);
    this.#listener = listener;
    this.#stopWaking = onWake(() => this.#wake());
  }

  get state(): State {
    return this.#state;
  }

  /** Whether the server has accepted the join on this connection. */
  get welcomed(): boolean {
    return this.#welcomed;
  }

  /** The transport of the next connection, or of the one that is open. */
  get transport(): Transport {
    return this.#dialer.transport;
  }

  send(command: Command): void {
    this.#connection?.send(command);
  }

  /** Connects now. A connection that exists is closed. */
  connect(): void {
    this.#drop();
    this.#goodbye = undefined;
    const { is, why } = this.#state as { is: string; why?: Failure };
    this.#change({ is: "connecting", ...(why && is !== "refused" ? { why } : {}) });
    void this.#open();
  }

  async #open(): Promise<void> {
    const connecting = this.#state;
    if (!this.#dialer.ready) {
      await this.#dialer.load();
      if (this.#state !== connecting) return;
    }
    const connection = (this.#connection = this.#dialer.dial(this));
    if (connection.transport === "websocket")
      this.#timer = setTimeout(() => void this.#handleSilence(connection), silentFor);
  }

  opened(connection: Connection): void {
    if (connection === this.#connection) connection.send(this.#listener.join());
  }

  heard(connection: Connection, frame: unknown): void {
    if (connection === this.#trial) {
      this.#replaceBy(connection);
      return this.opened(connection);
    }
    if (connection !== this.#connection) return; // another one has replaced it
    try {
      this.#listener.frame(frame);
    } catch (e) {
      connection.cut(e instanceof Error ? e.message : "the server broke the protocol");
    }
  }

  outdated(connection: Connection): void {
    if (connection === this.#connection) this.#replaceBy(this.#dialer.dial(this));
  }

  ended(connection: Connection, end: ConnectionEnd): void {
    if (connection === this.#trial) this.#tryLater();
    else if (connection === this.#connection) void this.#lost(connection, end);
  }

  /** Changes to HTTP if a WebSocket is silent and the server answers over HTTP meanwhile. */
  async #handleSilence(connection: Connection): Promise<void> {
    if (connection.heard) return;
    const why = await this.#dialer.explain();
    if (why !== "reachable" || connection.heard || connection !== this.#connection) return;
    this.#dialer.failed("websocket", Infinity);
    this.connect();
  }

  /** Tries a WebSocket after some time, while the stream stays open. The client moves to it when it hears something. */
  #tryLater(): void {
    clearTimeout(this.#timer);
    this.#trial?.close();
    this.#trial = undefined;
    this.#timer = setTimeout(() => (this.#trial = this.#dialer.webSocket(this)), webSocketAgain);
  }

  /** Moves to another connection. The current one isn't heard any more, but closed only after the next welcome: so the member stays present. */
  #replaceBy(connection: Connection): void {
    this.#former?.close();
    this.#former = this.#connection;
    this.#connection = connection;
    if (connection === this.#trial) this.#trial = undefined;
    this.#welcomed = false;
    this.#listener.lost();
  }

  /** Closes every connection, without telling anybody. */
  #drop(): void {
    clearTimeout(this.#timer);
    for (const connection of [this.#connection, this.#former, this.#trial]) connection?.close();
    this.#connection = this.#former = this.#trial = undefined;
    this.#welcomed = false;
  }

  /** Notes that the server has accepted the join… */
  handleWelcome(): void {
    this.#welcomed = true;
    this.#former?.close();
    this.#former = undefined;
    const { transport } = this.#connection!;
    this.#dialer.succeeded(transport);
    if (transport === "http" && this.#dialer.hasWebSockets) this.#tryLater();
    void this.#dialer.load();
  }

  /** …and reports that the room is open. */
  reportOpen(): void {
    this.#change({ is: "open" });
  }

  /** Notes why the server is about to close the connection, and when to come back. */
  goodbye(e: Goodbye): void {
    this.#goodbye = e;
  }

  /** Handles that the server refused the join. */
  refused(e: Refusal): void {
    this.#drop();
    if (passingRefusals.has(e.code)) return this.#wait((e.retry_after_ms ?? 0) + this.#pause(), failureOf(e));
    if (e.code === "bad-token" && this.#listener.hasNewToken()) return this.connect();
    const why = failureOf(e);
    if (finalRefusals.has(e.code)) return this.end(why);
    this.#change({ is: "refused", why });
  }

  /** Ends the connection, for good. */
  end(why: Failure): void {
    if (this.#state.is === "ended") return;
    this.#drop();
    this.#stopWaking();
    this.#listener.lost();
    this.#change({ is: "ended", why });
  }

  #change(state: State): void {
    this.#state = state;
    this.#listener.state(state);
  }

  async #lost(connection: Connection, end: ConnectionEnd): Promise<void> {
    if (this.#welcomed && !ownFaults.has(end.code)) this.#failures = 0;
    this.#drop();
    this.#listener.lost();
    const goodbye = this.#goodbye?.code ?? "";
    if (finalGoodbyes.has(goodbye)) return this.end({ code: goodbye, message: end.reason || goodbye });
    const final = finalCloses.get(end.code);
    if (final === "bad-token" && this.#listener.hasNewToken()) return this.#wait(this.#pause());
    if (final)
      return this.end({
        code: end.reason === "kicked" || end.reason === "revoked" ? end.reason : final,
        message: end.reason,
      });
    const pause = this.#pause();
    const connecting = this.#state;
    if (connection.heard || end.code !== 1006 || connecting.is !== "connecting") return this.#wait(pause);
    const why = await this.#dialer.explain();
    if (this.#state !== connecting) return; // somebody has ended this, or connected again
    if (why === "reachable") {
      this.#dialer.failed(connection.transport);
      if (this.#failures <= quickAttempts) this.connect();
      else this.#wait(pause);
    } else if (why === undefined) this.#wait(pause);
    else if (why.retry === undefined) this.end(why);
    else this.#wait(why.retry + Math.random() * firstPause, why);
  }

  /** How long to pause after one more attempt has failed, in ms. */
  #pause(): number {
    return Math.random() * Math.min(firstPause * 2 ** Math.min(this.#failures++, 10), longestPause);
  }

  #wait(ms: number, why?: Failure): void {
    if (this.#goodbye?.reconnect_after_ms) ms = Math.min(this.#goodbye.reconnect_after_ms, longestAskedPause);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.connect(), ms);
    this.#change({ is: "waiting", until: Date.now() + ms, ...(why ? { why } : {}) });
  }

  /** Handles that the network or the machine came back, or went. The browser isn't always right about it: the server is asked. */
  #wake(): void {
    if (this.#state.is === "waiting" && navigator.onLine) this.connect();
    else this.#connection?.probe(answerAfterWake);
  }
}

function failureOf(e: Refusal): Failure {
  return {
    code: e.code,
    message: e.message,
    ...(e.retry_after_ms ? { until: Date.now() + e.retry_after_ms } : {}),
    ...(e.until ? { end: e.until } : {}),
    ...(e.reason ? { reason: e.reason } : {}),
    ...(e.address ? { address: true } : {}),
  };
}
