// This browser's registrations for pushes: one for each room, with the browser's one subscription.
// A room is told by a request, so that the worker can do it while no page is open.
import type { Database } from "../database.ts";
import { roomKey, type Registered } from "../records.ts";

/** Who the user is in a room. */
export interface Credentials {
  seat: string;
  token?: string | undefined;
}

/** Tells a room how this browser wants to be notified. It reports whether the room has accepted that. */
export async function register(
  base: string | URL,
  { room, nick, level, quiet }: Registered,
  by: Credentials,
  subscription: PushSubscription,
): Promise<boolean> {
  const { endpoint, keys } = subscription.toJSON();
  const command = {
    type: "push",
    ref: "push",
    endpoint,
    level,
    ...(level === "none" ? {} : { p256dh: keys?.p256dh, auth: keys?.auth, ...(quiet ? { quiet } : {}) }),
  };
  try {
    const response = await fetch(new URL(`r/${encodeURIComponent(room)}/commands`, base), {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Snug-Seat": by.seat,
        "Snug-Nick": encodeURIComponent(nick),
        ...(by.token ? { Authorization: `Bearer ${by.token}` } : {}),
      },
      body: JSON.stringify(command),
      keepalive: true, // also while the page is left
    });
    return response.ok;
  } catch {
    return false; // no connection: the next welcome, or change, tells it again
  }
}

/** Tells all rooms but one, which knows, of another subscription or quiet time. A room that can't be told is told at its next welcome. */
export async function renew(
  database: Database,
  base: string | URL,
  subscription: PushSubscription,
  credentialsIn: (code: string) => Credentials | undefined | Promise<Credentials | undefined>,
  except?: string,
): Promise<void> {
  for (const [, registered] of await database.all("pushes")) {
    const by = registered.room === except ? undefined : await credentialsIn(registered.room);
    if (by) await register(base, registered, by, subscription);
  }
}

/** How long the browser may take to subscribe, in ms: one without a push service may never answer. */
const patience = 30_000;

/** The browser's subscription with the server's key. A subscription with another key is replaced. It rejects if the browser can't subscribe. */
export async function subscribe(registration: ServiceWorkerRegistration, key: string): Promise<PushSubscription> {
  const before = await registration.pushManager.getSubscription();
  if (before && keyOfSubscription(before) === key) return before;
  await before?.unsubscribe();
  return new Promise((done, failed) => {
    registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }).then(done, failed);
    setTimeout(failed, patience, new Error("the browser doesn't answer"));
  });
}

function keyOfSubscription({ options }: PushSubscription): string | undefined {
  const key = options.applicationServerKey;
  if (!key) return undefined;
  const characters = Array.from(new Uint8Array(key), (byte) => String.fromCharCode(byte)).join("");
  return btoa(characters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Forgets a room's registration here. Without any, the browser is unsubscribed. */
export async function forgetRegistration(
  database: Database,
  registration: ServiceWorkerRegistration,
  code: string,
): Promise<void> {
  await database.put("pushes", roomKey(code), undefined);
  if ((await database.all("pushes")).length === 0)
    await (await registration.pushManager.getSubscription())?.unsubscribe();
}
