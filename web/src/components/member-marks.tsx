// How members are shown: by a face, a colour, and a tag for their role.
import type { Member } from "../../client.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";

/** The first letter of a member's nick, on the member's colour. */
export function Face({ nick, member }: { nick: string; member: string }) {
  return (
    <span class={`face ${hue(member)}`} aria-hidden="true">
      {firstLetter(nick)}
    </span>
  );
}

/** Says that a member is a guest, an app, a moderator or an owner. In short, a role is an icon alone. */
export function RoleTag({
  of: { role, guest, bot },
  short,
}: {
  of: Pick<Member, "role" | "guest" | "bot">;
  short?: boolean;
}) {
  if (guest || bot)
    return (
      <span class="tag guest" title={bot ? t().appHint : t().guestHint}>
        {bot ? t().app : t().guest}
      </span>
    );
  if (role !== "owner" && role !== "moderator") return null;
  return (
    <span class={`tag ${role}`} title={role === "owner" ? t().ownerMark : t().moderatorMark}>
      <Icon name={role === "owner" ? "crown" : "shield"} />
      <span class={short ? "unseen" : ""}>{t()[role]}</span>
    </span>
  );
}

/** The class of a member's colour. */
export function hue(member: string): string {
  let sum = 0;
  for (const c of member) sum = (sum * 31 + c.charCodeAt(0)) >>> 0;
  return `hue${sum % 8}`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function firstLetter(nick: string): string {
  for (const { segment } of graphemes.segment(nick)) return segment.toUpperCase().slice(0, 12);
  return "";
}
