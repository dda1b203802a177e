// How members are shown: by a face, a colour, and a tag for their role.
import type { Member } from "../../client.ts";
import { store } from "../store.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";

/** The first letter of a member's nick, on the member's colour. */
export const Face = ({ nick, member }: { nick: string; member: string }) => <Letter of={nick} hue={hue(member)} />;

/** The first letter of a name, on the colour of a class. */
export function Letter({ of, hue }: { of: string; hue: string }) {
  return (
    <span class={`face ${hue}`} aria-hidden="true">
      {firstLetter(of)}
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

/** The class of a member's colour in the room that is shown. */
export const hue = (member: string): string => `hue${store.room.hues.of(member, store.room.members.peek())}`;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function firstLetter(nick: string): string {
  for (const { segment } of graphemes.segment(nick)) return segment.toUpperCase().slice(0, 12);
  return "";
}
