import type { Presence } from "./presence.ts";
import { counted, isolated, list, t } from "./texts.ts";

/** How many changes of one line are named. */
const most = 6;

/** Who joined, left or took another nick, in one line; it names so many of those who joined or left. */
export function presenceText(presence: Presence, mostNames = 2): string {
  const all = [...presence.changes.values()];
  const lines: string[] = [];
  for (const did of ["joined", "left"] as const) {
    const names = all.filter((c) => c.did === did).map((c) => c.nick);
    if (names.length) lines.push(counted(t()[did], names.length, list(names, mostNames)));
  }
  for (const c of all) if (c.did === "renamed") lines.push(t().renamed(isolated(c.was ?? ""), isolated(c.nick)));
  return lines.slice(0, most).join(" · ");
}
