import { Connection, type ConnectionEnd, type Sockets } from "./connection.ts";
import type { State } from "./events.ts";
import type { Failure } from "./outbox.ts";
import type { Command, Goodbye, Refusal } from "./protocol.ts";
import { explainRefusal } from "./refusal.ts";
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
}

/** The first pause before an attempt is a random part of this, in ms. It doubles with each failure… */
const firstPause = 1000;
/** …up to this, in ms. */
const longestPause = 30_000;
/** The longest pause that a server may ask for, in ms. */
const longestAskedPause = 600_000;
/** How long a server has to answer after the network or the machine has come back, in ms. */
const answerAfterWake = 3000;
/** Close codes after which a client doesn't reconnect: the token is bad; the member was banned or, as the reason says, kicked or its seat was revoked; the room was closed. */
const finalCloses: ReadonlyMap<number, string> = new Map([
  [4401, "bad-token"],
  [4403, "banned"],
  [4404, "closed"],
]);
/** Refusals of a join that end the client: somebody has to do something first. */
const finalRefusals: ReadonlySet<string> = new Set(["banned", "locked", "bad-token"]);
/** Refusals of a join that may be over soon. */
const passingRefusals: ReadonlySet<string> = new Set(["unavailable", "too-many", "rate-limited", "room-full"]);
/** Closes because this client broke a rule. The pauses go on growing. */
const ownFaults: ReadonlySet<number> = new Set([1002, 1007, 1008, 1009, 4429]);

/** Keeps a connection to a room: it connects, notices that the connection is lost, pauses and connects again. */
export class Reconnector {
  readonly #url: string;
  readonly #sockets: Sockets;
  readonly #request: typeof fetch;
  readonly #listener: ReconnectorListener;
  #state: State = { is: "connecting" };
  #connection: Connection | undefined;
  #welcomed = false;
  #timer: ReturnType<typeof setTimeout> | undefined; // of the next attempt
  #failures = 0;
  #goodbye: Goodbye | undefined;
  #stopWaking: () => void;

  constructor(url: string, options: { sockets?: Sockets; request?: typeof fetch }, listener: ReconnectorListener) {
    this.#url = url;
    this.#sockets = options.sockets ?? WebSocket;
    this.#request = options.request ?? ((...a) => fetch(...a));
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

  send(command: Command): void {
    this.#connection?.send(command);
  }

  /** Connects now. A connection that exists is closed. */
  connect(): void {
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#welcomed = false;
    this.#goodbye = undefined;
    this.#change({ is: "connecting" });
    const connection = new Connection(this.#url, this.#sockets, {
      opened: () => connection.send(this.#listener.join()),
      heard: (frame) => {
        try {
          this.#listener.frame(frame);
        } catch (e) {
          connection.cut(e instanceof Error ? e.message : "the server broke the protocol");
        }
      },
      ended: (end) => void this.#lost(end),
    });
    this.#connection = connection;
  }

  /** Notes that the server has accepted the join… */
  handleWelcome(): void {
    this.#welcomed = true;
  }
  /** …and reports that the room is open. */
  opened(): void {
    this.#change({ is: "open" });
  }

  /** Notes why the server is about to close the connection, and when to come back. */
  goodbye(e: Goodbye): void {
    this.#goodbye = e;
  }

  /** Handles that the server refused the join. */
  refused(e: Refusal): void {
    this.#connection?.close();
    this.#connection = undefined;
    if (passingRefusals.has(e.code)) return this.#wait((e.retry_after_ms ?? 0) + this.#pause(), failureOf(e));
    const why = failureOf(e);
    if (finalRefusals.has(e.code)) return this.end(why);
    this.#change({ is: "refused", why });
  }

  /** Ends the connection, for good. */
  end(why: Failure): void {
    if (this.#state.is === "ended") return;
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#connection = undefined;
    this.#welcomed = false;
    this.#stopWaking();
    this.#listener.lost();
    this.#change({ is: "ended", why });
  }

  #change(state: State): void {
    this.#state = state;
    this.#listener.state(state);
  }

  async #lost(end: ConnectionEnd): Promise<void> {
    this.#connection = undefined;
    if (this.#welcomed && !ownFaults.has(end.code)) this.#failures = 0;
    this.#welcomed = false;
    this.#listener.lost();
    const final = finalCloses.get(end.code);
    if (final)
      return this.end({
        code: end.reason === "kicked" || end.reason === "revoked" ? end.reason : final,
        message: end.reason,
      });
    this.#wait(this.#pause());
    const waiting = this.#state; // the listener may have ended this, or connected again
    if (end.opened) return;
    const why = await explainRefusal(this.#url, this.#request);
    if (!why || this.#state !== waiting) return;
    if (why.retry === undefined) this.end(why);
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
    ...(e.until ? { until: Date.parse(e.until) } : e.retry_after_ms ? { until: Date.now() + e.retry_after_ms } : {}),
    ...(e.reason ? { reason: e.reason } : {}),
    ...(e.address ? { address: true } : {}),
  };
}
