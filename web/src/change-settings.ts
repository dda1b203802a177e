import { storage, type Settings } from "./storage.ts";
import { store } from "./store.ts";

/** Changes some of the user's settings, in all tabs. */
export function changeSettings(change: Partial<Settings>): void {
  storage.settings = store.settings.value = { ...store.settings.value, ...change };
}
