// The page begins here.
import { effect } from "@preact/signals";
import { render } from "preact";
import { showUnread } from "./alerts.ts";
import { isCode } from "./code.ts";
import { Room } from "./parts/room.tsx";
import { Start } from "./parts/start.tsx";
import { roomCode } from "./route.ts";
import { store } from "./store.ts";
import { language } from "./texts.ts";

function Page() {
  const code = roomCode.value;
  if (code === undefined) return <Start />;
  return isCode(code) ? <Room key={code} code={code} /> : <Start wrong={code} />;
}

effect(() => {
  const { theme } = store.settings.value;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  // The browser's own bar, around the page. The first is for light.
  document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]").forEach((bar, i) => {
    const its = i === 0 ? "light" : "dark";
    bar.media = theme === "system" ? `(prefers-color-scheme: ${its})` : theme === its ? "all" : "not all";
  });
});
effect(() => {
  document.documentElement.lang = language.value;
});
effect(() => {
  roomCode.value; // another place, another panel
  store.panel.value = undefined;
});
// A keyboard on the screen takes its part of the room's height. Where the layout
// doesn't shrink by itself, as on iPhones, this does it.
visualViewport?.addEventListener("resize", () => {
  document.documentElement.style.setProperty("--height", `${visualViewport!.height}px`);
  scrollTo(0, 0);
});

showUnread();
render(<Page />, document.querySelector("#page")!);
