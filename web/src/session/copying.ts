import { storage } from "../storage.ts";
import { store } from "../store.ts";
import type { RoomCopy } from "./room-copy.ts";

const { room } = store;

/** After how long without an answer the server counts as away, in ms. */
const awayAfter = 3000;
/** For what refuses a session or ends it, the room's copy goes: the user may not read it any more. */
export const removals: ReadonlySet<string> = new Set(["kicked", "banned", "revoked", "closed", "locked", "bad-token"]);

/** The copy of the room that is shown. The code for it is loaded after the page: until then nothing is copied. */
export class Copying {
  readonly #code: string;
  #copy: RoomCopy | undefined;
  #ended = false;
  readonly #timer = setTimeout(() => this.away(), awayAfter);

  /** Shows the copy as soon as it is read, unless the room is joined by then. */
  constructor(code: string) {
    this.#code = code;
    void import("./room-copy.ts").then(
      (m) => {
        if (!this.#ended) this.#copy = new m.RoomCopy(code);
      },
      () => {}, // there is no copy
    );
  }

  /** Notes that the server is away, if the room couldn't be joined yet. */
  away(): void {
    room.away.value = !room.entered.value;
  }

  /** Notes that the room was joined. Unless it is resumed, the copy begins anew: what is stored may have been deleted. */
  welcomed(resumed: boolean): void {
    clearTimeout(this.#timer);
    room.away.value = false;
    if (!resumed) storage.forgetCopy(this.#code);
  }

  /** Notes that the session has ended. */
  ended(code: string): void {
    if (!removals.has(code)) return;
    this.forget();
    if (!room.entered.peek()) room.resetLog(); // a copy that is shown
    room.copied.value = undefined;
  }

  /** Notes that what is shown has changed. */
  changed(): void {
    this.#copy?.changed();
  }

  /** Notes that the server has no events any more up to this one. */
  skip(seq: number): void {
    this.#copy?.skip(seq);
  }

  /** Writes the copy now. */
  write(): void {
    this.#copy?.write();
  }

  /** Copies nothing any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#ended = true;
    this.#copy?.end();
  }

  /** Removes the copy, and makes no other one. */
  forget(): void {
    this.end();
    storage.forgetCopy(this.#code);
  }
}
