// Another build of the page. The page reloads by itself when its user loses nothing by it;
// meanwhile it offers to. From one build to another it does so once, as the reload may bring
// the same build again.
import { effect, signal } from "@preact/signals";
import { attached } from "./attached.ts";
import { longPastes } from "./long-pastes.ts";
import { base } from "./route.ts";
import { storage } from "./storage.ts";
import { store } from "./store.ts";
import { build, registerWorker } from "./worker-registration.ts";

const { room } = store;

/** The build that the server has in place of this one, once it can be loaded. */
export const newBuild = signal<string | undefined>(undefined);

/** How long the user must have done nothing before the page reloads under their eyes, in ms. */
const idleFor = 5000;
/** How long the browser may take to store the new build, in ms. The server has it anyway. */
const storedWithin = 30_000;
/** How long a worker may take to take over, in ms. */
const activeWithin = 3000;

let registration: ServiceWorkerRegistration | undefined;
let touched = 0; // when the user did something last

/** Registers the worker, and watches for newer builds from then on. */
export async function watchUpdates(): Promise<void> {
  for (const event of ["keydown", "pointerdown", "wheel", "touchmove"])
    addEventListener(event, () => (touched = Date.now()), { capture: true, passive: true });
  registration = await registerWorker();
  registration?.addEventListener("updatefound", followInstall);
  if (registration?.installing) followInstall();
  else void activate(build); // it may have been installed while an older page was open
  effect(() => {
    const { value } = store.serverBuild;
    if (value && value !== build) void look();
  });
  const reloadIfQuiet = () => {
    const { value } = newBuild;
    if (value && !storage.reloads.includes(step(value)) && isQuiet()) void reload();
  };
  document.addEventListener("visibilitychange", reloadIfQuiet);
  effect(() => {
    if (!newBuild.value) return undefined;
    const timer = setInterval(reloadIfQuiet, 1000);
    return () => clearInterval(timer);
  });
}

const step = (to: string): string => `${build} ${to}`;

/** Loads the new build. */
export async function reload(): Promise<void> {
  const { value } = newBuild;
  newBuild.value = undefined;
  if (value) {
    storage.reloads = [...storage.reloads, step(value)];
    await activate(value);
  }
  location.reload();
}

/** Sees to it that the worker that is being installed takes over if it is of this page's build, and that a newer build is noticed. */
function followInstall(): void {
  const worker = registration?.installing;
  if (!worker) return void activate(build).then(look); // it has been installed before its event came
  const done = () => void (worker.state === "installed" ? activate(build).then(look) : installAgain());
  worker.addEventListener("statechange", done, { once: true });
}

/** How long to wait before the browser installs the worker again, if it couldn't be installed, in ms. */
const pauses = [5000, 30_000, 120_000];

/** Has the browser try again to install a worker that is newer than the one it has. */
async function installAgain(): Promise<void> {
  const ms = registration?.active && pauses.shift();
  if (!ms) return;
  await pause(ms);
  await registration?.update().catch(installAgain); // the server has gone
}

/** Asks the server which build it has. An answer that something on the way has kept is no reason to reload. */
async function look(): Promise<void> {
  const served = await servedBuild();
  if (!served || served === build || newBuild.peek() === served) return;
  await registration?.update().catch(() => {}); // the server has gone again
  await installed();
  newBuild.value = served;
}

async function servedBuild(): Promise<string | undefined> {
  try {
    const answer = await fetch(base, { headers: { Accept: "text/html" }, cache: "no-cache" });
    return /name="build" content="(\w+)"/.exec(await answer.text())?.[1];
  } catch {
    return undefined;
  }
}

/** Waits until the worker that is being installed is, or can't be. */
async function installed(): Promise<void> {
  const worker = registration?.installing;
  if (!worker) return;
  const done = new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
  await Promise.race([done, pause(storedWithin)]);
}

/** Has the worker take over, if it is of a build. Pages of an older build stay open: what they load is still in its cache. */
async function activate(of: string): Promise<void> {
  const waiting = registration?.waiting;
  if (!waiting) return registration?.active?.postMessage({ activate: of });
  const active = new Promise((done) => waiting.addEventListener("statechange", done, { once: true }));
  waiting.postMessage({ activate: of });
  await Promise.race([active, pause(activeWithin)]);
}

const pause = (ms: number): Promise<void> => new Promise((over) => setTimeout(over, ms));

/** Whether nothing is lost by a reload. Drafts and unsent messages are stored. */
function isQuiet(): boolean {
  const busy =
    store.panel.peek() !== undefined ||
    store.menu.peek() !== undefined ||
    attached.peek().size > 0 ||
    longPastes.peek().size > 0 ||
    room.changing.peek().size > 0 ||
    room.knocking.peek() ||
    [...document.querySelectorAll("audio, video")].some((m) => !(m as HTMLMediaElement).paused) ||
    [...document.querySelectorAll("input, textarea")].some((f) => f.id !== "draft" && (f as HTMLInputElement).value);
  if (busy) return false;
  return document.visibilityState === "hidden" || isIdle();
}

/** Whether the user does nothing with the page that they see. */
function isIdle(): boolean {
  const draft = document.querySelector<HTMLTextAreaElement>("#draft");
  return (
    Date.now() - touched > idleFor &&
    !draft?.value &&
    room.composing.peek() === undefined &&
    room.excerpt.peek() === undefined &&
    room.atEnd.peek() &&
    getSelection()?.isCollapsed !== false
  );
}
