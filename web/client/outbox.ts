import { duplicateSeqs, duplicateTime, type Operation, type Limits, type Refusal } from "./protocol.ts";

/** A command on its way. */
interface Unsettled {
  /** Makes it safe to send the command again. Never another's. */
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

/** A message on its way. It is plain data: keep it, and give it to the next Client. */
export interface Pending extends Unsettled {
  content: string;
  replyTo?: number;
}

/** Something other than a message on its way. */
export interface PendingOperation extends Unsettled { operation: Operation }

/** A server's code, or one of the client's own: `seat-lost` and `too-old` say that sending it again may say it twice. */
export interface Failure {
  code: string;
  message: string;
  /** When to try again at the earliest, in ms since 1970, where the server says so. */
  until?: number;
  /** Of a ban: the reason that a moderator gave. */
  reason?: string;
  /** Of a ban: it is of another member with the same address. */
  address?: boolean;
}

interface Waiting {
  command: Pending | PendingOperation;
  /** Sent on this connection, and not refused since. */
  written: boolean;
  /** When to send it, or send it again. */
  due: number;
}

/** How many messages may wait for an answer of a server that counts them. */
const window = 32;
/** How many go as they come, where the server counts: fewer than it is likely to take. */
const atOnce = 10;
/** How long nothing was sent when the pace is forgotten, in ms. */
const recovered = 2000;
/** When to send again, where the server doesn't say, in ms. */
const retryUnsaid = 2000;
/** The most commands that are written and unsettled. */
export const outboxSize = 1000;

/**
 * Commands that aren't settled, in their order, and the pace at which they are sent:
 * a few go as they come and then one each 1/rate, so that none is refused for haste
 * and overtaken by those on their way behind it. Slow mode holds up messages alone.
 */
export class Outbox {
  #waiting: Waiting[] = [];
  #slow = false;
  #notBefore = 0;
  #due = 0; // when the next would go, if each went in its turn
  #last = 0;
  #turn = 0; // no message before this, in slow mode
  #slowMode = 0;

  get size(): number { return this.#waiting.length; }

  /** All messages, in their order, those that failed too. */
  get messages(): Pending[] {
    return this.#waiting.flatMap(({ command }) => ("operation" in command ? [] : [command]));
  }

  /** All that are no messages, and have failed. */
  get failedOperations(): (PendingOperation & { failed: Failure })[] {
    return this.#waiting.flatMap(({ command: c }) => ("operation" in c && c.failed ? [{ ...c, failed: c.failed }] : []));
  }

  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  #find(id: string): Waiting | undefined {
    return this.#waiting.find((w) => w.command.id === id);
  }

  add(command: Pending | PendingOperation): void {
    this.#waiting.push({ command, written: false, due: 0 });
  }

  /** Lets one message go each so many ms; 0 for all. What waited for its turn may be sent again. */
  slowMode(ms: number): void {
    if (ms === this.#slowMode) return;
    this.#slowMode = ms;
    this.#turn = 0;
    for (const w of this.#waiting) if (!("operation" in w.command) && !w.written) w.due = 0;
  }

  /** Takes a command out; it reports whether it was there. */
  settle(id: string): boolean {
    const i = this.#waiting.findIndex((w) => w.command.id === id);
    if (i >= 0) this.#waiting.splice(i, 1);
    return i >= 0;
  }

  /** Marks a command, which stays until it is sent again or settled. */
  fail(id: string, failed: Failure): void {
    const waiting = this.#find(id);
    if (waiting) waiting.command = { ...waiting.command, failed };
  }

  /** Makes a command that failed go again, under its id and as if for the first time, at the end of the line. */
  retry(id: string): void {
    const waiting = this.#find(id);
    if (!waiting?.command.failed) return;
    const { failed: _, tried: _tried, after: _after, ...command } = waiting.command;
    this.settle(id);
    this.add(command);
  }

  /** Takes a refusal; it reports whether the command has failed for good. */
  refused(id: string, e: Refusal, retry: number, now: number): boolean {
    const waiting = this.#find(id);
    if (!waiting) return false;
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

  /** Makes everything be sent again, on a new connection. */
  reconnected(): void {
    for (const w of this.#waiting) {
      w.written = false;
      w.due = 0;
    }
    this.#slow = false;
    this.#notBefore = 0;
    this.#due = 0;
    this.#turn = 0;
  }

  /** Fails the commands that may have arrived under another member's name. */
  seatLost(): void {
    this.#failTried(() => true, {
      code: "seat-lost",
      message: "the server no longer knows you, and this message may be there already",
    });
  }

  /** Fails the commands that may have arrived, if so many events can't be read any more that their ids may be forgotten. */
  missed(upTo: number): void {
    this.#failTried((m) => upTo > (m.after ?? 0) + duplicateSeqs, tooOld);
  }

  #failTried(which: (c: Unsettled) => boolean, failed: Failure): void {
    for (const w of this.#waiting) {
      if (w.command.tried !== undefined && !w.command.failed && which(w.command)) w.command = { ...w.command, failed };
    }
  }

  /**
   * The command to send now, which counts as sent; or in how many ms to look again.
   * Commands that can't be sent any more are failed on the way.
   */
  next(now: number, limits: Limits, received: number): Pending | PendingOperation | number {
    const rate = limits.message_rate;
    let free = window;
    for (const w of this.#waiting) if (w.written && !w.command.failed) free--;
    let wait = Infinity;
    let held = false; // what comes later doesn't overtake…
    let silent = false; // …and messages don't overtake one that waits for its turn
    for (const w of this.#waiting) {
      const says = !("operation" in w.command);
      if (w.command.failed || held || (silent && says)) continue;
      if (w.command.tried !== undefined && now - w.command.tried > duplicateTime) {
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
      if (at <= now) return this.#write(w, now, limits, received);
      wait = Math.min(wait, at - now);
    }
    return wait;
  }

  #write(w: Waiting, now: number, limits: Limits, received: number): Pending | PendingOperation {
    if (w.command.tried === undefined) w.command = { ...w.command, tried: now, after: received };
    w.written = true;
    if (this.#slowMode > 0 && !("operation" in w.command)) this.#turn = now + this.#slowMode;
    w.due = now + (limits.retry_ms || retryUnsaid);
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

const tooOld: Failure = {
  code: "too-old",
  message: "it has waited for longer than the server remembers, and may be there already",
};
