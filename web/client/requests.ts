import { CommandError } from "./events.ts";
import type { Failure } from "./outbox.ts";
import type { Command } from "./commands.ts";
import type { Bans, History, Hooks, Invites, Push, Search, Transfer } from "./protocol.ts";

/** A command that only its sender gets an answer to. Changes of the nick are answered in order, without a ref. */
export type Request = Command & {
  type: "history" | "search" | "bans" | "hooks" | "invites" | "transfer" | "push" | "nick";
};
export type Answer = History | Search | Bans | Hooks | Invites | Transfer | Push | undefined;

interface PendingRequest {
  command: Request;
  resolve: (answer: Answer) => void;
  reject: (why: CommandError) => void;
}

/** Requests that wait for their answers, also across lost connections. */
export class Requests {
  #waiting = new Map<string, PendingRequest>(); // by ref

  /** All that wait. They are sent again on a new connection. */
  get commands(): Command[] {
    return [...this.#waiting.values()].map((q) => q.command);
  }

  add(command: Request): Promise<Answer> {
    return new Promise((resolve, reject) => this.#waiting.set(command.ref, { command, resolve, reject }));
  }

  answer(e: NonNullable<Answer>): void {
    this.#take(e.ref)?.resolve(e);
  }

  /** Answers the first change of nick. */
  renamed(): void {
    for (const [ref, q] of this.#waiting) if (q.command.type === "nick") return this.#take(ref)!.resolve(undefined);
  }

  /** Handles a refusal. It reports whether it was one of a request. */
  refuse(ref: string, why: Failure): boolean {
    const question = this.#take(ref);
    question?.reject(new CommandError(why.code, why.message));
    return question !== undefined;
  }

  /** Rejects all. */
  end(why: Failure): void {
    for (const ref of [...this.#waiting.keys()]) this.refuse(ref, why);
  }

  #take(ref: string): PendingRequest | undefined {
    const question = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    return question;
  }
}
