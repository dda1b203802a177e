// docs/protocol.md as TypeScript types: what a v1 client gets. What it sends is in commands.ts.

/** The WebSocket subprotocol that asks for v1. */
export const subprotocol = "snug.v1";

/** How long the server knows a repeat of a command: in its log's time, in ms… */
export const duplicateTime = 24 * 60 * 60 * 1000;
/** …and in events of its room. */
export const duplicateSeqs = 10_000;

/** A member of a room, as all members see it. */
export interface Member {
  member: string;
  nick: string;
  role: string;
  /** Has no seat, and names itself. */
  guest?: boolean;
  /** A hook: a program posts under this name, and nobody is there. */
  bot?: boolean;
}

/** A place in a room's log: after the event seq of the log epoch. */
export interface Position {
  epoch: string;
  seq: number;
}

/**
 * An event of the room's log. Of the types this version knows it is `message`,
 * `edited`, `deleted`, `reacted` or `moderated`; skip any other, but count its
 * seq.
 */
export interface LogEvent {
  type: string;
  seq: number;
  id: string;
  at: string;
  from: Member;
  content?: string;
  /** In a hook's message: who its sender says it is. Nobody has checked it. */
  as?: string;
  reply_to?: number;
  /** Of a message; its content may be empty then. */
  files?: FileInfo[];
  /** Of a message: the members that it mentions, as the server has found them. Edits don't change them. */
  mentions?: string[];
  /** Of a message as it is now, in a search or a page that is `current`: the content is that of an edit. */
  edited?: true;
  /** In an imported message: when it was sent, to be shown in place of `at`. */
  sent_at?: string;
  deleted?: boolean;
  target?: number;
  emoji?: string;
  remove?: boolean;
  /**
   * What was done: `claim`, `kick`, `ban`, `unban`, `role`, `revoke`, `set`, `hook`, `unhook`, `invite`, `uninvite`, `admit`,
   * `pin`, `unpin`, `expiring` or `close`; skip any other.
   */
  action?: string;
  member?: string;
  nick?: string;
  role?: string;
  reason?: string;
  until?: string;
  /** The settings that have changed. */
  settings?: Partial<Settings>;
}

/** A file of a message. Its bytes are at r/CODE/files/ID/NAME, below the server's own address. */
export interface FileInfo {
  /** With it, anyone can read the file. */
  id: string;
  name: string;
  /** A media type, found out from the bytes. */
  type: string;
  /** In bytes. */
  size: number;
  /** Of an image, as it is shown, in pixels; absent if unknown. */
  width?: number;
  height?: number;
  /** What it shows, for those who can't see it: its sender's words. */
  alt?: string;
}

/** A ban. */
export interface Ban {
  member: string;
  /** The member's nick then, if it is known. */
  nick?: string;
  by: Member;
  reason?: string;
  /** Absent if the ban is permanent. */
  until?: string;
}

/** A hook: a program posts in the room at its URL, which is a secret. */
export interface HookInfo {
  /** Its own. */
  member: string;
  name: string;
  by: Member;
  /** Only for owners and the member who made it. */
  url?: string;
  /** When it last sent a message. */
  used?: string;
  /** Where an outgoing hook delivers the room's events, which ones, and what it signs with. */
  to?: string;
  events?: "all" | "mentions" | string[];
  signing_secret?: string;
  /** Since when the receiver of an outgoing hook has accepted nothing. */
  failing?: string;
  /** It failed for so long that nothing is delivered any more. */
  paused?: boolean;
}

export interface Limits {
  content_chars: number;
  frame_bytes: number;
  event_bytes: number;
  /** Messages a second; 0 for no limit. */
  message_rate: number;
  /** When to send a command again that isn't settled, in ms. */
  retry_ms: number;
  /** Of a file; absent if the server takes none. */
  file_bytes?: number;
  /** Characters in a search; absent if the server has none. */
  query_chars?: number;
}

export interface Settings {
  /** The room's title; absent or empty if it has none. */
  name?: string;
  topic: string;
  locked: boolean;
  password: boolean;
  slow_ms: number;
  /** Who may read without joining: "members", or anyone if it is absent or empty. */
  reading?: string;
  /** Messages are removed when they are older; absent or 0 for never. */
  keep_seconds?: number;
  /** When the room closes by itself; absent or empty for never. */
  expires?: string;
}

export interface Welcome {
  type: "welcome";
  room: string;
  epoch: string;
  first: number;
  head: number;
  resumed: boolean;
  you: Member & { seat: string };
  members: Member[];
  count: number;
  /** How many read the room without having joined it; absent for none. */
  readers?: number;
  settings: Settings;
  /** The seqs of the pinned messages, in the order in which they were pinned; absent for none. */
  pins?: number[];
  /** The newest event that the user has seen, on any device; absent if unknown. */
  seen?: number;
  limits: Limits;
  /** What push subscriptions are made for; absent without push. */
  push_key?: string;
  /** Which build of the page the server has; absent without one. */
  build?: string;
}

/** A page of log events, ascending and contiguous. */
export interface History {
  type: "history";
  ref: string;
  events: LogEvent[];
  /** Whether there are more events in that direction. */
  more: boolean;
}

/** Messages that match a search, newest first, each with its content as it is now. */
export interface Search {
  type: "search";
  ref: string;
  events: LogEvent[];
  /** Whether there may be further ones: search again with `next` as `before`. It may be so without any events. */
  more: boolean;
  next?: number;
  /** The server is still indexing the room, and may not have found everything. */
  incomplete?: true;
}

export interface Bans {
  type: "bans";
  ref: string;
  bans: Ban[];
}

export interface Hooks {
  type: "hooks";
  ref: string;
  hooks: HookInfo[];
}

/** The user has made a hook. `hooks` tells the same, also later. */
export interface Hook {
  type: "hook";
  ref?: string;
  id: string;
  member: string;
  name: string;
  url: string;
  signing_secret?: string;
}

/** An invite: newcomers come in by its URL, which is a secret, also when the room is locked or has a password. */
export interface InviteInfo {
  /** Which one it is; no secret. */
  invite: string;
  by: Member;
  /** Only for owners and the member who made it. */
  url?: string;
  /** When it ends; absent if it doesn't. */
  until?: string;
  /** How many may still come in by it; absent for any number. */
  uses?: number;
}

export interface Invites {
  type: "invites";
  ref: string;
  invites: InviteInfo[];
}

/** The user has made an invite. `invites` tells the same, also later. */
export interface Invite {
  type: "invite";
  ref?: string;
  id: string;
  invite: string;
  url: string;
  until?: string;
  uses?: number;
}

/** Somebody waits before the locked room, or no longer does. For owners and moderators, and for the one who waits. */
export interface Knock {
  type: "knock";
  member: string;
  nick?: string;
  note?: string;
  gone?: boolean;
}

/** How far the user has read on another connection. */
export interface Seen {
  type: "seen";
  seq: number;
}

/** Whoever joins with the code is this member. A secret that works once. */
export interface Transfer {
  type: "transfer";
  ref: string;
  code: string;
  url: string;
  until: string;
}

/** A device is told of messages from now on, or no longer. */
export interface Push {
  type: "push";
  ref: string;
  level: string;
}

/** Events before first are no longer kept. */
export interface Pruned {
  type: "pruned";
  first: number;
}

/** Answers an auth: how long the token is good for. */
export interface Auth {
  type: "auth";
  ref?: string;
  token_ms?: number;
}

/** A new seat: in place of those that this client has revoked, or after somebody has admitted it. A secret. */
export interface Seat {
  type: "seat";
  seat: string;
}

/** A command was refused. Only its sender is told. */
export interface Refusal {
  type: "error";
  code: string;
  /** One sentence: what is wrong and what would be right. */
  message: string;
  id?: string;
  ref?: string;
  retry_after_ms?: number;
  /** With `banned`: the reason that a moderator gave. */
  reason?: string;
  /** With `banned`: when the ban ends; absent if it is permanent. */
  until?: string;
  /** With `banned`: the ban is of another member with the same address. */
  address?: boolean;
}

export type Joined = { type: "joined"; count: number } & Member;
export type Left = { type: "left"; count: number } & Member;
export interface Renamed {
  type: "renamed";
  member: string;
  nick: string;
}
export interface Typing {
  type: "typing";
  member: string;
}
export interface Crowd {
  type: "crowd";
  count: number;
}
export interface Readers {
  type: "readers";
  count: number;
}
export interface Members {
  type: "members";
  members: Member[];
  count: number;
  readers?: number;
}
export interface Gap {
  type: "gap";
  first: number;
  last: number;
}
export interface Ack {
  type: "ack";
  id: string;
  seq: number;
  duplicate: true;
}
export interface Pong {
  type: "pong";
  ref?: string;
}
export interface Goodbye {
  type: "goodbye";
  code: string;
  reconnect_after_ms?: number;
}

/** An event that is not in the log. */
export type OtherEvent =
  | Welcome
  | Joined
  | Left
  | Renamed
  | Typing
  | Crowd
  | Readers
  | Members
  | History
  | Search
  | Bans
  | Hooks
  | Hook
  | Invites
  | Invite
  | Knock
  | Seen
  | Transfer
  | Push
  | Pruned
  | Auth
  | Seat
  | Ack
  | Refusal
  | Gap
  | Pong
  | Goodbye;
