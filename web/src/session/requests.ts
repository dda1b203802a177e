// What the user has the server do with the room, and what they ask it. What fails comes back as a text.
import {
  CommandError,
  type Ban,
  type Client,
  type HookInfo,
  type InviteInfo,
  type Operation,
  type Query,
  type Search,
  type Transfer,
} from "../../client.ts";
import { errorText } from "../errors.ts";

export class Requests {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Carries out an operation. It resolves to an error text, or to undefined once the operation is in the log. */
  async perform(operation: Operation): Promise<string | undefined> {
    return (await orText(this.#client.perform(operation))) || undefined;
  }

  /** Searches the room. It rejects with a CommandError. */
  search(query: Query): Promise<Search> {
    return this.#client.search(query);
  }

  /** Resolves to the bans, or to an error text. */
  bans(): Promise<readonly Ban[] | string> {
    return orText(this.#client.bans());
  }

  /** Resolves to the room's hooks, or to an error text. */
  hooks(): Promise<readonly HookInfo[] | string> {
    return orText(this.#client.hooks());
  }

  /** Resolves to the room's invites, or to an error text. */
  invites(): Promise<readonly InviteInfo[] | string> {
    return orText(this.#client.invites());
  }

  /** Resolves to a code for another device, or to an error text. */
  transfer(): Promise<Transfer | string> {
    return orText(this.#client.transfer());
  }
}

/** The text of a refusal. What is none is thrown. */
export function textOf(e: unknown, text = errorText): string {
  if (!(e instanceof CommandError)) throw e;
  return text(e);
}

async function orText<T>(answer: Promise<T>): Promise<T | string> {
  try {
    return await answer;
  } catch (e) {
    return textOf(e);
  }
}
