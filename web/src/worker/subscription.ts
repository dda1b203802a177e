// What the worker does when the browser's subscription for pushes has ended: it makes
// another one and tells all rooms, without the page.
import { renew, subscribe } from "../notify/device.ts";
import { roomKey } from "../records.ts";
import { database } from "./records.ts";
import { base, worker } from "./scope.ts";

/** Handles the end of a subscription. A room that can't be told is told by its page, at the next welcome. */
export async function renewSubscription(): Promise<void> {
  const key = await database.get("page", "pushKey");
  if (key === undefined || (await database.all("pushes")).length === 0) return;
  const subscription = await subscribe(worker.registration, key);
  await renew(database, base, subscription, (code) => database.get("seats", roomKey(code)));
}
