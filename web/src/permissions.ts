// Who may do what: docs/protocol.md, "Roles and moderation". The server has the last
// word; here it decides what is offered.
import type { Member } from "../client.ts";
import type { Message } from "./fold.ts";

type One = Pick<Member, "member" | "role" | "guest">;

/** Whether the user may remove others, and delete their messages. */
export const canModerate = (you: One | undefined): boolean => you?.role === "owner" || you?.role === "moderator";
export const isOwner = (you: One | undefined): boolean => you?.role === "owner";

export const canEdit = (you: One | undefined, m: Message): boolean => !m.deleted && m.from.member === you?.member;
export const canDelete = (you: One | undefined, m: Message): boolean =>
  !m.deleted && (m.from.member === you?.member || canModerate(you));

/** Whether the user may kick or ban a member. */
export function canRemove(you: One | undefined, them: One): boolean {
  if (them.member === you?.member || them.role === "owner") return false;
  return them.role === "moderator" ? isOwner(you) : canModerate(you);
}

/** The roles that the user may give to a member, also to themselves. A guest has no seat, and so no role. */
export function assignableRoles(you: One | undefined, them: One): string[] {
  if (!isOwner(you) || them.guest) return [];
  return ["owner", "moderator", "member"].filter((role) => role !== them.role);
}

/** Whether a member's menu has anything in it for the user. */
export const hasMenu = (you: One | undefined, them: One): boolean =>
  canRemove(you, them) || assignableRoles(you, them).length > 0;
