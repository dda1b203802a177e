// Who types: the others, and the user.
import type { Client } from "../../client.ts";
import { store } from "../store.ts";

const { room } = store;

/** How long a member is shown as typing, in ms: docs/protocol.md. */
const shownFor = 5000;
/** The shortest time between two `typing` commands, in ms. */
const shortestPause = 3000;
/** The server takes one `typing` per second and connection. */
const serverPace = 1100;

/** Shows that a member is typing, for some seconds. */
export function showTyping(member: string): void {
  room.typing.value = new Map(room.typing.value).set(member, performance.now() + shownFor);
  setTimeout(expireTyping, shownFor + 50);
}

/** Stops showing the member as typing, and everyone whose time is over. */
export function expireTyping(member?: string): void {
  const now = performance.now();
  const left = [...room.typing.value].filter(([m, until]) => m !== member && until > now);
  if (left.length !== room.typing.value.size) room.typing.value = new Map(left);
}

/** Tells the server that the user is typing, not too often. */
export class TypingSender {
  readonly #client: Client;
  #sentAt = 0;
  #nextAt = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  typing(): void {
    if (performance.now() < this.#nextAt) return;
    this.#sentAt = performance.now();
    this.#nextAt = this.#sentAt + shortestPause;
    this.#client.typing();
  }

  /** Notes that a message was sent: what is typed next is another one. */
  sent(): void {
    this.#nextAt = this.#sentAt + serverPace;
  }
}
