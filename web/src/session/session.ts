// A stay in a room. It passes on what the client reports to the parts of the state
// that it is about, and what the user does to the client.
import { batch } from "@preact/signals";
import { Client, type ClientEvent, type FileInfo, type LogEvent, type Welcome } from "../../client.ts";
import { attachIn } from "../attached.ts";
import { nickErrorText } from "../errors.ts";
import type { Message } from "../fold.ts";
import { closeMenu } from "../menu.ts";
import { roomKey } from "../records.ts";
import { base, roomLink } from "../route.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";
import { t } from "../texts.ts";
import { announceMessage, announceModeration } from "./announce.ts";
import { syncLater } from "./background-sync.ts";
import { Composition } from "./composition.ts";
import { Copying } from "./copying.ts";
import { forgetMessages } from "./forget-messages.ts";
import { Log } from "./log.ts";
import { Requests, textOf } from "./requests.ts";
import { StoredOutbox } from "./stored-outbox.ts";
import { applyKnock, applyModeration, applyPresence, applyWelcome } from "./roster.ts";
import { expireTyping, TypingSender } from "./typing.ts";
import { Unread } from "./unread.ts";

/** How many messages a session begins with. */
const historyAtFirst = 60;

const { room } = store;

export class Session {
  readonly #code: string;
  readonly #client: Client;
  readonly #outbox: StoredOutbox;
  readonly #typing: TypingSender;
  readonly #unread: Unread;
  readonly #composition: Composition;
  readonly #copying: Copying;
  readonly log: Log;
  readonly requests: Requests;
  #nick: string; // that was asked for
  #unsent = false; // whether messages wait to be sent
  #missedAfter: number | undefined; // the last event before those that the user has missed, until they are replayed
  #landing = false; // whether the list is about to show the server's log, at the first unread message

  /** Connects at once. With a note it knocks before it joins. */
  constructor(code: string, nick: string, token: string | undefined, note?: string) {
    this.#code = code;
    this.#nick = nick;
    this.#outbox = new StoredOutbox(code, {
      adopt: (messages) => this.#client.adopt(messages),
      show: (messages) => (room.pending.value = messages),
    });
    this.#unread = new Unread(code, (seq) => this.#client.seen(seq));
    this.#copying = new Copying(code);
    room.code.value = code;
    const { seat, member } = storage.place(code) ?? {};
    const url = new URL("ws", base);
    url.protocol = url.protocol.replace("http", "ws");
    this.#client = new Client({
      url: url.href,
      room: code,
      nick,
      history: historyAtFirst,
      transport: storage.transport,
      ...(token ? { token } : {}),
      ...(seat && member ? { seat, member } : {}),
      ...storage.pass(code),
      ...(note === undefined ? {} : { knock: note ? { note } : {} }),
      listener: (e) => batch(() => this.#handle(e)),
    });
    this.log = new Log(this.#client);
    this.requests = new Requests(this.#client);
    this.#typing = new TypingSender(this.#client);
    this.#composition = new Composition(code, this.log);
    document.addEventListener("visibilitychange", this.#sayVisible);
  }

  /** Has others send what isn't sent, and writes what isn't written: the page may be gone soon. */
  pause(): void {
    this.#syncLater();
    this.#copying.write();
  }

  /** Says whether the user sees the page: then the server needn't notify them of messages. */
  readonly #sayVisible = (): void => this.#client.visible(document.visibilityState === "visible");

  /** Leaves the room, and forgets what is shown of it; unless `stays`, as another session follows. */
  close(stays = false): void {
    document.removeEventListener("visibilitychange", this.#sayVisible);
    this.pause();
    this.#copying.end();
    this.#unread.close();
    this.#client.close();
    this.#outbox.close();
    this.log.close();
    this.#composition.close();
    batch(() => {
      if (stays) room.resetEntry();
      else room.reset();
      store.menu.value = undefined;
      store.confirming.value = undefined;
    });
  }

  #syncLater(): void {
    if (this.#unsent) syncLater(this.#code);
  }

  /** Adopts what other tabs leave in a room, if it is this one. */
  adopt(room: string): void {
    if (roomKey(room) === roomKey(this.#code)) this.#outbox.adopt();
  }

  get ended(): boolean {
    return this.#client.state.is === "ended";
  }
  get nick(): string {
    return this.#nick;
  }

  #handle(e: ClientEvent): void {
    switch (e.is) {
      case "state":
        room.state.value = e.state;
        if (e.state.is === "waiting") {
          this.#syncLater();
          this.#copying.away();
        }
        if (e.state.is === "ended") this.#handleEnded(e.state.why.code);
        if (e.state.is === "refused" && e.state.why.code === "not-found") return this.#dropTransfer();
        if (e.state.is === "refused" && e.state.why.code === "bad-password") {
          room.knocking.value = false; // the room isn't locked any more
          room.passwordPrompts.value++;
        }
        return;
      case "welcome":
        return this.#handleWelcome(e.welcome, e.resumed);
      case "log":
        return this.#handleLog(e.event, e.live);
      case "gap":
        this.log.skip(e.gap);
        this.#handleReplayed();
        return this.#copying.skip(e.gap.last);
      case "seat":
        return this.#setPlace(e.seat);
      case "outbox":
        this.#unsent = e.pending.some((m) => !m.failed);
        this.#outbox.store(e.pending);
        return void (room.state.value.is === "waiting" && this.#syncLater());
      case "presence":
        applyPresence(e.event);
        if (e.event.type === "renamed" && e.event.member === room.you.value?.member) this.#setPlace();
        return;
      case "pruned":
        return this.#prune(e.first);
      case "knock":
        if (room.state.value.is !== "open") room.knocking.value = true;
        else applyKnock(e.knock);
        return;
      case "seen":
        return this.#unread.seenElsewhere(e.seq);
    }
  }

  /** Stores who the user is here. */
  #setPlace(seat = storage.place(this.#code)?.seat): void {
    const you = room.you.value;
    if (you && seat) storage.setPlace(this.#code, { seat, member: you.member, nick: you.nick });
  }

  #handleWelcome(w: Welcome, resumed: boolean): void {
    const { seat, ...you } = w.you;
    storage.setPlace(this.#code, { seat, member: you.member, nick: you.nick });
    storage.transport = this.#client.transport;
    store.serverBuild.value = w.build;
    this.#sayVisible();
    const { name } = storage.pass(this.#code) ?? {};
    storage.setPass(this.#code, undefined);
    if (name && w.you.role === "owner" && !w.settings.name) void this.requests.perform({ type: "set", name });
    storage.visited(w.room, w.settings);
    store.visits.value = storage.visits;
    this.#copying.welcomed(resumed);
    if (resumed) this.#missedAfter = Math.max(this.#missedAfter ?? room.fold.last, w.seen ?? 0);
    else {
      this.#missedAfter = undefined;
      room.resetLog();
      if (w.epoch !== room.epoch) room.copied.value = undefined; // of another log
      room.epoch = w.epoch;
      this.#unread.begin(w);
      this.#landing = true;
      room.more.value = w.head >= w.first && w.head > 0;
      // As the server spells it: everybody shares the same link.
      if (w.room !== this.#code) history.replaceState(history.state, "", roomLink(w.room));
    }
    this.log.welcomed(w.head < w.first ? 0 : w.head);
    const suffix = /-[^-\s]+$/.exec(you.nick)?.[0]; // the server adds one to a nick that is taken
    if (!room.entered.value && suffix && you.nick !== this.#nick.normalize()) room.takenNick.value = this.#nick;
    room.entered.value = true;
    room.knocking.value = false;
    room.passwordPrompts.value = 0;
    applyWelcome(w, you);
    this.#prune(w.first);
    this.#handleReplayed();
  }

  #handleLog(e: LogEvent, live: boolean): void {
    const { last } = room.fold;
    this.log.apply(e);
    this.#handleReplayed();
    if (e.type === "deleted") forgetMessages((seq) => seq === e.target);
    if (e.type === "deleted" || e.type === "edited") this.#copying.write();
    else if (this.log.replayed) this.#copying.changed();
    if (e.type === "moderated" && live) this.#handleModeration(e);
    if (e.type === "message") this.#handleMessage(e, live, last);
  }

  #handleReplayed(): void {
    if (!this.log.replayed) return;
    if (this.#missedAfter !== undefined) this.#reportMissed(this.#missedAfter);
    this.#composition.restore();
    if (this.#landing) void this.#land();
  }

  /** Reports once what others have written after an event, while the connection was lost. */
  #reportMissed(after: number): void {
    this.#missedAfter = undefined;
    const missed = room.fold.newsAfter(Math.max(after, room.seen.peek()), room.you.peek()?.member);
    if (missed.length > 0) this.#knowing(missed, () => (room.missed.value = missed));
  }

  /** Goes on once it is known whose messages some reply to: at once, unless these aren't loaded. */
  #knowing(messages: readonly Message[], then: () => void): void {
    const seqs = this.log.answered(messages);
    if (seqs.length === 0) return then();
    const { fold } = room;
    void this.log.readAuthors(seqs).then(() => {
      if (room.fold === fold) then();
    });
  }

  /**
   * Shows the log in place of the copy, at the first message that the user hasn't seen, and counts none as seen
   * before. Where the user reads the copy, they stay.
   */
  async #land(): Promise<void> {
    const { fold } = room;
    const copied = room.copied.peek();
    const after = room.unreadAfter.peek() ?? Infinity;
    const reads = () => copied && !room.atEnd.peek();
    await this.log.reach(Math.min(after + 1, reads() ? copied!.first : Infinity));
    if (!this.#landing || room.fold !== fold) return;
    batch(() => {
      this.#landing = false;
      room.copied.value = undefined;
      room.version.value++;
      if (room.unreadAfter.peek() !== after || room.goTo.peek() || room.pending.peek().length > 0 || reads()) return;
      room.atEnd.value = false;
      room.goTo.value = { seq: after + 1, line: true };
    });
    this.#copying.write();
  }

  #handleModeration(e: LogEvent): void {
    applyModeration(e);
    if (e.settings) {
      storage.setAbout(this.#code, room.settings.value ?? {});
      store.visits.value = storage.visits;
    }
    announceModeration(e);
  }

  #handleMessage(e: LogEvent, live: boolean, last: number): void {
    expireTyping(e.from.member);
    if (e.from.member === room.you.value?.member) {
      if (e.seq > (room.unreadAfter.peek() ?? 0)) room.unreadAfter.value = undefined; // they have answered
      if (live) this.#unread.seen();
      return;
    }
    if (!live) return;
    if (store.looking.value && room.atEnd.value) {
      this.#unread.seen();
      this.log.trim();
    } else {
      this.#unread.arrived(last);
    }
    const message = room.fold.messages.at(-1)!;
    announceMessage(message);
    this.#knowing([message], () => (room.arrived.value = message));
  }

  /** Removes the copy of the room, and makes no other one. */
  readonly forgetCopy = (): void => this.#copying.forget();

  /** Ends what the user has begun and can't do any more. */
  #handleEnded(code: string): void {
    this.#copying.ended(code);
    closeMenu();
    const { confirming, panel } = store;
    if (confirming.value && confirming.value.is !== "forget" && confirming.value.is !== "signOut")
      panel.value = confirming.value = undefined;
    if (code === "closed") this.#handleClosed();
  }

  /** Nothing of a closed room stays, here or in the browser's storage. */
  #handleClosed(): void {
    store.panel.value = store.menu.value = store.confirming.value = room.composing.value = undefined;
    this.#composition.close();
    room.resetLog();
    room.pending.value = room.announced.value = room.knocks.value = [];
    attachIn(this.#code, []);
    forgetRoom(this.#code);
  }

  #prune(first: number): void {
    this.log.prune(first);
    forgetMessages((seq) => seq < first);
    this.#copying.write();
  }

  /** Notes that the user has seen the messages up to a seq; by default all. */
  seen(seq?: number): void {
    if (!this.#landing && !room.copied.peek()) this.#unread.seen(seq); // of a copy it isn't known yet what is new
  }

  /** Sends a message, as a reply if the user replies to one. It reports false if too many are waiting already. */
  send(content: string, files?: readonly FileInfo[]): boolean {
    const composing = room.composing.value;
    const message = this.#client.send(
      content,
      composing?.is === "reply" ? composing.message.seq : undefined,
      undefined,
      files,
    );
    if (!message) return false;
    room.sent.value = message.id;
    room.excerpt.value = undefined;
    this.#typing.sent();
    if (composing?.is === "reply") room.composing.value = undefined;
    room.unreadAfter.value = undefined;
    return true;
  }

  retry(id: string): void {
    this.#client.retry(id);
  }
  discard(id: string): void {
    this.#client.discard(id);
  }

  /** Tells the others that the user is typing. */
  typing(): void {
    this.#typing.typing();
  }

  /** Joins without the code of a transfer, which was wrong or is used. */
  #dropTransfer(): void {
    storage.setPass(this.#code, undefined);
    room.error.value = t().badCodeOfDevice;
    this.#client.join();
  }

  /** Tries to connect now, or to join under another nick or with the room's password. */
  connect(nick?: string, password?: string): void {
    this.#nick = nick ?? this.#nick;
    this.#client.join(nick, password);
  }

  /** Shows the server a fresh token. */
  authorize(token: string): void {
    this.#client.authorize(token);
  }

  /** Takes another nick, here and in rooms that are joined later. It resolves to an error text, or to undefined. */
  async rename(nick: string): Promise<string | undefined> {
    try {
      await this.#client.rename(nick);
    } catch (e) {
      return textOf(e, nickErrorText);
    }
    storage.nick = nick;
    store.nick.value = nick;
    room.takenNick.value = undefined;
    return undefined;
  }
}

/** Forgets everything that this browser has stored of a room. */
export function forgetRoom(code: string): void {
  storage.forgetRoom(code);
  store.visits.value = storage.visits;
}
