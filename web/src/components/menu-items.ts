// What the menus offer: what the user may do, and nothing else.
import type { Member } from "../../client.ts";
import { confirm, edit, perform, replyTo } from "../actions.ts";
import { copyText } from "../clipboard.ts";
import { canEdit, canDelete, assignableRoles, canRemove } from "../permissions.ts";
import { store, type Menu } from "../store.ts";
import { t } from "../texts.ts";
import type { IconName } from "./icons.tsx";

export interface Item {
  icon: IconName;
  text: string;
  grave?: boolean;
  run: () => void;
}

export function itemsOf(menu: Menu & { is: "message" | "member" }): Item[] {
  const you = store.room.you.value;
  if (menu.is === "member") return [...roles(menu.member), ...out(menu.member)];
  const { message } = menu;
  const author = store.room.members.value.find((m) => m.member === message.from.member);
  return [
    { icon: "reply", text: t().reply, run: () => replyTo(message) },
    ...(canEdit(you, message) ? [{ icon: "edit", text: t().edit, run: () => edit(message) } as const] : []),
    { icon: "copy", text: t().copyText, run: () => void copyText(message.content) },
    ...(canDelete(you, message)
      ? [{ icon: "trash", text: t().eraseAsk, grave: true, run: () => confirm({ is: "delete", message }) } as const]
      : []),
    ...out(author ?? message.from, author !== undefined),
  ];
}

function out(member: Member, here = true): Item[] {
  if (!canRemove(store.room.you.value, member)) return [];
  const ban: Item = { icon: "ban", text: t().banAsk, grave: true, run: () => confirm({ is: "ban", member }) };
  return here
    ? [{ icon: "exit", text: t().kickAsk, grave: true, run: () => confirm({ is: "kick", member }) }, ban]
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
        return { icon: "crown", text: t().makeOwner, run };
      case "moderator":
        return { icon: "shield", text: self ? t().stepToModerator : t().makeModerator, run };
      default:
        return { icon: "person", text: self ? t().stepToMember : t().makeMember, run };
    }
  });
}
