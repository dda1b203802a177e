// What a browser notifies its user of, and whether the user looks at a page.
import type { TestContext } from "node:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { notesLock } from "../src/notify/shown.ts";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";

export type Level = "All" | "Mentions" | "None";

/** Opens a room as Ann, who has allowed notifications, and chooses a level. The worker is there. */
export async function enterAsAnn(t: TestContext, room: string, level?: Level, options: BrowserContextOptions = {}, url = server.url): Promise<Visitor> {
  const ann = await Visitor.open(t, browser, url, { permissions: ["notifications"], ...options });
  await ann.context.addInitScript(keepNotifications);
  await ann.context.addInitScript(withoutPushService);
  await ann.page.goto(`${url}r/${room}`);
  await ann.enter("Ann");
  await ann.page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  if (level) await choose(ann.page, level);
  return ann;
}

/** Has the browser find no push service. Chromium does so by itself in a private window, as those of tests are, but with an error on the console. */
export function withoutPushService(): void {
  const { prototype } = globalThis.PushManager ?? {};
  if (prototype) prototype.subscribe = () => Promise.reject(new DOMException("Registration failed", "AbortError"));
}

export async function choose(page: Page, level: Level): Promise<void> {
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("group", { name: "Notifications in this room" }).getByRole("radio", { name: level, exact: true }).check();
  await closePanel(page);
}

/** Closes a panel, and waits until the browser has gone back in its history: it would go back from what is loaded next. */
export async function closePanel(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => (history.state as { overlay?: true } | null)?.overlay !== true);
}

/** Has notifications stay until they are closed. A browser without a screen closes them after some seconds, as if its user did. */
export function keepNotifications(): void {
  const { prototype } = globalThis.ServiceWorkerRegistration ?? {}; // an empty page has none
  if (!prototype) return;
  const { showNotification } = prototype;
  prototype.showNotification = function (title, options) {
    return showNotification.call(this, title, { ...options, requireInteraction: true });
  };
}

/** The notifications that are shown now: titles and texts, without the marks around names. */
export function shown(page: Page): Promise<[title: string, body: string][]> {
  return page.evaluate(async (lock) => {
    const registration = await navigator.serviceWorker.getRegistration();
    if (!registration) return [];
    const plain = (text: string) => text.replace(/[\u2068\u2069]/g, "");
    return navigator.locks.request(lock, async () => (await registration.getNotifications()).map((n): [string, string] => [plain(n.title), plain(n.body)]));
  }, notesLock);
}

/** A headless page has the focus always; this takes it away, and gives it back. */
export const lookAway = (page: Page): Promise<void> => setFocus(page, false);
export const look = (page: Page): Promise<void> => setFocus(page, true);

function setFocus(page: Page, focus: boolean): Promise<void> {
  return page.evaluate((focus) => {
    Object.defineProperty(document, "hasFocus", { value: () => focus, configurable: true });
    dispatchEvent(new Event(focus ? "focus" : "blur"));
  }, focus);
}
