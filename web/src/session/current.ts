import { signal } from "@preact/signals";
import type { Session } from "./session.ts";

/** The session in the room that is shown; undefined on the start page. */
export const session = signal<Session | undefined>(undefined);
