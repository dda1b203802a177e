// The page begins here.
import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { authorize } from "./actions.ts";
import { watchClock } from "./clock.ts";
import { isCode } from "./code.ts";
import { watchDrops } from "./components/attach.ts";
import { lazy } from "./components/lazy.tsx";
import { LazyOverlays } from "./components/lazy-overlays.tsx";
import { MessageRow } from "./components/message.tsx";
import { Room } from "./components/room.tsx";
import { embedded } from "./embedded.ts";
import { watchOverlays } from "./overlay-history.ts";
import { roomCode, watchAddress } from "./route.ts";
import { storage } from "./storage.ts";
import { roomTitle, store, unread } from "./store.ts";
import { watchTabs } from "./session/other-tabs.ts";
import { direction, language, loadTexts } from "./texts.ts";
import { mustSignIn, signInServer, token, watchToken } from "./token.ts";
import { watchWindow } from "./window.ts";

const Barrier = lazy((m) => m.Barrier);
/** Who opens a room's link doesn't need it. */
const Start = lazy<{ wrong?: string; Row: typeof MessageRow }>((m) => m.Start);

function Page() {
  const code = roomCode.value;
  const isRoom = code !== undefined && isCode(code);
  if (isRoom && !(mustSignIn.value && !token.value)) return <Room key={code} code={code} />;
  return (
    <>
      {isRoom ? <Barrier alone /> : <Start Row={MessageRow} {...(code === undefined ? {} : { wrong: code })} />}
      <LazyOverlays />
    </>
  );
}

watchToken();
watchAddress();
if (!embedded) watchOverlays(); // a frame's history is that of the page around it
watchWindow();
watchDrops();
watchTabs();
watchClock();
effect(() => {
  const fresh = token.value;
  if (fresh) untracked(() => authorize(fresh));
});
effect(() => {
  document.documentElement.lang = language.value;
  document.documentElement.dir = direction.value;
});
effect(() => {
  roomCode.value; // the panel belongs to the other room
  store.panel.value = undefined;
});
effect(() => {
  const name = roomTitle.value ? `${roomTitle.value} · Snug` : "Snug";
  document.title = unread.value > 0 ? `(${unread.value}) ${name}` : name;
});
if (embedded) await (await import("./embed/frame.ts")).embed();
await Promise.all([
  loadTexts(),
  storage.load(),
  signInServer && (await import("./components/later.tsx")).watchSession(),
]);
effect(() => void loadTexts());
render(<Page />, document.querySelector("#page")!);
