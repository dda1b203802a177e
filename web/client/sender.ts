import { CommandError } from "./events.ts";
import { Outbox, outboxSize, sendCommand, type Failure, type Pending, type PendingOperation } from "./outbox.ts";
import type { Command, Operation } from "./commands.ts";
import type { FileInfo, Limits, Refusal } from "./protocol.ts";

/** What a Sender tells its client. */
export interface SenderListener {
  send(command: Command): void;
  /** Called when a message was written, sent or settled, or has failed, with all that aren't settled. */
  changed(pending: Pending[]): void;
}

/** How the caller of `perform` is told. */
interface Completion {
  resolve: () => void;
  reject: (why: CommandError) => void;
}

/** When to send again what nothing has settled, where the server doesn't say it, in ms. */
const defaultRetry = 2000;

/** A random id of 128 bits, in characters that ids may have. */
export function newID(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Sends the commands of an outbox at the pace that the server takes, again where they may have been lost, until each is settled. */
export class Sender {
  readonly #outbox = new Outbox();
  readonly #listener: SenderListener;
  readonly #completions = new Map<string, Completion>(); // of operations, by id
  #limits: Limits = { content_chars: 4000, frame_bytes: 0, event_bytes: 0, message_rate: 10, retry_ms: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #started = false;
  #received = 0; // the last event that was read

  /** pending are the messages of an earlier Client. */
  constructor(pending: readonly Pending[], listener: SenderListener) {
    this.#listener = listener;
    for (const message of pending) this.#outbox.add(message);
  }

  has(id: string): boolean {
    return this.#outbox.has(id);
  }

  send(content: string, replyTo: number | undefined, id: string, files: readonly FileInfo[] = []): Pending | undefined {
    if (this.#outbox.size >= outboxSize) return undefined;
    const message: Pending = {
      id,
      content,
      at: Date.now(),
      ...(replyTo ? { replyTo } : {}),
      ...(files.length ? { files } : {}),
    };
    this.#outbox.add(message);
    this.report();
    this.#flush();
    return message;
  }

  perform(operation: Operation): Promise<void> {
    if (this.#outbox.size >= outboxSize)
      return Promise.reject(new CommandError("too-many", "too many commands are waiting to be sent"));
    const pending: PendingOperation = { id: newID(), operation, at: Date.now() };
    return new Promise((resolve, reject) => {
      this.#completions.set(pending.id, { resolve, reject });
      this.#outbox.add(pending);
      this.#flush();
    });
  }

  retry(id: string): void {
    this.#outbox.retry(id);
    this.report();
    this.#flush();
  }

  discard(id: string): void {
    this.#outbox.settle(id);
    this.report();
  }

  /** Notes that the log has a command. */
  settle(id: string): void {
    if (this.#outbox.settle(id)) {
      this.#complete(id);
      this.report();
    }
    this.#flush(); // there may be room for another one
  }

  refused(id: string, e: Refusal): void {
    this.#outbox.refused(id, e, this.#limits.retry_ms || defaultRetry, performance.now());
    this.report();
    this.#flush();
  }

  /** Fails the commands that may have arrived under another member's name; all, if the room may have begun `anew`. */
  seatLost(anew: boolean): void {
    this.#outbox.seatLost(anew);
  }

  /** Notes that events up to a seq can't be read any more. */
  missed(upTo: number): void {
    this.#outbox.missed(upTo);
  }

  setSlowMode(ms: number): void {
    this.#outbox.slowMode(ms);
  }

  /** Prepares to send everything again, on a new connection. Nothing is sent before `start`. */
  reconnected(limits: Limits, slowMode: number): void {
    this.#limits = limits;
    this.#outbox.reconnected();
    this.#outbox.slowMode(slowMode);
  }

  /** Sends what may be sent. received is the seq of the last event that was read. */
  start(received: number): void {
    this.#started = true;
    this.#received = received;
    this.#flush();
  }

  /** Sends nothing until the next `start`. */
  stop(): void {
    this.#started = false;
    clearTimeout(this.#timer);
  }

  /** Takes over messages that another client with the same seat has not settled. */
  adopt(messages: readonly Pending[]): void {
    this.#outbox.adopt(messages);
    this.report();
    this.#flush();
  }

  /** Fails all operations. */
  end(why: Failure): void {
    this.stop();
    for (const id of [...this.#completions.keys()]) this.#complete(id, why);
  }

  /** Reports the messages that aren't settled, and completes operations that have failed. */
  report(): void {
    for (const { id, failed } of this.#outbox.failedOperations) {
      this.#outbox.settle(id);
      this.#complete(id, failed);
    }
    this.#listener.changed(this.#outbox.messages);
  }

  #complete(id: string, failed?: Failure): void {
    const completion = this.#completions.get(id);
    this.#completions.delete(id);
    if (failed) completion?.reject(new CommandError(failed.code, failed.message));
    else completion?.resolve();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    while (this.#started) {
      const next = this.#outbox.next(performance.now(), Date.now(), this.#limits, this.#received);
      if (typeof next === "number") {
        if (next < Infinity) this.#timer = setTimeout(() => this.#flush(), next);
        return;
      }
      const command: Command & { id: string } =
        "operation" in next ? { ...next.operation, id: next.id } : sendCommand(next);
      this.report(); // first: what stores the outbox has to know that this was tried
      if (this.#fits(command)) this.#listener.send(command);
    }
  }

  /** Reports whether a command fits into a frame. A frame that is too large would cost the connection, each time. */
  #fits(command: Command & { id: string }): boolean {
    const most = this.#limits.frame_bytes;
    if (most === 0 || new TextEncoder().encode(JSON.stringify(command)).length <= most) return true;
    this.#outbox.fail(command.id, {
      code: "too-long",
      message: `the message is too long: ${this.#limits.content_chars} characters are allowed`,
    });
    this.report();
    return false;
  }
}
