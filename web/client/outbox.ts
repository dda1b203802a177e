import type { Command, Operation } from "./commands.ts";
import { duplicateSeqs, duplicateTime, type FileInfo, type Limits, type Refusal } from "./protocol.ts";

/** A command that isn't settled. */
interface Unsettled {
  /** Unique; makes it safe to send the command again. */
  id: string;
  /** When it was written, in ms. */
  at: number;
  /** When it was first sent, in ms; whether it arrived isn't known. Absent if it never was. */
  tried?: number;
  /** The last event of the log that was read by then. */
  after?: number;
  /** Why it won't be sent again by itself. */
  failed?: Failure;
}

/** A message that isn't settled. It is plain data, to be stored and given to the next Client. */
export interface Pending extends Unsettled {
  content: string;
  replyTo?: number;
  /** Files that were uploaded, with an `alt` if the sender has described them. */
  files?: readonly FileInfo[];
}

/** The command that sends a message. */
export function sendCommand({ id, content, replyTo, files }: Pending): Extract<Command, { type: "send" }> {
  return {
    type: "send",
    id,
    content,
    ...(replyTo ? { reply_to: replyTo } : {}),
    ...(files ? { files: files.map((f) => f.id) } : {}),
    ...(files?.some((f) => f.alt) ? { alts: files.map((f) => f.alt ?? "") } : {}),
  };
}

/** An operation that isn't settled. */
export interface PendingOperation extends Unsettled {
  operation: Operation;
}

/** An error with the server's code or one of the client: after `seat-lost` and `too-old`, sending the message again may say it twice. */
export interface Failure {
  code: string;
  message: string;
  /** When to try again at the earliest, in ms since 1970 by this machine's clock, where the server says so. */
  until?: number;
  /** Of a ban: when it ends by the server's clock, as the room's log has it. */
  end?: string;
  /** Of a ban: the reason that a moderator gave. */
  reason?: string;
  /** Of a ban: it is of another member with the same address. */
  address?: boolean;
}

interface Waiting {
  command: Pending | PendingOperation;
  /** Whether it was sent on this connection, and not refused since. */
  written: boolean;
  /** How often it was sent on this connection without an answer. */
  unanswered: number;
  /** When to send it, or send it again. */
  due: number;
}

/** How many messages may be unanswered if the server limits their rate. */
const window = 32;
/** How many are sent at once if the server limits their rate: fewer than it is likely to allow. */
const atOnce = 10;
/** After so long without sending, the client may send at once again, in ms. */
const recovered = 2000;
/** When to send again, if the server doesn't say it, in ms. */
const retryUnsaid = 2000;
/** The longest time until a command is sent again on one connection, in ms. */
const longestRetry = 30_000;
/** How many commands an outbox holds. */
export const outboxSize = 1000;

/**
 * The commands that aren't settled, in order, and the pace at which they are sent: a
 * few at once, and then one each 1/rate seconds. So none is refused because of the
 * rate and then overtaken by a later one. Slow mode applies to messages only.
 */
export class Outbox {
  #waiting: Waiting[] = [];
  #slow = false;
  #notBefore = 0;
  #due = 0; // when the next one may go at an even pace
  #last = 0;
  #turn = 0; // in slow mode, no message is sent before this
  #slowMode = 0;
  #lost: ((m: Unsettled) => boolean) | undefined; // which commands the loss of the seat fails
  #missed = 0; // events up to this one can't be read any more

  get size(): number {
    return this.#waiting.length;
  }

  /** All messages, in order, also those that failed. */
  get messages(): Pending[] {
    return this.#waiting.flatMap(({ command }) => ("operation" in command ? [] : [command]));
  }

  /** The operations that have failed. */
  get failedOperations(): (PendingOperation & { failed: Failure })[] {
    return this.#waiting.flatMap(({ command: c }) =>
      "operation" in c && c.failed ? [{ ...c, failed: c.failed }] : [],
    );
  }

  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  #find(id: string): Waiting | undefined {
    return this.#waiting.find((w) => w.command.id === id);
  }

  add(command: Pending | PendingOperation): void {
    this.#waiting.push({ command, written: false, unanswered: 0, due: 0 });
  }

  /** Takes over messages that another client has not settled, and which may have been sent before. */
  adopt(messages: readonly Pending[]): void {
    const added = messages.filter((m) => !this.has(m.id));
    for (const message of added) this.add(message);
    const ids = new Set(added.map((m) => m.id));
    this.#fail((m) => ids.has(m.id) && this.#lost?.(m) === true, seatLost);
    this.#fail((m) => ids.has(m.id) && wasTried(m) && this.#missed > (m.after ?? 0) + duplicateSeqs, tooOld);
  }

  /** Sets the shortest time between two messages, in ms; 0 for none. */
  slowMode(ms: number): void {
    if (ms === this.#slowMode) return;
    this.#slowMode = ms;
    this.#turn = 0;
    for (const w of this.#waiting) if (!("operation" in w.command) && !w.written) w.due = 0;
  }

  /** Removes a command. It reports whether there was one. */
  settle(id: string): boolean {
    const i = this.#waiting.findIndex((w) => w.command.id === id);
    if (i >= 0) this.#waiting.splice(i, 1);
    return i >= 0;
  }

  /** Marks a command as failed. It stays until it is retried or settled. */
  fail(id: string, failed: Failure): void {
    const waiting = this.#find(id);
    if (waiting) waiting.command = { ...waiting.command, failed };
  }

  /** Puts a command that failed at the end, to be sent under the same id as if for the first time. */
  retry(id: string): void {
    const waiting = this.#find(id);
    if (!waiting?.command.failed) return;
    const { failed: _, tried: _tried, after: _after, ...command } = waiting.command;
    this.settle(id);
    this.add(command);
  }

  /** Handles a refusal. It reports whether the command has failed. */
  refused(id: string, e: Refusal, retry: number, now: number): boolean {
    const waiting = this.#find(id);
    if (!waiting) return false;
    waiting.unanswered = 0;
    switch (e.code) {
      case "unavailable":
        waiting.due = now + retry;
        return false;
      case "slow-mode":
        waiting.written = false;
        waiting.due = 0;
        this.#turn = now + (e.retry_after_ms || retry); // the server knows best
        return false;
      case "rate-limited":
        waiting.written = false;
        waiting.due = now + (e.retry_after_ms || retry);
        this.#slow = true;
        this.#due = this.#notBefore = Math.max(this.#notBefore, waiting.due);
        return false;
    }
    this.fail(id, { code: e.code, message: e.message });
    return true;
  }

  /** Prepares to send everything again, on a new connection. */
  reconnected(): void {
    for (const w of this.#waiting) {
      w.written = false;
      w.unanswered = 0;
      w.due = 0;
    }
    this.#slow = false;
    this.#notBefore = 0;
    this.#due = 0;
    this.#turn = 0;
  }

  /** Fails the commands that may have arrived under another member's name; all, if the room may have begun `anew` and be somebody else's. */
  seatLost(anew: boolean): void {
    this.#lost = anew ? () => true : wasTried;
    this.#fail(this.#lost, seatLost);
  }

  /** Fails commands that may have arrived, if so many events were missed that the server may have forgotten their ids. */
  missed(upTo: number): void {
    this.#missed = Math.max(this.#missed, upTo);
    this.#fail((m) => wasTried(m) && upTo > (m.after ?? 0) + duplicateSeqs, tooOld);
  }

  #fail(which: (c: Unsettled) => boolean, failed: Failure): void {
    for (const w of this.#waiting) {
      if (!w.command.failed && which(w.command)) w.command = { ...w.command, failed };
    }
  }

  /**
   * Returns the command to send now, which counts as sent; or in how many ms to call
   * it again. Commands that can't be sent any more are marked as failed. `now` is by a
   * clock that nobody sets, and `date` the time of day: where that is set back, nothing waits longer.
   */
  next(now: number, date: number, limits: Limits, received: number): Pending | PendingOperation | number {
    const rate = limits.message_rate;
    let free = window;
    for (const w of this.#waiting) if (w.written && !w.command.failed) free--;
    let wait = Infinity;
    let held = false; // a command waits: later ones don't overtake it
    let silent = false; // a message waits for slow mode: later messages don't overtake it
    for (const w of this.#waiting) {
      const says = !("operation" in w.command);
      if (w.command.failed || held || (silent && says)) continue;
      if (w.command.tried !== undefined && date - w.command.tried > duplicateTime) {
        w.command = { ...w.command, failed: tooOld };
        continue;
      }
      let at = Math.max(w.due, this.#notBefore);
      if (!w.written) {
        if (rate > 0 && free <= 0) break;
        held = at > now;
        if (says) at = Math.max(at, this.#turn);
        silent ||= says && at > now;
      }
      if (at <= now) return this.#write(w, now, date, limits, received);
      wait = Math.min(wait, at - now);
    }
    return wait;
  }

  #write(w: Waiting, now: number, date: number, limits: Limits, received: number): Pending | PendingOperation {
    if (w.command.tried === undefined) w.command = { ...w.command, tried: date, after: received };
    w.written = true;
    if (this.#slowMode > 0 && !("operation" in w.command)) this.#turn = now + this.#slowMode;
    // Twice as long each time: a server that is only slow would otherwise get ever more to do.
    const retry = limits.retry_ms || retryUnsaid;
    w.due = now + Math.min(retry * 2 ** Math.min(w.unanswered++, 10), Math.max(retry, longestRetry));
    if (limits.message_rate > 0) {
      if (now - this.#last > recovered) this.#slow = false;
      const each = 1000 / limits.message_rate;
      this.#due = Math.max(this.#due, now) + each;
      this.#notBefore = Math.max(this.#notBefore, this.#due - (this.#slow ? 0 : (atOnce - 1) * each));
    }
    this.#last = now;
    return w.command;
  }
}

/** Whether a command may have arrived. */
const wasTried = (c: Unsettled): boolean => c.tried !== undefined;

const seatLost: Failure = {
  code: "seat-lost",
  message: "the server no longer knows you, and this message may be there already",
};

const tooOld: Failure = {
  code: "too-old",
  message: "it has waited for longer than the server remembers, and may be there already",
};
