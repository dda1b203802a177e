// Of which messages the user is notified, and when of none.

/** Of which messages of a room: all, those that mention the user or reply to them, or none. */
export type Level = "all" | "mentions" | "none";

/** When the user isn't notified: from one time of the day until another, as "22:00". It may reach over midnight. */
export interface Quiet {
  from: string;
  to: string;
}

/** Whether a level has the messages that call the user, or also those that don't. */
export function wants(level: Level, calls: boolean): boolean {
  return level === "all" || (level === "mentions" && calls);
}

/** Whether a moment is in the quiet time. The quiet time has its first minute and not its last; from a time until the same time is never. */
export function isQuiet(quiet: Quiet | undefined, at: Date): boolean {
  if (!quiet) return false;
  const now = at.getHours() * 60 + at.getMinutes();
  const [from, to] = [minutes(quiet.from), minutes(quiet.to)];
  return from <= to ? from <= now && now < to : from <= now || now < to;
}

function minutes(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}
