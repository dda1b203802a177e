import type { Pending } from "../../client.ts";
import { storage } from "../storage.ts";

/** The client's outbox as the browser stores it, one entry for each message. */
export class StoredOutbox {
  readonly #code: string;
  #stored: Map<string, Pending>;

  constructor(code: string) {
    this.#code = code;
    this.#stored = new Map(storage.outbox(code).map((m) => [m.id, m]));
  }

  /** Oldest first. */
  get messages(): Pending[] {
    return [...this.#stored.values()];
  }

  /** Writes what has changed. */
  store(pending: readonly Pending[]): void {
    const now = new Map(pending.map((m) => [m.id, m]));
    for (const id of this.#stored.keys()) if (!now.has(id)) storage.setPending(this.#code, id, undefined);
    for (const [id, message] of now) if (this.#stored.get(id) !== message) storage.setPending(this.#code, id, message);
    this.#stored = now;
  }
}
