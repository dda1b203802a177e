// What the page shows outside of its components: theme, size, and whether the user
// looks at it.
import { effect } from "@preact/signals";
import { store } from "./store.ts";

/** Keeps the document and the store up with the window and the settings. */
export function watchWindow(): void {
  effect(() => showTheme(store.settings.value.theme));
  effect(() => void (document.documentElement.dataset.density = store.settings.value.density));
  watchLooking();
  if (visualViewport) visualViewport.addEventListener("resize", () => fit(visualViewport!));
}

function showTheme(theme: "system" | "light" | "dark"): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  // The browser's own bar, around the page. The first is for light.
  document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]").forEach((bar, i) => {
    const its = i === 0 ? "light" : "dark";
    bar.media = theme === "system" ? `(prefers-color-scheme: ${its})` : theme === its ? "all" : "not all";
  });
}

function watchLooking(): void {
  const look = (): void => {
    store.looking.value = document.visibilityState === "visible" && document.hasFocus();
  };
  for (const event of ["visibilitychange", "focus", "blur"]) addEventListener(event, look, true);
  look();
}

/**
 * A keyboard on the screen takes its part of the room's height. Where the layout
 * doesn't shrink by itself, as on iPhones, this does it. A viewport that is smaller
 * because the user has zoomed in changes nothing.
 */
function fit(viewport: VisualViewport): void {
  if (viewport.scale > 1.01) return;
  document.documentElement.style.setProperty("--height", `${viewport.height}px`);
  scrollTo(0, 0);
}
