import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { store } from "../store.ts";

const overlays = signal<ComponentType | undefined>(undefined);

function load(): void {
  if (overlays.peek()) return;
  void import("./later.tsx").then(
    (m) => (overlays.value = m.Overlays),
    () => {},
  ); // without a connection the next one tries again
}

/** Shows the panel or the menu that is open. They aren't part of the first load, but come a second later. */
export function LazyOverlays() {
  const wanted = store.panel.value !== undefined || store.menu.value !== undefined;
  useEffect(() => {
    if (wanted) load();
    else setTimeout(load, 1000);
  }, [wanted]);
  const Loaded = overlays.value;
  return Loaded ? <Loaded /> : null;
}
