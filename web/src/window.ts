// What the page shows outside of its components: theme, size, and whether the user
// looks at it.
import { effect } from "@preact/signals";
import { store } from "./store.ts";

/** Keeps the document and the store up with the window and the settings. */
export function watchWindow(): void {
  effect(showTheme);
  moreContrast.addEventListener("change", showTheme);
  effect(() => void (document.documentElement.dataset.density = store.settings.value.density));
  watchLooking();
  if (visualViewport) visualViewport.addEventListener("resize", () => fit(visualViewport!));
}

const moreContrast = matchMedia("(prefers-contrast: more)");

/** The colours of the browser's own bar, around the page. The first is for light, the second for dark. */
const bars = [...document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")];
const barColours = bars.map((bar) => bar.content); // the document has those for the usual contrast
const barColoursInHighContrast = ["#ffffff", "#000000"];

function showTheme(): void {
  const theme = store.fixed.value.theme ?? store.settings.value.theme;
  const root = document.documentElement;
  const highContrast = theme === "contrast" || (theme === "system" && moreContrast.matches);
  root.toggleAttribute("data-contrast", highContrast);
  const scheme = theme === "light" || theme === "dark" ? theme : undefined; // or as the system has it
  if (scheme) root.dataset.theme = scheme;
  else delete root.dataset.theme;
  bars.forEach((bar, i) => {
    const its = i === 0 ? "light" : "dark";
    bar.media = !scheme ? `(prefers-color-scheme: ${its})` : scheme === its ? "all" : "not all";
    bar.content = (highContrast ? barColoursInHighContrast : barColours)[i]!;
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
