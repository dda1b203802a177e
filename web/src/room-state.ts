// What the page knows about the room that it shows.
import { signal, type Signal } from "@preact/signals";
import type { FileInfo, Knock, Limits, LogEvent, Member, Pending, Settings, State } from "../client.ts";
import { Fold, type Message } from "./fold.ts";
import { Hues } from "./hues.ts";
import type { Presence } from "./presence.ts";

/** What the composer is used for, other than a new message. */
export type Composing =
  | { is: "reply"; message: Message }
  /** `text` is what the user had made of the content before a reload. */
  | { is: "edit"; message: Message; text?: string };

/** A search. Its parts change together. */
export interface Search {
  q: string;
  /** What was found so far, newest first. */
  found: readonly LogEvent[];
  /** Where an older result may be: before this seq. */
  next?: number | undefined;
  /** Whether an answer is awaited. */
  busy: boolean;
  /** Whether the server has answered. */
  answered: boolean;
  /** The server is still indexing the room. */
  incomplete: boolean;
  error?: string | undefined;
}

export const noSearch: Search = { q: "", found: [], busy: false, answered: false, incomplete: false };

interface Values {
  code: string;
  state: State;
  /** Whether the room was joined since the user opened it. */
  entered: boolean;
  /** The copy of the room, which is shown until the server's log is there in its place. */
  copied: Fold | undefined;
  /** Whether the room couldn't be joined so far, as the server can't be reached or doesn't answer. */
  away: boolean;
  you: Member | undefined;
  /** How many times the user was asked for the room's password. */
  passwordPrompts: number;
  /** The nick that the user asked for and another member has, until the notice is closed. */
  takenNick: string | undefined;
  settings: Settings | undefined;
  /** Whether the user waits before the room, until somebody lets them in; and still if they have waited in vain. */
  knocking: boolean;
  /** Who else waits there. */
  knocks: readonly Knock[];
  /** The seqs of the pinned messages, in the order in which they were pinned. */
  pins: readonly number[];
  limits: Limits | undefined;

  /** Goes up with each change of the fold, which is changed in place. */
  version: number;
  /** Whether the log has older messages. */
  more: boolean;
  loading: boolean;
  gaps: readonly { first: number; last: number }[];
  /** Who has written messages that aren't loaded and that others have replied to, by seq. */
  authors: ReadonlyMap<number, string>;
  pending: readonly Pending[];
  /** The id of the message that the user sent last. */
  sent: string | undefined;

  /** Who is here; empty in a crowd. */
  members: readonly Member[];
  count: number;
  /** How many read along without being here. */
  readers: number;
  presence: readonly Presence[];
  /** Until when each member is shown as typing, in ms since 1970. */
  typing: ReadonlyMap<string, number>;

  /** The seq of the last event that the user has seen. */
  seen: number;
  /** The "new messages" line is above the first message after this seq; undefined for no line. */
  unreadAfter: number | undefined;
  /** Whether the newest messages are in view. */
  atEnd: boolean;
  composing: Composing | undefined;
  /** What the user wrote into a message that can't be edited any more, until the composer has it as the text of a new one. */
  salvaged: string | undefined;
  /** An image that is shown large. */
  image: FileInfo | undefined;
  /** The messages that are shown whole, though they are long: by seq, or by id if they aren't in the log yet. */
  expanded: ReadonlySet<number | string>;
  /** The seqs of messages that a command of the user is about to change. */
  changing: ReadonlySet<number>;
  /** Why the user's last action failed, until the notice is closed. */
  error: string | undefined;
  /** An older part of the log, which is shown in place of the newest; undefined while the newest is. */
  excerpt: { fold: Fold; /** Whether there are older messages. */ more: boolean } | undefined;
  /** What the user searches for, and what was found. */
  search: Search;
  /**
   * A message to scroll to. A new object is a new request. With `around`, the part of the log around it is read
   * first. With `line`, it is the "new messages" line above it.
   */
  goTo: { seq: number; around?: true; line?: true } | undefined;
  /** The newest message of somebody else that came while the user was here. */
  arrived: Message | undefined;
  /** The messages of others that came while the connection was lost, in order, once it is back. A new list is a new alert. */
  missed: readonly Message[];
  /** The server's key for pushes; undefined if it sends none. */
  pushKey: string | undefined;
  /** What a screen reader is to say: what happened since the user came in. */
  announced: readonly { key: number; text: string }[];
}

const initial = (): Values => ({
  code: "",
  state: { is: "connecting" },
  entered: false,
  copied: undefined,
  away: false,
  you: undefined,
  passwordPrompts: 0,
  takenNick: undefined,
  settings: undefined,
  knocking: false,
  knocks: [],
  pins: [],
  limits: undefined,
  version: 0,
  more: false,
  loading: false,
  gaps: [],
  authors: new Map(),
  pending: [],
  sent: undefined,
  members: [],
  count: 0,
  readers: 0,
  presence: [],
  typing: new Map(),
  seen: 0,
  unreadAfter: undefined,
  atEnd: true,
  composing: undefined,
  salvaged: undefined,
  image: undefined,
  expanded: new Set(),
  changing: new Set(),
  error: undefined,
  excerpt: undefined,
  search: noSearch,
  goTo: undefined,
  arrived: undefined,
  missed: [],
  pushKey: undefined,
  announced: [],
});

/** Which values belong to the log, and are reset where the log begins anew. */
const ofLog = [
  "more",
  "loading",
  "gaps",
  "authors",
  "presence",
  "typing",
  "unreadAfter",
  "excerpt",
  "search",
  "goTo",
] as const;

type Signals = { readonly [K in keyof Values]: Signal<Values[K]> };

/** A signal for each value, and the log as far as it was read. */
export type RoomState = Signals & {
  fold: Fold;
  hues: Hues;
  /** The log's epoch. */
  epoch: string;
  /** Makes it the state of a room of which nothing is known. */
  reset(): void;
  /** Forgets what came of trying to enter, for another try. */
  resetEntry(): void;
  /** Forgets the log. */
  resetLog(): void;
};

export function newRoomState(): RoomState {
  const signals = Object.fromEntries(
    Object.entries(initial()).map(([name, value]) => [name, signal(value)]),
  ) as unknown as Signals;
  const set = (names: readonly (keyof Values)[]) => {
    const values = initial();
    for (const name of names) (signals[name] as Signal<unknown>).value = values[name];
  };
  return {
    ...signals,
    fold: new Fold(),
    hues: new Hues(),
    epoch: "",
    reset() {
      this.resetLog();
      this.hues = new Hues();
      this.epoch = "";
      set(Object.keys(signals).filter((name) => name !== "version") as (keyof Values)[]);
    },
    resetEntry() {
      set(["state", "passwordPrompts", "knocking", "knocks", "error"]);
    },
    resetLog() {
      this.fold = new Fold();
      set(ofLog);
      signals.version.value++;
    },
  };
}
