// Folds a room's log to the messages that it shows: docs/protocol.md, "Showing the room: fold".
import type { FileInfo, LogEvent, Member } from "../client/protocol.ts";
import { emojiKey } from "./emoji.ts";

/** A message with its edits and reactions. A change makes a new object. */
export interface Message {
  readonly seq: number;
  /** The command's id, by which the user's own messages are known before they are in the log. */
  readonly id: string;
  /** When it was sent; of an imported message, in the room that it comes from. */
  readonly at: Date;
  /** The sender, as they were then. */
  readonly from: Member;
  readonly content: string;
  /** Of a hook: who its sender says it is. */
  readonly as?: string;
  readonly replyTo?: number;
  /** The members that it mentioned when it was sent. */
  readonly mentions?: readonly string[];
  readonly edited?: boolean;
  readonly files?: readonly FileInfo[];
  /** Whether it was deleted: it keeps its place and has no content. */
  readonly deleted?: boolean;
  /** The members who reacted, by emojiKey, in the order in which they did. No list is empty. */
  readonly reactions?: ReadonlyMap<string, readonly string[]>;
}

/** The actions of moderated events that the page shows. */
const actions: ReadonlySet<string> = new Set(
  "claim kick ban unban role set hook unhook invite uninvite admit pin unpin expiring close".split(" "),
);

/** The part of a log that was read, folded. It may begin anywhere in the log. */
export class Fold {
  /** Ascending by seq. */
  messages: Message[] = [];
  /** Events of type moderated, ascending by seq. */
  moderations: LogEvent[] = [];
  /** The first and last seq that were read; last is 0 before there was any. */
  first = 0;
  last = 0;
  // Events about messages that aren't loaded yet, by seq.
  #early = new Map<number, LogEvent[]>();

  /** Applies the next event. An older one changes nothing. */
  apply(e: LogEvent): void {
    if (e.seq <= this.last) return;
    if (this.last === 0) this.first = e.seq;
    this.last = e.seq;
    if (e.type === "message") this.messages.push(newMessage(e));
    else if (e.type === "moderated") this.#addModeration(e);
    else this.#change(e);
  }

  /** Skips events that the server no longer has, up to seq. */
  skip(seq: number): void {
    if (seq <= this.last) return;
    if (this.last === 0) this.first = seq + 1;
    this.last = seq;
  }

  /** Adds a page of history that ends just before the first event. */
  prepend(events: LogEvent[]): void {
    const page = new Fold();
    for (const e of events) if (this.last === 0 || e.seq < this.first) page.apply(e);
    if (page.last > 0) this.join(page);
  }

  /** Adds an older part of the log, which ends just before the first event. */
  join(older: Fold): void {
    const before = this.#early;
    this.#early = older.#early;
    this.messages = older.messages.concat(this.messages);
    this.moderations = older.moderations.concat(this.moderations);
    if (this.last === 0) this.last = older.last;
    this.first = older.first;
    for (const later of before.values()) for (const e of later) this.#change(e);
  }

  /** Changes a message by a later event, which isn't a part of what was read. */
  amend(e: LogEvent): void {
    if (e.target !== undefined && e.target >= this.first) this.#change(e);
  }

  /** Changes the messages by what a later part of the log says about them. */
  amendBy(later: Fold): void {
    for (const events of later.#early.values()) for (const e of events) this.amend(e);
  }

  /** Forgets all messages but the newest `keep`. A page of history brings them back. */
  trim(keep: number): void {
    if (this.messages.length <= keep) return;
    this.messages = this.messages.slice(-keep);
    this.first = this.messages[0]!.seq;
    this.moderations = this.moderations.filter((e) => e.seq >= this.first);
  }

  /** Forgets everything before first, which the server no longer has. */
  prune(first: number): void {
    this.messages = this.messages.slice(this.index(first));
    this.moderations = this.moderations.filter((e) => e.seq >= first);
    this.first = Math.max(this.first, first);
  }

  find(seq: number): Message | undefined {
    const i = this.index(seq);
    return this.messages[i]?.seq === seq ? this.messages[i] : undefined;
  }

  /** The messages of others than a member after a seq. */
  newsAfter(seq: number, member: string | undefined): Message[] {
    return this.messages.slice(this.index(seq + 1)).filter((m) => !m.deleted && m.from.member !== member);
  }

  /** Where the message seq is, or would be. */
  index(seq: number): number {
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.messages[middle]!.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #addModeration(e: LogEvent): void {
    if (e.action !== undefined && actions.has(e.action)) this.moderations.push(e);
  }

  #change(e: LogEvent): void {
    if (e.target === undefined) return;
    const i = this.index(e.target);
    const old = this.messages[i];
    if (old?.seq !== e.target) {
      if (e.target < this.first) this.#early.set(e.target, [...(this.#early.get(e.target) ?? []), e]);
      return;
    }
    if (!old.deleted) this.messages[i] = changed(old, e);
  }
}

function newMessage(e: LogEvent): Message {
  return {
    seq: e.seq,
    id: e.id,
    at: new Date(e.sent_at ?? e.at),
    from: e.from,
    content: e.deleted ? "" : (e.content ?? ""),
    ...(e.as ? { as: e.as } : {}),
    ...(e.files ? { files: e.files } : {}),
    ...(e.mentions ? { mentions: e.mentions } : {}),
    ...(e.reply_to ? { replyTo: e.reply_to } : {}),
    ...(e.edited ? { edited: true } : {}),
    ...(e.deleted ? { deleted: true } : {}),
  };
}

function changed(m: Message, e: LogEvent): Message {
  switch (e.type) {
    case "edited":
      return { ...m, content: e.content ?? "", edited: true };
    case "deleted":
      return { seq: m.seq, id: m.id, at: m.at, from: m.from, content: "", deleted: true };
    case "reacted":
      return e.emoji ? { ...m, reactions: reacted(m, emojiKey(e.emoji), e.from.member, e.remove === true) } : m;
  }
  return m;
}

function reacted(m: Message, emoji: string, member: string, remove: boolean): ReadonlyMap<string, readonly string[]> {
  const all = new Map(m.reactions);
  const others = (all.get(emoji) ?? []).filter((other) => other !== member);
  const members = remove ? others : all.get(emoji)?.includes(member) ? all.get(emoji)! : [...others, member];
  if (members.length === 0) all.delete(emoji);
  else all.set(emoji, members);
  return all;
}
