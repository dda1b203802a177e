// What the browser stores between visits, and shares between tabs.
import type { Position, Transport } from "../client.ts";
import { base } from "./base.ts";
import { BrowserItems } from "./browser-items.ts";
import { Database } from "./database.ts";
import type { Tone } from "./emoji-table.ts";
import type { Level, Quiet } from "./levels.ts";
import { migrate } from "./migration.ts";
import { tell } from "./news.ts";
import { nameFor, roomKey as room, type Place } from "./records.ts";
import { tab } from "./tab.ts";
import type { Language } from "./texts/languages.ts";

/** Shared by all tabs. */
const items = new BrowserItems(() => localStorage);
/** Of this tab alone. */
const tabItems = new BrowserItems(() => sessionStorage);

/** What the worker needs, too: seats, unsent messages, and copies of rooms. */
export const database = new Database(nameFor(base));
/** The seats as the database has them, by room. */
const seats = new Map<string, Place>();
export type Theme = "system" | "light" | "dark" | "contrast";
const themes: readonly unknown[] = ["light", "dark", "contrast"] satisfies Theme[];
/** Whether it is a theme other than the system's. */
export const isTheme = (theme: unknown): theme is Theme => themes.includes(theme);

export interface Settings {
  /** "contrast" is light or dark as the system is. */
  theme: Theme;
  language: "system" | Language;
  /** How much room messages take up. */
  density: "comfortable" | "compact";
  /** What the Enter key does where there is a touch screen; elsewhere it sends. */
  enter: "auto" | "send" | "newline";
  /** In rooms for which the user has chosen nothing else. */
  notify: Level;
  sound: boolean;
  quiet?: Quiet | undefined;
  /** The emoji that the user took last, newest first. */
  recentEmoji?: readonly string[];
  /** In which skin tone emoji are offered. */
  tone?: Tone;
  /** Whether the composer has the row of buttons that format. */
  formatting?: boolean;
}

/** A room that the user was in, its name and topic then, and when, in ms since 1970. */
export interface Visit {
  code: string;
  at: number;
  name?: string;
  topic?: string;
}

/** What the user brings to a room: from its link, or a name for a new one. */
export interface Pass {
  name?: string;
  invite?: string;
  /** The same for each try, so that an invite isn't used up twice. */
  inviteID?: string;
  transfer?: string;
}

/** What the user has written in a tab and not sent. */
export interface Draft {
  text: string;
  /** The seq of the message that the text replies to. */
  reply?: number | undefined;
  /** A message that is being edited, and what the user has made of it. */
  edit?: { seq: number; text: string } | undefined;
}
interface StoredDraft extends Draft {
  /** When it was written, in ms since 1970. */
  at: number;
  /** Whether its tab was closed. Another tab then takes it over. */
  closed?: boolean;
}

const mostVisits = 12;

const draftName = (code: string, of = tab): string => `draft:${room(code)}:${of}`;

export const storage = {
  /** Reads what is in the database. To be called first. */
  async load(): Promise<void> {
    await migrate(items, database);
    await readSeats();
  },
  /** Uses a database that has answered late. Where it has a seat, that takes the place of one that was given meanwhile. */
  async recover(): Promise<void> {
    await database.recover();
    await readSeats();
  },
  /** Takes over a seat that another tab has stored. */
  noteSeat(key: string, place: Place | undefined): void {
    if (place) seats.set(key, place);
    else seats.delete(key);
  },

  /** Whether the browser keeps what is written here. It may keep nothing in a frame of another site, or in a private window. */
  get isKept(): boolean {
    return items.isKept();
  },

  get nick(): string {
    return items.read<string>("nick") ?? "";
  },
  set nick(nick: string) {
    items.write("nick", nick);
  },

  /** Of this tab alone: it is valid for a short time. */
  get token(): string | undefined {
    return tabItems.read<string>("token");
  },
  set token(token: string | undefined) {
    tabItems.write("token", token);
  },

  /** What the client used last, of this tab alone: another visit may be from another network. */
  get transport(): Transport {
    return tabItems.read<Transport>("transport") ?? "websocket";
  },
  set transport(transport: Transport) {
    tabItems.write("transport", transport);
  },

  /** From which build to which one this tab has reloaded the page, newest last. */
  get reloads(): string[] {
    return tabItems.read<string[]>("reloads") ?? [];
  },
  set reloads(reloads: string[]) {
    tabItems.write("reloads", reloads.slice(-20));
  },

  get settings(): Settings {
    // In older versions, notify was whether mentions show notifications, in all rooms.
    const { notify, ...set } =
      items.read<Partial<Omit<Settings, "notify"> & { notify: Level | boolean }>>("settings") ?? {};
    return {
      language: "system",
      density: "comfortable",
      enter: "auto",
      sound: false,
      ...set,
      theme: isTheme(set.theme) ? set.theme : "system",
      notify: typeof notify === "string" ? notify : notify || set.sound ? "mentions" : "none",
    };
  },
  set settings(s: Settings) {
    items.write("settings", s);
  },

  get visits(): Visit[] {
    return items.read<Visit[]>("rooms") ?? [];
  },
  visited(code: string, about: Pick<Visit, "name" | "topic">): void {
    const others = this.visits.filter((v) => room(v.code) !== room(code));
    items.write("rooms", [{ code, at: Date.now(), ...about }, ...others].slice(0, mostVisits));
  },
  setAbout(code: string, about: Pick<Visit, "name" | "topic">): void {
    items.write(
      "rooms",
      this.visits.map((v) => (room(v.code) === room(code) ? { ...v, ...about } : v)),
    );
  },
  /** Takes a room off the list. Its seat stays: a user who comes back is the same member. */
  forget(code: string): void {
    this.forgetCopy(code);
    items.write(
      "rooms",
      this.visits.filter((v) => room(v.code) !== room(code)),
    );
  },

  /** Removes the copy of a room's messages. */
  forgetCopy(code: string): void {
    void database.put("copies", room(code), undefined);
  },

  /** Forgets everything about a room: a user who comes back is a new member. */
  forgetRoom(code: string): void {
    this.forget(code);
    setSeat(room(code), undefined);
    void database.change("outbox", `${room(code)}:`, (all) => all.map(([key]) => [key, undefined]));
    for (const of of ["read", "draft", "notify"])
      for (const name of items.names(`${of}:${room(code)}`))
        if (name === `${of}:${room(code)}` || name.startsWith(`${of}:${room(code)}:`)) items.write(name, undefined);
    this.setPass(code, undefined);
  },
  /** Forgets everything about the user, in this browser. */
  async signOut(): Promise<void> {
    for (const area of [items, tabItems]) for (const name of area.names("")) area.write(name, undefined);
    seats.clear();
    await database.clear();
    tell({ is: "signed out" });
  },

  /** Of this tab alone, until it is used. */
  pass: (code: string) => tabItems.read<Pass>(`pass:${room(code)}`),
  setPass: (code: string, pass: Pass | undefined) => tabItems.write(`pass:${room(code)}`, pass),

  place: (code: string) => seats.get(room(code)),
  setPlace: (code: string, place: Place) => setSeat(room(code), place),

  /** Of which messages of a room the user is notified, if they have chosen that for it. */
  level: (code: string) => items.read<Level>(`notify:${room(code)}`),
  setLevel: (code: string, level: Level) => items.write(`notify:${room(code)}`, level),

  lastRead: (code: string) => items.read<Position>(`read:${room(code)}`),
  setLastRead: (code: string, at: Position) => items.write(`read:${room(code)}`, at),
  /** What another tab has changed, from the key of a storage event. */
  changed(key: string, code: string): "settings" | "nick" | "visits" | "lastRead" | "level" | undefined {
    switch (BrowserItems.nameOf(key)) {
      case "settings":
        return "settings";
      case "nick":
        return "nick";
      case "rooms":
        return "visits";
      case `read:${room(code)}`:
        return "lastRead";
      case `notify:${room(code)}`:
        return "level";
    }
    return undefined;
  },

  /** This tab's draft. If it has none, it takes over those of tabs that were closed, joined in the order of their age. */
  draft(code: string): Draft {
    const own = items.read<StoredDraft>(draftName(code));
    if (own && !isEmpty(own)) {
      if (own.closed) items.write(draftName(code), { ...own, closed: false });
      return own;
    }
    const left = items
      .names(draftName(code, ""))
      .map((n) => [n, items.read<StoredDraft>(n)] as const)
      .flatMap(([name, d]) => (d?.closed ? [{ ...d, name }] : []))
      .sort((a, b) => a.at - b.at);
    if (left.length === 0) return { text: "" };
    for (const { name } of left) items.write(name, undefined);
    const { reply, edit } = left.at(-1)!;
    this.patchDraft(code, {
      text: left
        .map((d) => d.text)
        .filter(Boolean)
        .join("\n"),
      reply,
      edit,
    });
    return items.read<StoredDraft>(draftName(code))!;
  },
  /** Changes parts of this tab's draft. An empty draft is removed. */
  patchDraft(code: string, patch: Partial<Draft>): void {
    const draft = { text: "", ...items.read<StoredDraft>(draftName(code)), ...patch, at: Date.now() };
    items.write(draftName(code), isEmpty(draft) ? undefined : draft);
  },
  /** Leaves this tab's drafts to other tabs as it closes, or takes them back. */
  setDraftsClosed(closed: boolean): void {
    for (const name of items.names("draft:")) {
      if (!name.endsWith(`:${tab}`)) continue;
      const draft = items.read<StoredDraft>(name);
      if (draft) items.write(name, { ...draft, closed });
    }
  },
};

async function readSeats(): Promise<void> {
  for (const [key, place] of await database.all("seats")) seats.set(key, place);
}

/** Other tabs hear only of what is stored: they may have a seat that this tab couldn't read. */
function setSeat(room: string, place: Place | undefined): void {
  storage.noteSeat(room, place);
  void database.put("seats", room, place).then((stored) => {
    if (stored) tell({ is: "seat", room, place });
  });
}

function isEmpty(d: Draft): boolean {
  return d.text === "" && d.reply === undefined && d.edit === undefined;
}
