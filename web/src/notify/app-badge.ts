// The number of unread messages on the icon of the installed app, by the Badging API.
// It is the sum over all rooms that this browser knows; pages and the worker count together.
import type { Database } from "../database.ts";
import { roomKey, type Unread } from "../records.ts";

/** Notes how many messages of a room are unread; undefined forgets the room. */
export async function setUnread(database: Database, code: string, unread: Unread | undefined): Promise<void> {
  await database.put("unread", roomKey(code), unread);
  await showSum(database);
}

/** Counts a message, unless a page or an earlier push has counted it. */
export async function countUnread(database: Database, code: string, epoch: string, seq: number): Promise<void> {
  const key = roomKey(code);
  await database.change("unread", key, (all) => {
    const before = new Map(all).get(key);
    if (before?.epoch !== epoch) return [[key, { epoch, seq, count: 1 }]];
    return before.seq < seq ? [[key, { epoch, seq, count: before.count + 1 }]] : [];
  });
  await showSum(database);
}

async function showSum(database: Database): Promise<void> {
  const sum = (await database.all("unread")).reduce((n, [, { count }]) => n + count, 0);
  // Browsers without badges lack the function; those that can't show one now reject.
  await navigator.setAppBadge?.(sum).catch(() => {});
}
