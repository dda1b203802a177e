// The room as it is now, and who is in it.
import type { ClientEvent, Knock, LogEvent, Member, Welcome } from "../../client.ts";
import { withChange } from "../presence.ts";
import { store } from "../store.ts";
import { expireTyping, showTyping } from "./typing.ts";

const { room } = store;

/** Applies what a welcome says of the room, and of who is in it. */
export function applyWelcome(w: Welcome, you: Member): void {
  room.you.value = you;
  room.settings.value = w.settings;
  room.pins.value = w.pins ?? [];
  room.limits.value = w.limits;
  room.pushKey.value = w.push_key;
  room.members.value = w.count > w.members.length ? [] : w.members;
  room.count.value = w.count;
  room.readers.value = w.readers ?? 0;
  room.knocks.value = [];
  room.typing.value = new Map();
}

/** Applies an event about who is here. */
export function applyPresence(e: Extract<ClientEvent, { is: "presence" }>["event"]): void {
  const at = room.fold.last;
  const others = "member" in e ? room.members.value.filter((m) => m.member !== e.member) : [];
  const known = "member" in e ? room.members.value.find((m) => m.member === e.member) : undefined;
  const crowd = room.count.value > room.members.value.length;
  switch (e.type) {
    case "joined": {
      const { member, nick, role } = e;
      if (!crowd) room.members.value = [...others, { member, nick, role, ...(e.guest ? { guest: true } : {}) }];
      room.count.value = e.count;
      if (!known && !crowd)
        room.presence.value = withChange(room.presence.value, at, member, { nick, did: "joined", at: Date.now() });
      return;
    }
    case "left":
      room.members.value = others;
      room.count.value = e.count;
      expireTyping(e.member);
      if (!crowd && known)
        room.presence.value = withChange(room.presence.value, at, e.member, {
          nick: e.nick,
          did: "left",
          at: Date.now(),
        });
      return;
    case "renamed":
      if (e.member === room.you.value?.member) room.you.value = { ...room.you.value, nick: e.nick };
      if (!known || known.nick === e.nick) return;
      room.members.value = room.members.value.map((m) => (m === known ? { ...m, nick: e.nick } : m));
      room.presence.value = withChange(room.presence.value, at, e.member, {
        nick: e.nick,
        did: "renamed",
        was: known.nick,
      });
      return;
    case "typing":
      if (e.member !== room.you.value?.member) showTyping(e.member);
      return;
    case "readers":
      room.readers.value = e.count;
      return;
    case "crowd":
      room.members.value = [];
      room.count.value = e.count;
      return;
    case "members":
      room.members.value = e.count > e.members.length ? [] : e.members;
      room.count.value = e.count;
      room.readers.value = e.readers ?? 0;
  }
}

/** Applies that somebody waits before the room, or no longer does. */
export function applyKnock(k: Knock): void {
  const others = room.knocks.value.filter((other) => other.member !== k.member);
  room.knocks.value = k.gone ? others : [...others, k];
}

/** Applies a change of roles or settings. */
export function applyModeration(e: LogEvent): void {
  const { role } = e;
  if ((e.action === "claim" || e.action === "role") && role !== undefined) {
    const given = <M extends { member: string }>(m: M): M => (m.member === e.member ? { ...m, role } : m);
    room.members.value = room.members.value.map(given);
    if (room.you.value) room.you.value = given(room.you.value);
  }
  if (e.action === "kick" || e.action === "ban") {
    // The line about it says enough: as the member is gone already, none says that they have left.
    const others = room.members.value.filter((m) => m.member !== e.member);
    room.count.value -= room.members.value.length - others.length;
    room.members.value = others;
  }
  if (e.action === "admit" && e.member) applyKnock({ type: "knock", member: e.member, gone: true });
  if (e.target && (e.action === "pin" || e.action === "unpin")) {
    const others = room.pins.value.filter((seq) => seq !== e.target);
    room.pins.value = e.action === "pin" ? [...others, e.target] : others;
  }
  if (e.action === "set" && room.settings.value) room.settings.value = { ...room.settings.value, ...e.settings };
}
