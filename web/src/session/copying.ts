import { storage } from "../storage.ts";
import { store } from "../store.ts";
import type { RoomCopy } from "./room-copy.ts";

const { room } = store;

/** After how long without the server the copy is shown, in ms. */
const shownAfter = 3000;
/** For what ends a session its copy of the room goes: the user may not read it any more. */
const removals: ReadonlySet<string> = new Set(["kicked", "banned", "revoked", "closed", "locked", "bad-token"]);

/** The copy of the room that is shown. The code for it is loaded after the page: until then nothing is copied. */
export class Copying {
  readonly #code: string;
  #copy: RoomCopy | undefined;
  #away = false; // whether the server is
  #ended = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(code: string) {
    this.#code = code;
    this.#timer = setTimeout(() => this.show(), shownAfter);
    void import("./room-copy.ts").then(
      (m) => {
        if (this.#ended) return;
        this.#copy = new m.RoomCopy(code);
        if (this.#away) this.show();
        else this.#copy.changed();
      },
      () => {}, // there is no copy
    );
  }

  /** Shows the copy, if the room couldn't be joined yet. */
  show(): void {
    clearTimeout(this.#timer);
    this.#away = !room.entered.value;
    if (this.#away) void this.#copy?.show();
  }

  /** Notes that the room was joined. Unless it is resumed, the copy begins anew. */
  welcomed(resumed: boolean): void {
    clearTimeout(this.#timer);
    this.#away = false;
    if (!resumed) storage.forgetCopy(this.#code);
  }

  /** Notes that the session has ended. */
  ended(code: string): void {
    if (removals.has(code)) this.forget();
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
