// The room's log as far as it was read: what comes live, and older pages.
import { batch } from "@preact/signals";
import { CommandError, type Client, type Gap, type History, type LogEvent, type Page } from "../../client.ts";
import { Fold, type Message } from "../fold.ts";
import { store } from "../store.ts";

const { room } = store;

/** How many messages a page of history has. */
const pageSize = 100;
/** The fold is trimmed once it has more messages than this… */
const mostMessages = 12_000;
/** …to this many. */
const messagesKept = 10_000;
/** For a message up to this many events before those that are loaded, `goTo` reads what is between. */
const near = 1000;
/** Of how many messages that others reply to the author is sought at once, where they aren't loaded. */
const mostAnswered = 10;
/** The least time between two redraws, in ms. */
const frame = 16;

export class Log {
  readonly #client: Client;
  #reading: Promise<void> | undefined; // of an older page
  #replayTo = 0; // the last event of the replay
  #changedAt = 0;
  #changeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  close(): void {
    clearTimeout(this.#changeTimer);
  }

  /** Notes that a replay up to head follows. */
  welcomed(head: number): void {
    this.#replayTo = head;
  }

  /** Whether the replay is complete. */
  get replayed(): boolean {
    return room.fold.last >= this.#replayTo;
  }

  apply(e: LogEvent): void {
    const { last } = room.fold;
    room.fold.apply(e);
    room.excerpt.value?.fold.amend(e);
    // The user's own message was shown as pending there.
    room.copied.value?.[e.from.member === room.you.value?.member ? "apply" : "amend"](e);
    if (last === 0) room.more.value = e.seq > 1;
    this.#changed();
  }

  /** Skips events that the server no longer has. */
  skip(gap: Gap): void {
    room.fold.skip(gap.last);
    room.gaps.value = [...room.gaps.value, gap];
  }

  /** Forgets what the server no longer has. */
  prune(first: number): void {
    room.copied.value?.prune(first);
    const excerpt = room.excerpt.value;
    if (excerpt && first > excerpt.fold.first) {
      excerpt.fold.prune(first);
      room.excerpt.value = excerpt.fold.messages.length > 0 ? { ...excerpt, more: false } : undefined;
    }
    if (room.fold.last === 0 || first <= room.fold.first) return;
    room.fold.prune(first);
    room.more.value = false;
    this.#publish();
  }

  /** Forgets the oldest messages where there are very many. */
  trim(): void {
    if (room.fold.messages.length > mostMessages) room.fold.trim(messagesKept);
    if (room.fold.first > 1) room.more.value = true;
  }

  /** Publishes a change of the fold. In a stream of messages it does so once for several. */
  #changed(): void {
    if (this.#changeTimer !== undefined) return;
    const wait = frame - (performance.now() - this.#changedAt);
    if (wait <= 0) return this.#publish();
    this.#changeTimer = setTimeout(() => this.#publish(), wait);
  }

  #publish(): void {
    this.#changeTimer = undefined;
    this.#changedAt = performance.now();
    room.version.value++;
  }

  /** Reads an older page, if there is one. If one is being read already, it waits for that. */
  older(): Promise<void> {
    return (this.#reading ??= this.#readOlder().finally(() => (this.#reading = undefined)));
  }

  async #readOlder(): Promise<void> {
    const { fold } = room;
    if (fold.last === 0 || !this.replayed || !room.more.value || room.state.value.is !== "open") return;
    room.loading.value = true;
    try {
      const page = await this.page({ before: fold.first, limit: pageSize });
      if (room.fold !== fold) return; // another room, or the log began anew
      batch(() => {
        fold.prepend(page.events);
        room.more.value = page.more && page.events.length > 0;
        room.version.value++;
      });
    } catch (e) {
      if (!(e instanceof CommandError)) throw e;
    } finally {
      if (room.fold === fold) room.loading.value = false;
    }
  }

  /** Reads a page of the log, and changes nothing. Messages are as they are now. */
  page(page: Page): Promise<History> {
    return this.#client.history({ ...page, current: true });
  }

  /** Resolves to a message, loaded or not; undefined if it isn't there, or can't be read. */
  async message(seq: number): Promise<Message | undefined> {
    const loaded = room.fold.find(seq);
    if (loaded) return loaded.deleted ? undefined : loaded;
    try {
      const { events } = await this.page({ after: seq - 1, limit: 1 });
      const fold = new Fold();
      for (const e of events) fold.apply(e);
      const read = fold.find(seq);
      return read?.deleted ? undefined : read;
    } catch (e) {
      if (!(e instanceof CommandError)) throw e;
      return undefined;
    }
  }

  /** Which messages, of those that some reply to, aren't loaded: the newest ones, by seq. */
  answered(messages: readonly Message[]): number[] {
    const { fold, authors } = room;
    const unknown = ({ replyTo }: Message) =>
      replyTo !== undefined && replyTo < fold.first && !authors.peek().has(replyTo) ? replyTo : [];
    return [...new Set(messages.flatMap(unknown))].slice(-mostAnswered);
  }

  /** Finds out who has written messages that aren't loaded. */
  async readAuthors(seqs: readonly number[]): Promise<void> {
    const { fold } = room;
    const read = await Promise.all(seqs.map((seq) => this.message(seq)));
    if (room.fold !== fold) return;
    room.authors.value = new Map([
      ...room.authors.peek(),
      ...read.flatMap((m) => (m ? [[m.seq, m.from.member] as const] : [])),
    ]);
  }

  /**
   * Scrolls to a message. If it isn't loaded yet, it first reads what is between, if that isn't
   * too much: then the list shows the part of the log around it.
   */
  async goTo(seq: number): Promise<void> {
    const { fold } = room;
    const excerpt = room.excerpt.value?.fold;
    if (!excerpt || seq < excerpt.first || seq > excerpt.last) {
      if (seq < fold.first - near && room.more.value) {
        room.goTo.value = { seq, around: true };
        return;
      }
      room.excerpt.value = undefined;
      await this.reach(seq);
      if (room.fold !== fold) return;
    }
    room.goTo.value = { seq };
  }

  /** Reads older pages until an event is loaded, if it isn't very old. */
  async reach(seq: number): Promise<void> {
    const { fold } = room;
    const least = fold.first - near;
    while (seq < fold.first && fold.first > least && room.more.value) {
      const { first } = fold;
      await this.older();
      if (room.fold !== fold || fold.first === first) return;
    }
  }
}
