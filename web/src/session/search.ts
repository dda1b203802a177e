// Searching the room. It isn't part of the first load.
import { CommandError, type Client } from "../../client.ts";
import { errorText } from "../errors.ts";
import { noSearch, type Search } from "../room-state.ts";
import { store } from "../store.ts";

const { room } = store;

/** How long the user has to stop typing before the search begins, in ms. */
const pause = 250;
/** How many results are read at once. */
const pageSize = 20;
/** A step that finds nothing is followed by the next one, so many times. Then the user is asked. */
const mostSteps = 5;
/** How long to wait when the server has no time for this search, in ms… */
const retryAfter = 1000;
/** …and how many times. */
const mostRetries = 5;

export class RoomSearch {
  readonly #client: Pick<Client, "search">;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #run = 0; // counts the searches: an answer to an earlier one is dropped

  constructor(client: Pick<Client, "search">) {
    this.#client = client;
  }

  /** Ends the search. What was found stays. */
  close(): void {
    this.#run++;
    clearTimeout(this.#timer);
  }

  /** Begins a search, once the user has stopped typing or at once. An empty query finds nothing. */
  begin(q: string, now: boolean): void {
    const before = room.search.value;
    if (now && before.answered && before.q === q) return;
    this.close();
    if (q.trim() === "") {
      room.search.value = { ...noSearch, q };
      return;
    }
    room.search.value = { ...before, q, busy: true, answered: false, error: undefined };
    this.#timer = setTimeout(() => void this.#read({ ...noSearch, q }), now ? 0 : pause);
  }

  /** Reads older results. */
  more(): void {
    const { value } = room.search;
    if (value.busy || value.next === undefined) return;
    this.close();
    room.search.value = { ...value, busy: true, error: undefined };
    void this.#read(value);
  }

  /** Adds results to those of a search, and shows them. */
  async #read(so: Search, steps = 1, retries = 0): Promise<void> {
    const run = this.#run;
    try {
      const page = await this.#client.search({
        q: so.q,
        limit: pageSize,
        ...(so.next === undefined ? {} : { before: so.next }),
      });
      if (run !== this.#run) return;
      const next = page.more ? page.next : undefined;
      const now: Search = {
        q: so.q,
        found: [...so.found, ...page.events],
        next,
        busy: page.events.length === 0 && next !== undefined && steps < mostSteps,
        answered: true,
        incomplete: page.incomplete === true || so.incomplete,
      };
      room.search.value = now;
      if (now.busy) await this.#read(now, steps + 1);
    } catch (e) {
      if (!(e instanceof CommandError)) throw e;
      if (run !== this.#run) return;
      if (e.code === "rate-limited" && retries < mostRetries) {
        this.#timer = setTimeout(() => void this.#read(so, steps, retries + 1), retryAfter);
        return;
      }
      room.search.value = { ...so, busy: false, answered: true, error: errorText(e) };
    }
  }
}
