import type { Pending } from "../../client.ts";
import { outboxLock, roomKey, type Unsent } from "../records.ts";
import { base } from "../route.ts";
import { database } from "../storage.ts";
import { tab } from "../tab.ts";

/** What a StoredOutbox tells its session. */
export interface OutboxListener {
  /** Called with messages that nobody sends any more, to be sent. */
  adopt(messages: Pending[]): void;
  /** Called with the messages that outlive the browser, to be shown. */
  show(messages: readonly Pending[]): void;
}

/** After another tab has left the room, how long it may come back before its messages are sent here, in ms. A reload takes less. */
const comesBack = 3000;

/** How long a message may take to be stored before it is shown all the same, in ms. */
const shownAfter = 2000;

const pause = (ms: number): Promise<void> => new Promise((over) => setTimeout(over, ms));

/**
 * The client's outbox as the browser stores it, one record for each message.
 *
 * A page in the room shares the room's lock, and the worker sends only while it has that
 * lock alone. Among tabs, each sends what was written in it: it holds a lock of its own, and
 * its messages are left alone until that is free. Where there are no locks, two may send the
 * same message. The server knows it by its id and takes it once (protocol.md, "Retry"), so this does no harm.
 */
export class StoredOutbox {
  readonly #code: string;
  readonly #listener: OutboxListener;
  #pending: readonly Pending[] = [];
  #stored = new Map<string, Pending>(); // by id, also what is being stored
  readonly #unsafe = new Set<string>(); // ids of what isn't stored yet
  readonly #awaited = new Set<string>(); // tabs
  #closed = false;
  #release = () => {};

  /** Adopts what earlier pages have left. */
  constructor(code: string, listener: OutboxListener) {
    this.#code = code;
    this.#listener = listener;
    const closed = new Promise<void>((done) => (this.#release = done));
    void this.#hold(closed).catch(() => this.#adopt([]));
  }

  /** Leaves what isn't settled to others. */
  close(): void {
    this.#closed = true;
    this.#release();
  }

  /** Adopts what other tabs have left, or will leave. */
  adopt(): void {
    this.#adoptFromOthers().catch(() => {}); // without locks, what is left waits for another page
  }

  /** Writes what has changed. */
  store(pending: readonly Pending[]): void {
    const now = new Map(pending.map((m) => [m.id, m]));
    for (const id of this.#stored.keys()) if (!now.has(id)) void database.put("outbox", this.#key(id), undefined);
    for (const [id, message] of now) {
      const before = this.#stored.get(id);
      if (before === message) continue;
      const written = database.put("outbox", this.#key(id), { ...message, room: this.#code, tab });
      if (before) continue;
      this.#unsafe.add(id);
      void Promise.race([written, pause(shownAfter)]).then(() => {
        this.#unsafe.delete(id);
        this.#show();
      });
    }
    this.#stored = now;
    this.#pending = pending;
    this.#show();
  }

  #key(id: string): string {
    return `${roomKey(this.#code)}:${id}`;
  }

  #show(): void {
    if (!this.#closed) this.#listener.show(this.#pending.filter((m) => !this.#unsafe.has(m.id)));
  }

  #lockOf(tab: string): string {
    return `${outboxLock(base, this.#code)} ${tab}`;
  }

  /** Holds the locks of the room and of this tab in it until `closed`. It rejects where there are none. */
  async #hold(closed: Promise<void>): Promise<void> {
    const { locks } = navigator;
    await Promise.all([
      locks.request(this.#lockOf(tab), () => closed),
      locks.request(outboxLock(base, this.#code), { mode: "shared" }, async () => {
        await this.#adoptFromOthers();
        await closed;
      }),
    ]);
  }

  async #adoptFromOthers(): Promise<void> {
    const { held = [] } = await navigator.locks.query();
    await this.#adopt(held.map((lock) => lock.name));
  }

  /** Adopts the room's messages but for those of tabs that hold their lock. */
  async #adopt(held: readonly (string | undefined)[]): Promise<void> {
    const adopted: Unsent[] = [];
    await database.change("outbox", this.#key(""), (all) =>
      all.flatMap(([key, message]) => {
        if (this.#closed || this.#stored.has(message.id)) return [];
        const { tab: its } = message;
        if (its && its !== tab && held.includes(this.#lockOf(its))) {
          this.#await(its);
          return [];
        }
        adopted.push(message);
        return [[key, { ...message, tab }]];
      }),
    );
    if (this.#closed || adopted.length === 0) return;
    const messages = adopted.sort((a, b) => a.at - b.at).map(({ room: _, tab: _tab, ...message }) => message);
    for (const message of messages) this.#stored.set(message.id, message);
    this.#listener.adopt(messages);
  }

  /** Adopts the messages of a tab that is in the room, once it isn't any more. */
  #await(other: string): void {
    if (this.#awaited.has(other)) return;
    this.#awaited.add(other);
    void navigator.locks
      .request(this.#lockOf(other), { mode: "shared" }, () => {})
      .then(() => {
        setTimeout(() => {
          this.#awaited.delete(other);
          if (!this.#closed) void this.#adoptFromOthers();
        }, comesBack);
      });
  }
}
