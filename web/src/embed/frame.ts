// The page's side of <snug-room>: it takes settings and tokens from the page around its frame.
//
// Only sites that the server names in frame-ancestors can have the page in a frame, and the browser sees to that. So
// the window around this one is of such a site, and it alone is heard (docs/decisions/0030-embedding.md).
import { effect } from "@preact/signals";
import { rename } from "../actions.ts";
import { tellElement } from "../embedded.ts";
import { session } from "../session/current.ts";
import { isTheme } from "../storage.ts";
import { store } from "../store.ts";
import { isLanguage } from "../texts/languages.ts";
import { claimsOf, token } from "../token.ts";
import { showStyle } from "./theme.ts";

const { room } = store;

/** How long to wait before another token is asked for, in ms: after one with which the room was open, and at the most. */
const pauses = { shortest: 5_000, longest: 60_000 };
/** The longest time that a timer can be set for, in ms. */
const longest = 2 ** 31 - 1;

let asked = 0;
let pause = pauses.shortest;

/** Listens to the element, and resolves once it has sent its settings. */
export async function embed(): Promise<void> {
  document.documentElement.toggleAttribute("data-embedded", true);
  await new Promise<void>((settled) => {
    addEventListener("message", (e: MessageEvent<unknown>) => {
      if (e.source !== parent || e.origin === "null" || !isSettings(e.data)) return;
      apply(e.data);
      settled();
    });
    tellElement({ snug: "ready" });
  });
  effect(() => renewEarly(token.value));
  effect(() => {
    const now = room.state.value;
    if (now.is === "open") pause = pauses.shortest;
    return now.is === "ended" && now.why.code === "bad-token" ? askForToken() : undefined;
  });
}

function isSettings(data: unknown): data is Record<string, unknown> & { style: Record<string, unknown> } {
  if (typeof data !== "object" || data === null) return false;
  const { snug, style } = data as Record<string, unknown>;
  return snug === "settings" && typeof style === "object" && style !== null;
}

function apply(given: Record<string, unknown> & { style: Record<string, unknown> }): void {
  const light = showStyle(given.style);
  const fixed: typeof store.fixed.value = {};
  if (isTheme(given.theme)) fixed.theme = given.theme;
  else if (light !== undefined) fixed.theme = light ? "light" : "dark";
  const language = typeof given.language === "string" ? given.language.split("-")[0]! : "";
  if (isLanguage(language)) fixed.language = language;
  store.fixed.value = fixed;
  if (typeof given.nick === "string") setNick(given.nick.trim());
  setToken(typeof given.token === "string" && given.token ? given.token : undefined);
}

let nick = "";

function setNick(given: string): void {
  if (given === "" || given === nick) return;
  nick = given;
  store.nick.value = given;
  if (session.peek() && room.entered.peek())
    void rename(given).then((problem) => problem && (room.error.value = problem));
}

/** Takes a token. For another user, or none after one, the page begins anew: its connection is the former user's. */
function setToken(given: string | undefined): void {
  const before = token.peek();
  const [was, is] = [before, given].map((one) => claimsOf(one).sub);
  if (given && was !== undefined && is === undefined)
    return console.warn("snug-room: what was given isn't a user's token; the former one stays");
  if (before && (!given || was !== is)) return location.reload();
  token.value = given;
}

/** Asks the element for a fresh token, and again after growing pauses, until the returned function is called. */
function askForToken(): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const askAfter = (ms: number): void => {
    timer = setTimeout(() => {
      tellElement({ snug: "token" });
      asked = Date.now();
      pause = Math.min(2 * pause, pauses.longest);
      askAfter(pause);
    }, ms);
  };
  askAfter(Math.max(0, asked + pause - Date.now()));
  return () => clearTimeout(timer);
}

/** Asks for the next token at three quarters of this one's time. */
function renewEarly(now: string | undefined): (() => void) | undefined {
  const { exp, iat } = claimsOf(now);
  if (typeof exp !== "number") return undefined;
  // With iat, this clock may be wrong.
  const left = exp * 1000 - (typeof iat === "number" ? iat * 1000 : Date.now());
  let stop: (() => void) | undefined;
  const timer = setTimeout(() => (stop = askForToken()), Math.min(longest, Math.max(0, left * 0.75)));
  return () => {
    clearTimeout(timer);
    stop?.();
  };
}
