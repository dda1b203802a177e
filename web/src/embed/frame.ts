// The page's side of <snug-room>: it takes settings and tokens from the page around its frame.
//
// Only sites that the server names in frame-ancestors can have the page in a frame, and the browser sees to that. So
// the window around this one is of such a site, and it alone is heard (docs/decisions/0030-embedding.md).
import { effect, untracked } from "@preact/signals";
import { rename } from "../actions.ts";
import { tellElement } from "../embedded.ts";
import { session } from "../session/current.ts";
import { isTheme } from "../storage.ts";
import { store } from "../store.ts";
import { isLanguage } from "../texts/languages.ts";
import { claimsOf, token } from "../token.ts";
import { showStyle } from "./theme.ts";

const { room } = store;

/** How long to wait before another token is asked for, at the least, in ms. */
const asksEvery = 5_000;
/** The longest time that a timer can be set for, in ms. */
const longest = 2 ** 31 - 1;

let asked = 0;

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
    if (now.is === "ended" && now.why.code === "bad-token") untracked(askToken);
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

function setToken(given: string | undefined): void {
  const before = token.peek();
  if (before && given && claimsOf(before).sub !== claimsOf(given).sub) return location.reload(); // somebody else
  token.value = given;
}

/** Asks the element for a fresh token. */
function askToken(): void {
  if (Date.now() - asked < asksEvery) return;
  asked = Date.now();
  tellElement({ snug: "token" });
}

/** Asks for the next token at three quarters of this one's time. */
function renewEarly(now: string | undefined): (() => void) | undefined {
  const { exp, iat } = claimsOf(now);
  if (typeof exp !== "number") return undefined;
  // With iat, this clock may be wrong.
  const left = exp * 1000 - (typeof iat === "number" ? iat * 1000 : Date.now());
  const timer = setInterval(askToken, Math.min(longest, Math.max(asksEvery, left * 0.75)));
  return () => clearInterval(timer);
}
