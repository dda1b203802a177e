// The page's state: one store of signals. Components read it; sessions and actions
// change it.
import { computed, signal, type ReadonlySignal } from "@preact/signals";
import type { Member } from "../client.ts";
import type { Fold, Message } from "./fold.ts";
import { newRoomState } from "./room-state.ts";
import { rowsOf, type Row, type RowSources } from "./rows.ts";
import { storage, type Settings } from "./storage.ts";

/** A panel that covers the page. One is open at a time. */
export type Panel = "members" | "share" | "settings" | "room" | "rooms" | "pins" | "search" | "image" | "confirm";

/** A menu that is open, and the element that opened it. It gets the focus back. */
export type Menu = { at: HTMLElement } & (
  | { is: "message"; message: Message }
  | { is: "react"; message: Message }
  | { is: "member"; member: Member }
  /** The emoji for the composer, whose field is `at`. */
  | { is: "emoji" }
  /** What the composer's + button offers. */
  | { is: "attach"; choose: (camera: boolean) => void }
);

/** An action that the user has to confirm. */
export type Confirmation =
  | { is: "delete"; message: Message }
  | { is: "kick" | "ban"; member: Member; reason?: string }
  /** Forget this room, or everything in this browser; or close the room for everyone. */
  | { is: "forget" }
  | { is: "signOut" }
  | { is: "close" }
  /** Have messages removed that are older than this, some of which there are. */
  | { is: "keep"; seconds: number }
  | { is: "role"; member: Member; role: string };

export const store = {
  nick: signal(storage.nick),
  settings: signal<Settings>(storage.settings),
  /** What the page around the frame has set in place of the user. It is stored nowhere. */
  fixed: signal<Partial<Pick<Settings, "theme" | "language">>>({}),
  visits: signal(storage.visits),
  panel: signal<Panel | undefined>(undefined),
  menu: signal<Menu | undefined>(undefined),
  confirming: signal<Confirmation | undefined>(undefined),
  /** Whether the user looks at the page: it is visible and has the focus. */
  looking: signal(true),
  /** The build of the page that the server has, as far as it is known. */
  serverBuild: signal<string | undefined>(undefined),
  /** The room that is shown. */
  room: newRoomState(),
};

/** The part of the log that is shown. */
export const shownFold = (): Fold => store.room.excerpt.value?.fold ?? store.room.copied.value ?? store.room.fold;

/** A message as it is now, after what has become of it since. */
export const current = (message: Message): Message => shownFold().find(message.seq) ?? message;

/** The rows of the message list. A row that has not changed is the same object as before. */
export const rows = computeRows();

function computeRows(): ReadonlySignal<Row[]> {
  let last: { sources: RowSources; rows: Row[] } | undefined;
  return computed(() => {
    const { room } = store;
    room.version.value; // the fold is changed in place, and so copied below
    const excerpt = room.excerpt.value?.fold;
    const sources = {
      messages: [...shownFold().messages],
      moderations: [...shownFold().moderations],
      pending: excerpt ? [] : room.pending.value,
      presence: excerpt ? [] : room.presence.value,
      gaps: excerpt ? [] : room.gaps.value,
      unreadAfter: excerpt ? undefined : room.unreadAfter.value,
      you: room.you.value?.member,
    };
    last = { sources, rows: rowsOf(sources, last) };
    return last.rows;
  });
}

/** Whether something bars the user from the room: a panel in the composer's place says what, and what they can do. */
export const barred = computed(() => {
  const { room } = store;
  const now = room.state.value;
  const why = "why" in now ? now.why : undefined;
  if (room.knocking.value || room.passwordPrompts.value > 0 || now.is === "ended") return why?.code !== "left";
  // What a server can't do for a moment stops nobody who is inside from writing.
  return (
    now.is !== "refused" &&
    !!why &&
    (!(room.entered.value || room.copied.value) || /^(room-full|too-many)$/.test(why.code))
  );
});

/** What the room is called: its name, or its code. */
export const roomTitle = computed(() => store.room.settings.value?.name || store.room.code.value);

/** How many messages of others the user has not seen. */
export const unread = computed(() => {
  const { room } = store;
  room.version.value;
  return room.fold.newsAfter(room.seen.value, room.you.value?.member).length;
});

/** When slow mode lets the user's next message go, in ms since 1970; 0 for now. */
export const nextTurn = computed(() => {
  const { room } = store;
  room.version.value;
  const slow = room.settings.value?.slow_ms ?? 0;
  const you = room.you.value;
  if (slow === 0 || !you || you.role === "owner" || you.role === "moderator") return 0;
  const last = room.fold.messages.slice(-500).findLast((m) => m.from.member === you.member);
  return last ? Math.min(last.at.getTime(), Date.now()) + slow : 0; // this clock may be behind the server's
});

/** The nicks that a mention may name: those of the roster, and the user's own, which a crowd's roster lacks. */
export const nicks = computed(() => {
  const { members, you } = store.room;
  const all = new Set(members.value.map((m) => m.nick));
  if (you.value) all.add(you.value.nick);
  return all;
});
