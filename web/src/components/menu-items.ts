// What the menus offer: what the user may do, and nothing else.
import type { Member } from "../../client.ts";
import { confirm, edit, perform, replyTo } from "../actions.ts";
import { changeSettings } from "../change-settings.ts";
import { copyText } from "../clipboard.ts";
import { messageLink } from "../route.ts";
import { canModerate, canEdit, canDelete, assignableRoles, canRemove } from "../permissions.ts";
import { barred, current, store, type Menu } from "../store.ts";
import { isolated, t, texts } from "../texts.ts";
import { composingTexts } from "../texts/composing.ts";
import { fileTexts } from "../texts/files.ts";
import { lifeTexts } from "../texts/life.ts";
import type { IconName } from "./later-icons.tsx";
import { say } from "./notice.tsx";
import { menuTexts } from "../texts/menus.ts";

const m = () => texts("menus", menuTexts);

export interface Item {
  icon: IconName;
  text: string;
  grave?: boolean;
  /** Whether what it switches is on. */
  checked?: boolean;
  run: () => void;
}

export function itemsOf(menu: Menu & { is: "message" | "member" | "attach" }): Item[] {
  const you = store.room.you.value;
  if (menu.is === "attach") return attaching(menu.choose);
  if (menu.is === "member") return [...roles(menu.member), ...out(menu.member)];
  store.room.version.value; // the message may be edited while its menu is open
  const message = current(menu.message);
  const copies: Item[] = [
    { icon: "copy", text: m().copyText, run: () => void copy(message.content) },
    { icon: "link", text: m().copyLink, run: () => void copy(messageLink(store.room.code.value, message.seq)) },
  ];
  if (barred.value) return copies;
  const { members, count } = store.room;
  const author = members.value.find((m) => m.member === message.from.member);
  return [
    { icon: "reply", text: t().reply, run: () => replyTo(message) },
    ...(canEdit(you, message) ? [{ icon: "edit", text: m().edit, run: () => edit(message) } as const] : []),
    ...copies,
    ...(canModerate(you) && !message.deleted ? [pin(message.seq)] : []),
    ...(canDelete(you, message)
      ? [{ icon: "trash", text: m().eraseAsk, grave: true, run: () => confirm({ is: "delete", message }) } as const]
      : []),
    ...out(author ?? message.from, author !== undefined || count.value > members.value.length), // a crowd isn't listed
  ];
}

/** Copies a text, and says so. */
async function copy(text: string): Promise<void> {
  if (await copyText(text)) say(t().copied);
  else store.room.error.value = m().notCopied;
}

function attaching(choose: (camera: boolean) => void): Item[] {
  const f = texts("files", fileTexts);
  const formatting = store.settings.value.formatting ?? false;
  return [
    { icon: "file", text: f.attach, run: () => choose(false) },
    { icon: "camera", text: f.camera, run: () => choose(true) },
    {
      icon: "letters",
      text: texts("composing", composingTexts).formatting,
      checked: formatting,
      run: () => changeSettings({ formatting: !formatting }),
    },
  ];
}

function pin(seq: number): Item {
  const type = store.room.pins.value.includes(seq) ? "unpin" : "pin";
  return { icon: "pin", text: texts("life", lifeTexts)[type], run: () => void perform({ type, seq }) };
}

function out(member: Member, here = true): Item[] {
  if (!canRemove(store.room.you.value, member)) return [];
  const nick = isolated(member.nick);
  const ban: Item = { icon: "ban", text: m().banAsk(nick), grave: true, run: () => confirm({ is: "ban", member }) };
  return here
    ? [{ icon: "exit", text: m().kickAsk(nick), grave: true, run: () => confirm({ is: "kick", member }) }, ban]
    : [ban];
}

function roles(member: Member): Item[] {
  const you = store.room.you.value;
  return assignableRoles(you, member).map((role) => {
    const self = member.member === you?.member;
    // The user confirms what they can't take back.
    const grave = self || role === "owner" || member.role === "owner";
    const run = () =>
      grave ? confirm({ is: "role", member, role }) : void perform({ type: "role", member: member.member, role });
    switch (role) {
      case "owner":
        return { icon: "crown", text: m().makeOwner, run };
      case "moderator":
        return { icon: "shield", text: self ? m().stepToModerator : m().makeModerator, run };
      default:
        return { icon: "person", text: self ? m().stepToMember : m().makeMember, run };
    }
  });
}
