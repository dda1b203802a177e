// Makes the browser's Back close a panel or a menu, and not leave the room: while one
// is open, the history has an entry for it.
import { effect } from "@preact/signals";
import { store } from "./store.ts";

const isOpen = (): boolean => store.panel.peek() !== undefined || store.menu.peek() !== undefined;
const hasEntry = (): boolean => (history.state as { overlay?: boolean } | null)?.overlay === true;

/** Keeps the history up with what is open. */
export function watchOverlays(): void {
  let leaving = false; // from an entry whose panel was closed; the browser does it later
  let planned = false;
  const sync = (): void => {
    planned = false;
    if (leaving || isOpen() === hasEntry()) return;
    if (isOpen()) return history.pushState({ overlay: true }, "");
    leaving = true;
    history.back();
  };
  effect(() => {
    store.panel.value;
    store.menu.value;
    if (planned) return;
    planned = true;
    queueMicrotask(sync); // one may close as another opens
  });
  addEventListener("popstate", () => {
    if (leaving) {
      leaving = false;
      sync();
    } else if (!hasEntry()) {
      store.panel.value = store.menu.value = store.confirming.value = undefined;
    } else {
      sync();
    }
  });
}
