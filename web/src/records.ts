// What the pages of a browser and its worker share, and under which names.
import type { Pending } from "../client/outbox.ts";
import type { Limits, LogEvent, Settings } from "../client/protocol.ts";
import { keyOf } from "./code.ts";
import type { Message } from "./fold.ts";
import type { Level, Quiet } from "./levels.ts";

/** Who the user is in a room, and the secret that proves it. */
export interface Place {
  seat: string;
  member: string;
  /** What they are called there. */
  nick?: string;
}

/** A message that isn't settled. */
export interface Unsent extends Pending {
  /** The code of its room. */
  room: string;
  /** The tab that it was written in. While that is in the room, no other one sends the message. */
  tab?: string;
}

/** The newest messages of a room, to be shown until its server has answered. */
export interface Copy {
  room: string;
  /** The log that the messages are from, and which events they were read from. */
  epoch: string;
  first: number;
  last: number;
  /** In order. */
  messages: Message[];
  /** The events of type moderated among them. An older build of the page has stored none, and no limits. */
  moderations?: LogEvent[];
  settings: Settings;
  limits?: Limits | undefined;
  pins: readonly number[];
  /** The user's role. */
  role: string;
}

/** How a room notifies this browser while no page of the user's is seen. The browser's subscription isn't part of it: it may change. */
export interface Registered {
  room: string;
  nick: string;
  level: Level;
  quiet?: (Quiet & { zone: string }) | undefined;
}

/** How many messages of a room are unread, and up to which event they are counted. */
export interface Unread {
  epoch: string;
  seq: number;
  count: number;
}

export const storeNames = ["seats", "outbox", "copies", "pushes", "unread", "windows", "page"] as const;
export type StoreName = (typeof storeNames)[number];

/** What each store has. Seats, copies, pushes and unread are by room, the outbox by room and id: `roomKey:id`. */
export interface Records {
  seats: Place;
  outbox: Unsent;
  copies: Copy;
  pushes: Registered;
  unread: Unread;
  /** The code of the room that a window shows, by the window's ID; "" for none. */
  windows: string;
  /** What the worker has to know of the page: its `language`, and the server's `pushKey` with which the browser is subscribed. */
  page: string;
}

/** A room's part of a key. Codes that are one room for the server are one here, too. */
export function roomKey(code: string): string {
  return encodeURIComponent(keyOf(code));
}

/** The name of the database, and the beginning of the names of locks. Another server below the same origin has another path. */
export const nameFor = (base: URL): string => `snug ${base.pathname}`;

/** The lock that pages in a room share. The worker sends the room's outbox only while it has the lock alone. */
export const outboxLock = (base: URL, code: string): string => `${nameFor(base)} outbox ${roomKey(code)}`;
