import type { Change, Presence } from "./presence.ts";
import { counted, isolated, list, t } from "./texts.ts";

/** How many changes of one line are named. */
const most = 6;

/** Who joined, took another nick or left, in one line; it names so many of those who joined or left. */
export function presenceText(presence: Presence, mostNames = 2): string {
  const all = [...presence.changes.values()];
  const those = (did: "joined" | "left"): string[] => {
    const names = all.filter((c) => c.did === did).map((c) => c.nick);
    return names.length > 0 ? [counted(t()[did], names.length, list(names, mostNames))] : [];
  };
  const renamed = all.filter((c): c is Change & { was: string } => c.was !== undefined);
  const [joined, left] = [those("joined"), those("left")];
  const renames = renamed.slice(0, most - joined.length - left.length);
  return [...joined, ...renames.map((c) => t().renamed(isolated(c.was), isolated(c.nick))), ...left].join(" · ");
}
