// Who is in the room, who comes and goes, who types.
import type { ClientEvent, LogEvent } from "../client.ts";
import { noted } from "./presence.ts";
import { store } from "./store.ts";

const { room } = store;

/** Takes what the client tells of who is here. */
export function present(e: Extract<ClientEvent, { is: "presence" }>["event"]): void {
  const at = room.fold.last;
  const others = "member" in e ? room.members.value.filter((m) => m.member !== e.member) : [];
  const known = "member" in e ? room.members.value.find((m) => m.member === e.member) : undefined;
  const crowd = room.count.value > room.members.value.length;
  switch (e.type) {
    case "joined": {
      const { member, nick, role } = e;
      if (!crowd) room.members.value = [...others, { member, nick, role, ...(e.guest ? { guest: true } : {}) }];
      room.count.value = e.count;
      if (!known && !crowd) room.presence.value = noted(room.presence.value, at, member, { nick, did: "joined" });
      return;
    }
    case "left":
      room.members.value = others;
      room.count.value = e.count;
      stopTyping(e.member);
      if (!crowd) room.presence.value = noted(room.presence.value, at, e.member, { nick: e.nick, did: "left" });
      return;
    case "renamed":
      if (e.member === room.you.value?.member) room.you.value = { ...room.you.value, nick: e.nick };
      if (!known || known.nick === e.nick) return;
      room.members.value = room.members.value.map((m) => (m === known ? { ...m, nick: e.nick } : m));
      room.presence.value = noted(room.presence.value, at, e.member, { nick: e.nick, did: "renamed", was: known.nick });
      return;
    case "typing":
      if (e.member !== room.you.value?.member) {
        room.typing.value = new Map(room.typing.value).set(e.member, Date.now() + 5000);
        setTimeout(stopTyping, 5050);
      }
      return;
    case "crowd":
      room.members.value = [];
      room.count.value = e.count;
      return;
    case "members":
      room.members.value = e.count > e.members.length ? [] : e.members;
      room.count.value = e.count;
  }
}

/** Takes what has changed about the room, and who is what in it. */
export function follow(e: LogEvent): void {
  const { role } = e;
  if ((e.action === "claim" || e.action === "role") && role !== undefined) {
    const given = <M extends { member: string }>(m: M): M => (m.member === e.member ? { ...m, role } : m);
    room.members.value = room.members.value.map(given);
    if (room.you.value) room.you.value = given(room.you.value);
  }
  if (e.action === "set" && room.settings.value) room.settings.value = { ...room.settings.value, ...e.settings };
}

/** Takes a member, and all whose time is over, off those who type. */
export function stopTyping(member?: string): void {
  const now = Date.now();
  const left = [...room.typing.value].filter(([m, until]) => m !== member && until > now);
  if (left.length !== room.typing.value.size) room.typing.value = new Map(left);
}
