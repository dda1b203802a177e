import type { Presence } from "./presence.ts";
import { isolated, list, t } from "./texts.ts";

/** How many changes of one line are named. */
const most = 6;

/** Who joined, left or took another nick, in one line; it names so many of those who joined or left. */
export function presenceText(presence: Presence, mostNames = 2): string {
  const all = [...presence.changes.values()];
  const names = (did: "joined" | "left") => all.filter((c) => c.did === did).map((c) => c.nick);
  const lines: string[] = [];
  if (names("joined").length) lines.push(t().joined(list(names("joined"), mostNames)));
  if (names("left").length) lines.push(t().left(list(names("left"), mostNames)));
  for (const c of all) if (c.did === "renamed") lines.push(t().renamed(isolated(c.was ?? ""), isolated(c.nick)));
  return lines.slice(0, most).join(" · ");
}
