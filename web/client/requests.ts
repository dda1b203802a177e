import { CommandError } from "./events.ts";
import type { Failure } from "./outbox.ts";
import type { Bans, Command, History } from "./protocol.ts";

/** A command that is answered to its sender alone. Nicks are answered in their order, without a ref. */
export type Request = Command & { type: "history" | "bans" | "nick" };
type Answer = History | Bans | undefined;

interface PendingRequest {
  command: Request;
  resolve: (answer: Answer) => void;
  reject: (why: CommandError) => void;
}

/** Requests that wait for their answers, across lost connections. */
export class Requests {
  #waiting = new Map<string, PendingRequest>(); // by ref

  /** All that wait, to be sent again on a new connection. */
  get commands(): Command[] {
    return [...this.#waiting.values()].map((q) => q.command);
  }

  add(command: Request): Promise<Answer> {
    return new Promise((resolve, reject) => this.#waiting.set(command.ref, { command, resolve, reject }));
  }

  answer(e: History | Bans): void {
    this.#take(e.ref)?.resolve(e);
  }

  /** Answers the first change of nick. */
  renamed(): void {
    for (const [ref, q] of this.#waiting) if (q.command.type === "nick") return this.#take(ref)!.resolve(undefined);
  }

  /** Takes a refusal; it reports whether it was one of a question. */
  refuse(ref: string, why: Failure): boolean {
    const question = this.#take(ref);
    question?.reject(new CommandError(why.code, why.message));
    return question !== undefined;
  }

  /** Refuses all. */
  end(why: Failure): void {
    for (const ref of [...this.#waiting.keys()]) this.refuse(ref, why);
  }

  #take(ref: string): PendingRequest | undefined {
    const question = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    return question;
  }
}
