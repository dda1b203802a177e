import { useEffect } from "preact/hooks";
import { store } from "../store.ts";
import { later, loadLater } from "./lazy.tsx";

/** Shows the panel or the menu that is open. They aren't part of the first load, but come a second later. */
export function LazyOverlays() {
  const linked = location.hash.startsWith("#seq="); // to a message
  const wanted = store.panel.value !== undefined || store.menu.value !== undefined || linked;
  useEffect(() => {
    if (wanted) loadLater();
    else setTimeout(loadLater, 1000);
  }, [wanted]);
  const Loaded = later.value?.Overlays;
  return Loaded ? <Loaded /> : null;
}
