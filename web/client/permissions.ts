import type { LogEvent, Welcome } from "./protocol.ts";

/** What this client's member may do, as the welcome said, and the log since then. */
export class Permissions {
  /** undefined before the first welcome. */
  member: string | undefined;
  #role = "";
  #slowMode = 0;

  constructor(member: string | undefined) {
    this.member = member;
  }

  begin(w: Welcome): void {
    this.member = w.you.member;
    this.#role = w.you.role;
    this.#slowMode = w.settings.slow_ms;
  }

  /** Applies an event that is newer than the welcome. */
  apply(e: LogEvent): void {
    if (e.type !== "moderated") return;
    if ((e.action === "claim" || e.action === "role") && e.member === this.member) this.#role = e.role ?? this.#role;
    if (e.action === "set") this.#slowMode = e.settings?.slow_ms ?? this.#slowMode;
  }

  /** The shortest time between two messages of this member, in ms. Moderators and owners may send at any time. */
  get slowMode(): number {
    return this.#role === "owner" || this.#role === "moderator" ? 0 : this.#slowMode;
  }
}
