// The page's state: one store of signals. Components read it; session.ts and the
// other verbs change it.
import { computed, signal } from "@preact/signals";
import type { Limits, Member, Pending, Settings as RoomSettings, State } from "../client.ts";
import { Fold, type Message } from "./fold.ts";
import { kept, type Settings } from "./keep.ts";
import type { Presence } from "./presence.ts";
import { keepSame, rowsOf, type Row } from "./rows.ts";

/** Which of the panels that cover others is open. */
export type Panel = "members" | "share" | "settings" | "room" | "ask";

/** A menu that is open, and what it was opened from. */
export type Menu = { at: HTMLElement } & ({ is: "message"; message: Message } | { is: "react"; message: Message } | { is: "member"; member: Member });

/** What one is asked about before it is done. */
export type Ask = { is: "erase"; message: Message } | { is: "kick" | "ban"; member: Member } | { is: "role"; member: Member; role: string };

export const store = {
  nick: signal(kept.nick),
  settings: signal<Settings>(kept.settings),
  visits: signal(kept.visits),
  panel: signal<Panel | undefined>(undefined),
  menu: signal<Menu | undefined>(undefined),
  ask: signal<Ask | undefined>(undefined),
  /** Whether someone looks at the page. */
  looking: signal(isLooked()),

  /** The room that one is in. */
  room: {
    code: signal(""),
    state: signal<State>({ is: "connecting" }),
    /** Whether one has been in the room since the page was opened. */
    entered: signal(false),
    you: signal<Member | undefined>(undefined),
    /** How often one was asked for the room's password. */
    asked: signal(0),
    /** The nick that one asked for and another has; until that is read. */
    taken: signal<string | undefined>(undefined),
    settings: signal<RoomSettings | undefined>(undefined),
    limits: signal<Limits | undefined>(undefined),

    /** The log, as far as it is read. `read` goes up with each change of it. */
    fold: new Fold(),
    read: signal(0),
    epoch: "",
    /** Whether the log has older messages. */
    more: signal(false),
    loading: signal(false),
    gaps: signal<readonly { first: number; last: number }[]>([]),
    pending: signal<readonly Pending[]>([]),

    members: signal<readonly Member[]>([]),
    count: signal(0),
    presence: signal<readonly Presence[]>([]),
    /** Until when each member types, in ms. */
    typing: signal<ReadonlyMap<string, number>>(new Map()),

    /** The last message that was seen. */
    seen: signal(0),
    /** The "new messages" line is above the first message after this; undefined for no line. */
    line: signal<number | undefined>(undefined),
    /** Whether the newest messages are in view. */
    atEnd: signal(true),
    replyTo: signal<Message | undefined>(undefined),
    editing: signal<Message | undefined>(undefined),
    /** Messages of which a change is on its way. */
    changing: signal<ReadonlySet<number>>(new Set()),
    /** What went wrong with the last thing that one did, until it is read. */
    trouble: signal<string | undefined>(undefined),
    /** A message to go to, and a number that makes asking for it twice two requests. */
    goTo: signal<{ seq: number; again: number } | undefined>(undefined),
    /** What a screen reader is to say: new messages, and nothing that was there before. */
    spoken: signal<readonly { key: number; text: string }[]>([]),
  },
};

function isLooked(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

for (const event of ["visibilitychange", "focus", "blur"]) {
  addEventListener(event, () => (store.looking.value = isLooked()), true);
}

let lastRows = new Map<string, Row>();

export const rows = computed<Row[]>(() => {
  const { room } = store;
  room.read.value; // the fold is changed in place
  const now = rowsOf({
    messages: room.fold.messages,
    notes: room.fold.notes,
    pending: room.pending.value,
    presence: room.presence.value,
    gaps: room.gaps.value,
    line: room.line.value,
    you: room.you.value?.member,
  });
  const kept = keepSame(now, lastRows);
  lastRows = new Map(kept.map((row) => [row.key, row]));
  return kept;
});

/** How many messages of others weren't seen. */
export const unread = computed(() => {
  const { room } = store;
  room.read.value;
  const you = room.you.value?.member;
  let count = 0;
  for (let i = room.fold.index(room.seen.value + 1); i < room.fold.messages.length; i++) {
    if (room.fold.messages[i]!.from.member !== you) count++;
  }
  return count;
});

/** When one's next message may go where the room is in slow mode, in ms; 0 for now. */
export const turn = computed(() => {
  const { room } = store;
  room.read.value;
  const slow = room.settings.value?.slow_ms ?? 0;
  const you = room.you.value;
  if (slow === 0 || !you || you.role === "owner" || you.role === "moderator") return 0;
  const last = room.fold.messages.slice(-500).findLast((m) => m.from.member === you.member);
  return last ? Math.min(last.at.getTime(), Date.now()) + slow : 0; // this clock may be behind the server's
});

/** The nicks that an @ may name, in lower case, by how they are written. */
export const nicks = computed(() => new Set(store.room.members.value.map((m) => m.nick)));
