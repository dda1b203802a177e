// The menu that is open, of which there is one at most.
import { store, type Menu } from "./store.ts";

export function openMenu(menu: Menu): void {
  store.menu.value = menu;
}

/** Closes the menu, gives the focus back to what opened it, and then does what was chosen. */
export function closeMenu(then?: () => void): void {
  const { at } = store.menu.peek() ?? {};
  store.menu.value = undefined;
  at?.focus({ preventScroll: true });
  then?.();
}
