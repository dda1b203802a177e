import type { LogEvent, Welcome } from "./protocol.ts";

/** What one may, and what holds for one: as the welcome said, and what came after it. */
export class Permissions {
  member: string | undefined;
  #role = "";
  #slowMode = 0;

  constructor(member: string | undefined) {
    this.member = member;
  }

  enter(w: Welcome): void {
    this.member = w.you.member;
    this.#role = w.you.role;
    this.#slowMode = w.settings.slow_ms;
  }

  /** Takes an event that the welcome didn't know of. */
  follow(e: LogEvent): void {
    if (e.type !== "moderated") return;
    if ((e.action === "claim" || e.action === "role") && e.member === this.member) this.#role = e.role ?? this.#role;
    if (e.action === "set") this.#slowMode = e.settings?.slow_ms ?? this.#slowMode;
  }

  /** How long to wait between two messages, in ms: slow mode holds up members alone. */
  get pause(): number {
    return this.#role === "owner" || this.#role === "moderator" ? 0 : this.#slowMode;
  }
}
