// Who joined and left, folded into lines between messages.

/** What happened after the message seq, by member. */
export interface Presence {
  readonly after: number;
  readonly changes: ReadonlyMap<string, Change>;
}

export interface Change {
  readonly nick: string;
  readonly did: "joined" | "left" | "renamed";
  readonly was?: string;
}

/** How many lines are kept. */
const most = 100;

/** Adds a change to the line after seq. A member who joined and left, or left and came back, is dropped. */
export function withChange(
  lines: readonly Presence[],
  after: number,
  member: string,
  change: Change,
): readonly Presence[] {
  const last = lines.at(-1);
  const old = last?.after === after ? last : undefined;
  const changes = new Map(old?.changes);
  const before = changes.get(member);
  changes.delete(member);
  const undone =
    (before?.did === "joined" && change.did === "left") || (before?.did === "left" && change.did === "joined");
  if (before?.did === "joined" && change.did === "renamed") changes.set(member, { nick: change.nick, did: "joined" });
  else if (!undone)
    changes.set(
      member,
      before?.was !== undefined && change.did === "renamed" ? { ...change, was: before.was } : change,
    );
  const others = old ? lines.slice(0, -1) : lines;
  return changes.size === 0 ? others : [...others, { after, changes }].slice(-most);
}
