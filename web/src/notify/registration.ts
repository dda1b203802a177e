// Has the server notify this browser of the shown room's messages while no page of the user's is seen.
import { computed, effect, signal, untracked } from "@preact/signals";
import { base } from "../route.ts";
import type { Quiet } from "../levels.ts";
import { roomKey, type Registered } from "../records.ts";
import { database, storage } from "../storage.ts";
import { store } from "../store.ts";
import { token } from "../token.ts";
import { setUnread } from "./app-badge.ts";
import { forgetRegistration, register, renew, subscribe, type Credentials } from "./device.ts";
import { level, permission } from "./level.ts";
import { closeAll } from "./shown.ts";
import { watchForWorker, worker, workerReady } from "./worker.ts";

const { room } = store;

/** Whether the server notifies this browser of the shown room; "failed" if the browser has no push service, or can't reach it. */
export const pushed = signal<"no" | "yes" | "failed">("no");

/** Keeps the server up with the room's level, the quiet time, the user's nick and the browser's subscription: at each welcome, and with each change. */
export function watchRegistration(): void {
  watchForWorker();
  const quiet = computed(() => store.settings.value.quiet); // other settings change nothing
  let last = Promise.resolve(); // one after the other
  effect(() => {
    const key = room.pushKey.value;
    const nick = room.you.value?.nick;
    const code = room.code.value;
    const wanted = permission.value === "granted" ? level.value : "none";
    const wish: Registered = { room: code, nick: nick ?? "", level: wanted, quiet: inZone(quiet.value) };
    if (!workerReady.value || room.state.value.is !== "open" || !key || nick === undefined) return;
    untracked(() => void (last = last.then(() => sync(wish, key)).catch(() => {}))); // without storage nothing is registered
  });
  let before = quiet.peek();
  effect(() => {
    if (quiet.value === before) return;
    before = quiet.value;
    void setQuiet(inZone(before)).catch(() => {});
  });
}

/** The quiet time as a room is told it; undefined for none. */
function inZone(quiet: Quiet | undefined): Registered["quiet"] {
  if (!quiet || quiet.from === quiet.to) return undefined;
  return { ...quiet, zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}

const credentialsIn = (code: string): Credentials | undefined => {
  const place = storage.place(code);
  return place && { seat: place.seat, token: token.peek() };
};

async function sync(wish: Registered, key: string): Promise<void> {
  const registration = await worker();
  const credentials = credentialsIn(wish.room);
  const isShown = () => room.code.peek() === wish.room;
  if (!registration || !("pushManager" in registration) || !credentials) {
    if (isShown()) pushed.value = "no";
    return;
  }
  if (wish.level === "none") {
    pushed.value = "no";
    return end(registration, wish.room, credentials);
  }
  const before = await registration.pushManager.getSubscription();
  let subscription: PushSubscription;
  try {
    subscription = await subscribe(registration, key);
  } catch {
    if (isShown()) pushed.value = "failed";
    return;
  }
  await database.put("page", "pushKey", key);
  await database.put("pushes", roomKey(wish.room), wish);
  const accepted = await register(base, wish, credentials, subscription);
  if (isShown()) pushed.value = accepted ? "yes" : "failed";
  if (before && before.endpoint !== subscription.endpoint)
    await renew(database, base, subscription, credentialsIn, wish.room);
}

/** Has all rooms know the quiet time. */
async function setQuiet(quiet: Registered["quiet"]): Promise<void> {
  await database.change("pushes", "", (all) => all.map(([key, before]) => [key, { ...before, quiet }]));
  const subscription = await (await worker())?.pushManager?.getSubscription();
  if (subscription) await renew(database, base, subscription, credentialsIn, room.code.peek());
}

/** Ends a room's registration. If the room can't be told, the next welcome tries again. */
async function end(registration: ServiceWorkerRegistration, code: string, by: Credentials): Promise<void> {
  const before = await database.get("pushes", roomKey(code));
  const subscription = await registration.pushManager.getSubscription();
  if (!before || !subscription) return;
  if (await register(base, { ...before, level: "none" }, by, subscription))
    await forgetRegistration(database, registration, code);
}

/** Ends the notifications of a room that the user leaves. What is stored of the room may be gone before it has resolved. */
export async function endNotifying(code: string): Promise<void> {
  const credentials = credentialsIn(code);
  try {
    const registration = await worker();
    await setUnread(database, code, undefined);
    if (!registration) return;
    await closeAll(registration, code);
    if (!("pushManager" in registration)) return;
    if (credentials) await end(registration, code, credentials);
    await forgetRegistration(database, registration, code); // without a subscription, the server hears that from the push service
  } catch {
    // Nothing is stored here.
  }
}

/** Ends the notifications of all rooms, for a user who signs out. */
export async function endAllNotifying(): Promise<void> {
  const registered = (await database.all("pushes")).map(([, { room }]) => room);
  const unread = (await database.all("unread")).map(([key]) => decodeURIComponent(key));
  await Promise.all([...new Set([...registered, ...unread])].map(endNotifying));
}
