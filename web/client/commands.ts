// docs/protocol.md as TypeScript types: what a v1 client sends.
import type { HookInfo, Position } from "./protocol.ts";

/** A command other than `send` that becomes an event of the log, without its id. */
export type Operation =
  | { type: "edit"; seq: number; content: string }
  | { type: "delete"; seq: number }
  | { type: "react"; seq: number; emoji: string; remove?: boolean }
  | { type: "kick"; member: string; reason?: string }
  /** For so many seconds, or permanently. */
  | { type: "ban"; member: string; reason?: string; seconds?: number }
  | { type: "unban"; member: string }
  | { type: "role"; member: string; role: string }
  /** Without `to` it only takes posts. */
  | { type: "hook"; name: string; to?: string; events?: HookInfo["events"]; secret?: string }
  | { type: "unhook"; member: string }
  | { type: "pin" | "unpin"; seq: number }
  /** For so many seconds, or until it is taken back; for so many newcomers, or any number. */
  | { type: "invite"; seconds?: number; uses?: number }
  | { type: "uninvite"; invite: string }
  | { type: "admit"; member: string }
  | { type: "close" }
  /** Changes the settings that it has. An empty password removes it. */
  | {
      type: "set";
      name?: string;
      topic?: string;
      locked?: boolean;
      password?: string;
      slow_ms?: number;
      reading?: string;
      keep_seconds?: number;
      expires?: string;
    };

/** A browser that is told of messages while its page isn't seen, from its push subscription. */
export interface Device {
  endpoint: string;
  /** Of which messages: all of others, those that mention the user or reply to it, or none, which forgets the device. */
  level: "all" | "mentions" | "none";
  p256dh?: string;
  auth?: string;
  /** A time of each day in which it isn't told: as "22:00", in a zone such as "Europe/Berlin". */
  quiet?: { from: string; to: string; zone: string };
}

/** What a client sends. */
export type Command =
  | {
      type: "join";
      nick: string;
      seat?: string;
      password?: string;
      token?: string;
      since?: Position;
      history?: number;
      /** The secret of an invite's URL; it needs an id. */
      invite?: string;
      id?: string;
      /** The code of a transfer. */
      transfer?: string;
    }
  | { type: "send"; id: string; content: string; reply_to?: number; files?: string[]; alts?: string[] }
  | ({ id: string } & Operation)
  | { type: "typing" }
  | { type: "nick"; ref: string; nick: string }
  | { type: "history"; ref: string; before?: number; after?: number; limit?: number; current?: boolean }
  | { type: "search"; ref: string; q: string; before?: number; limit?: number }
  | { type: "bans" | "hooks" | "invites" | "transfer"; ref: string }
  | { type: "knock"; nick: string; note?: string }
  | { type: "seen"; seq: number }
  | ({ type: "push"; ref: string } & Device)
  | { type: "visible"; visible: boolean }
  | { type: "auth"; token: string }
  | { type: "ping"; ref?: string };
