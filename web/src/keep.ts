// What the browser keeps between visits, and shares between tabs. Where it keeps
// nothing (a private window, a frame of another site) it is kept in memory, for as
// long as the page lives.
import type { Pending, Position } from "../client.ts";

const prefix = "snug:";
const memory = new Map<string, string>();

function read<T>(name: string, storage = () => localStorage): T | undefined {
  let text: string | null | undefined;
  try {
    text = storage().getItem(prefix + name);
  } catch {
    text = memory.get(name);
  }
  try {
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined; // not ours, or damaged: as if it weren't there
  }
}

function write(name: string, value: unknown, storage = () => localStorage): void {
  const text = value === undefined ? undefined : JSON.stringify(value);
  try {
    if (text === undefined) storage().removeItem(prefix + name);
    else storage().setItem(prefix + name, text);
  } catch {
    if (text === undefined) memory.delete(name);
    else memory.set(name, text);
  }
}

function names(): string[] {
  try {
    return Object.keys(localStorage).filter((n) => n.startsWith(prefix)).map((n) => n.slice(prefix.length));
  } catch {
    return [...memory.keys()];
  }
}

/** A room's part of the names: codes that the server takes for one should be one here, too. */
function room(code: string): string {
  return encodeURIComponent(code.normalize("NFC").toLowerCase());
}

export interface Settings {
  theme: "system" | "light" | "dark";
  language: "system" | "en" | "zh";
  notify: boolean;
  sound: boolean;
}

/** Who one is in a room, and the secret that proves it. */
export interface Place { seat: string; member: string }

/** A room that one has been in, and its topic then. */
export interface Visit { code: string; at: number; topic?: string }

const mostVisits = 12;

export const kept = {
  get nick(): string { return read<string>("nick") ?? ""; },
  set nick(nick: string) { write("nick", nick); },

  /** Of this tab alone: it is soon of no use. */
  get token(): string | undefined { return read<string>("token", () => sessionStorage); },
  set token(token: string | undefined) { write("token", token, () => sessionStorage); },

  get settings(): Settings {
    return { theme: "system", language: "system", notify: false, sound: false, ...read<Partial<Settings>>("settings") };
  },
  set settings(s: Settings) { write("settings", s); },

  get visits(): Visit[] { return read<Visit[]>("rooms") ?? []; },
  visited(code: string, topic: string): void {
    const others = this.visits.filter((v) => room(v.code) !== room(code));
    write("rooms", [{ code, at: Date.now(), topic }, ...others].slice(0, mostVisits));
  },
  setTopic(code: string, topic: string): void {
    write("rooms", this.visits.map((v) => (room(v.code) === room(code) ? { ...v, topic } : v)));
  },
  /** Takes a room off the list. Its seat stays: one who comes back is the same member. */
  forget(code: string): void {
    write("rooms", this.visits.filter((v) => room(v.code) !== room(code)));
  },

  place: (code: string) => read<Place>(`seat:${room(code)}`),
  setPlace: (code: string, place: Place) => write(`seat:${room(code)}`, place),

  lastRead: (code: string) => read<Position>(`read:${room(code)}`),
  setLastRead: (code: string, at: Position) => write(`read:${room(code)}`, at),

  draft: (code: string) => read<string>(`draft:${room(code)}`) ?? "",
  setDraft: (code: string, draft: string) => write(`draft:${room(code)}`, draft || undefined),

  /** Messages that aren't settled, of all tabs. Each has an entry of its own, so that tabs don't overwrite one another's. */
  outbox(code: string): Pending[] {
    const mine = `outbox:${room(code)}:`;
    return names()
      .filter((n) => n.startsWith(mine))
      .flatMap((n) => read<Pending>(n) ?? [])
      .sort((a, b) => a.at - b.at);
  },
  setPending: (code: string, id: string, message: Pending | undefined) => write(`outbox:${room(code)}:${id}`, message),
};
