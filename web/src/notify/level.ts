// Of which messages of the shown room the user is notified, and whether the browser lets them be.
import { computed, effect, signal } from "@preact/signals";
import type { Level } from "../levels.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";

const { room } = store;

/** The level that the user has chosen for the shown room; undefined if none. */
const own = signal<Level | undefined>(undefined);

/** The shown room's level. */
export const level = computed<Level>(() => own.value ?? store.settings.value.notify);

/** What the browser's user has answered, if this browser can notify at all: on plain http, it can't. */
export const permission = signal<NotificationPermission | undefined>(
  "Notification" in globalThis && isSecureContext ? Notification.permission : undefined,
);

/** Chooses the level of the shown room; on the start page, that of rooms without one. */
export function setLevel(chosen: Level): void {
  const code = room.code.value;
  if (code) {
    storage.setLevel(code, chosen);
    own.value = chosen;
  } else {
    storage.settings = store.settings.value = { ...store.settings.value, notify: chosen };
  }
}

/** Asks the browser's user for permission to notify, if that is open. Call it when they tap something. */
export async function askPermission(): Promise<void> {
  if (permission.value === "default") permission.value = await Notification.requestPermission();
}

/** Follows the shown room, other tabs, and what is set in the browser. */
export function watchLevel(): void {
  effect(() => void (own.value = room.code.value ? storage.level(room.code.value) : undefined));
  addEventListener("storage", (e) => {
    const code = room.code.value;
    if (e.key !== null && storage.changed(e.key, code) === "level") own.value = storage.level(code);
  });
  if (permission.value === undefined) return;
  // Safari doesn't know the name of this permission.
  navigator.permissions?.query({ name: "notifications" }).then(
    (status) => status.addEventListener("change", () => (permission.value = Notification.permission)),
    () => {},
  );
}
