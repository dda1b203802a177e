// Which of the tabs with a room is the one that alerts: that which the user looked at last.
import { nameFor, roomKey } from "../records.ts";
import { base } from "../route.ts";

/** A tab's place among those with the same room. A Web Lock says whose turn it is, also after a tab has crashed. */
export class Turn {
  readonly #name: string;
  #release: (() => void) | undefined;
  #waiting: AbortController | undefined;
  #closed = false;

  /** Waits for its turn. Without Web Locks, as on plain http, each tab has its own. */
  constructor(code: string) {
    this.#name = `${nameFor(base)} alerts ${roomKey(code)}`;
    this.#wait();
  }

  /** Whether it is this tab's turn. */
  get here(): boolean {
    return !navigator.locks || this.#release !== undefined;
  }

  /** Takes the turn: the user looks at this tab. */
  take(): void {
    if (this.here || this.#closed) return;
    this.#waiting?.abort();
    this.#request({ steal: true });
  }

  close(): void {
    this.#closed = true;
    this.#waiting?.abort();
    this.#release?.();
  }

  #wait(): void {
    this.#waiting = new AbortController();
    this.#request({ signal: this.#waiting.signal });
  }

  #request(options: LockOptions): void {
    let release: (() => void) | undefined;
    const held = navigator.locks?.request(
      this.#name,
      options,
      () =>
        new Promise<void>((done) => {
          this.#release = release = done;
          if (this.#closed) done();
        }),
    );
    held?.catch(() => {
      // Another tab has taken it, or this one no longer waits, to take it itself.
      if (release === undefined || this.#release !== release) return;
      this.#release = undefined;
      if (!this.#closed) this.#wait();
    });
  }
}
