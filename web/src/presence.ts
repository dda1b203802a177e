// Who joined and left, folded into lines between messages.

/** What happened after the message seq, by member. */
export interface Presence {
  readonly after: number;
  readonly changes: ReadonlyMap<string, Change>;
}

export interface Change {
  readonly nick: string;
  readonly did: "joined" | "left" | "renamed";
  /** The nick before, if the line says that it was changed. */
  readonly was?: string;
  /** When it happened, in ms since 1970, as far as that matters. */
  readonly at?: number;
}

/** Who is back within this time was not away, in ms. */
const shortlyAway = 2 * 60_000;

/** How many lines are kept. */
const most = 100;

/** Adds a change to the line after seq. A member who joined and left, or left and came back shortly after, is dropped. */
export function withChange(
  lines: readonly Presence[],
  after: number,
  member: string,
  change: Change,
): readonly Presence[] {
  if (change.did === "joined") {
    const left = lines.findLast((l) => l.changes.has(member))?.changes.get(member);
    if (left?.at !== undefined && (change.at ?? 0) - left.at < shortlyAway) {
      const others = withoutChange(lines, member);
      const renamed = returned(left, change);
      return renamed ? withChange(others, after, member, renamed) : others;
    }
  }
  const last = lines.at(-1);
  const old = last?.after === after ? last : undefined;
  const changes = new Map(old?.changes);
  const before = changes.get(member);
  const both = before ? merged(before, change) : change;
  changes.delete(member);
  if (both) changes.set(member, both);
  const others = old ? lines.slice(0, -1) : lines;
  return changes.size === 0 ? others : [...others, { after, changes }].slice(-most);
}

/** What two changes of a member come to; undefined for nothing. */
function merged(before: Change, change: Change): Change | undefined {
  if (before.did === "joined" && change.did === "left") return undefined;
  if (before.did === "joined" && change.did === "renamed") return { ...before, nick: change.nick };
  if (before.did === "left" && change.did === "joined") return returned(before, change);
  if (before.was === undefined) return change;
  return change.did === "renamed" && before.was === change.nick ? undefined : { ...change, was: before.was };
}

/** What is left to say of a member who left and is back: that they have another nick. */
function returned({ nick, was = nick }: Change, back: Change): Change | undefined {
  return was === back.nick ? undefined : { nick: back.nick, did: "renamed", was };
}

/** Drops the last change of a member. */
function withoutChange(lines: readonly Presence[], member: string): readonly Presence[] {
  const at = lines.findLastIndex((l) => l.changes.has(member));
  return lines.flatMap((line, i) => {
    if (i !== at) return line;
    const changes = new Map(line.changes);
    changes.delete(member);
    return changes.size > 0 ? { ...line, changes } : [];
  });
}
