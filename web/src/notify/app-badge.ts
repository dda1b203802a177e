// The number of unread messages on the icon of the installed app, by the Badging API.
// It is the sum over all rooms that this browser knows; pages and the worker count together.
import { keyOf } from "../code.ts";
import { kept, type Unread } from "./kept.ts";

/** Notes how many messages of a room are unread. */
export async function setUnread(code: string, unread: Unread): Promise<void> {
  await kept.write("unread", keyOf(code), unread);
  await showSum();
}

/** Counts a message that no page has counted. */
export async function countUnread(code: string, epoch: string, seq: number): Promise<void> {
  const before = await kept.read("unread", keyOf(code));
  if (before?.epoch === epoch && before.seq >= seq) return;
  const count = before?.epoch === epoch ? before.count + 1 : 1;
  await setUnread(code, { epoch, seq, count });
}

export async function forgetUnread(code: string): Promise<void> {
  await kept.write("unread", keyOf(code), undefined);
  await showSum();
}

async function showSum(): Promise<void> {
  const sum = (await kept.all("unread")).reduce((n, u) => n + u.count, 0);
  // Browsers without badges lack the function; those that can't show one now reject.
  await navigator.setAppBadge?.(sum).catch(() => {});
}
