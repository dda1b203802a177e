// Chromium, for tests. Each person has a browser context, as if on a machine of their
// own. An error in a page, a violation of its policy or a request to another host fails
// the test that opened it.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import type { Browser, BrowserContext, BrowserContextOptions, BrowserType, Page } from "playwright-core";
import { patience, until } from "./server.ts";

/** A whole Chromium… */
const programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** …and one without a user interface of its own, which needs half the processor's time. */
const shell = "/usr/bin/chromium-headless-shell";

/** A phone's screen, for `Visitor.open`. */
export const phone = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** A screen on which the list of rooms is next to the room. */
export const wide = { viewport: { width: 1280, height: 720 } };

/** Where Chromium is, if it is installed. */
export function chromiumProgram({ whole = true } = {}): string | undefined {
  return [process.env.SNUG_TEST_CHROMIUM, ...(whole ? [] : [shell]), ...programs].find((p) => p !== undefined && existsSync(p));
}

const args = [
  "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

async function options(whole: boolean): Promise<{ program: BrowserType; executablePath: string; timeout: number; args: string[] }> {
  const executablePath = chromiumProgram({ whole });
  if (!executablePath) throw new Error("no Chromium: install it, or name its program in SNUG_TEST_CHROMIUM");
  const { chromium } = await import("playwright-core"); // which doesn't load in Node 18
  return { program: chromium, executablePath, timeout: patience, args };
}

/** Starts a browser, which the caller closes. Its profile is new, and it reaches only this machine. */
export async function launch({ whole = false } = {}): Promise<Browser> {
  const { program, ...how } = await options(whole);
  return program.launch(how);
}

/** Starts a browser with the profile in dir, which outlives it. `kill` ends it by SIGKILL. */
export async function launchProfile(dir: string): Promise<{ context: BrowserContext; kill: () => Promise<void> }> {
  const { program, ...how } = await options(true);
  const context = await program.launchPersistentContext(dir, how);
  context.setDefaultTimeout(patience);
  const kill = async () => {
    const browser = readdirSync("/proc").find((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return command.includes(`--user-data-dir=${dir}`) && !command.includes("--type=");
      } catch {
        return false; // no process, or it has ended
      }
    });
    const gone = context.waitForEvent("close");
    process.kill(Number(browser), "SIGKILL");
    await gone;
  };
  return { context, kill };
}

/** A person who uses the page. */
export class Visitor {
  readonly wrong: string[] = [];

  private constructor(readonly context: BrowserContext, public page: Page) {}

  /** Opens a browser window, and closes it when the test ends. The page may send requests to its own host, and to the others given. */
  static async open(t: TestContext, browser: Browser, url: string, options: BrowserContextOptions = {}, ...hosts: string[]): Promise<Visitor> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 750 }, locale: "en-GB", ...options });
    return Visitor.in(t, context, url, ...hosts);
  }

  /** The same in a context that was made before. */
  static async in(t: TestContext, context: BrowserContext, url: string, ...hosts: string[]): Promise<Visitor> {
    context.setDefaultTimeout(patience);
    const visitor = new Visitor(context, undefined!);
    t.after(async () => {
      await context.close();
      assert.deepEqual(visitor.wrong, [], "what went wrong in the page");
    });
    await visitor.#watch(new URL(url).host, ...hosts);
    visitor.page = await visitor.tab(url);
    return visitor;
  }

  /** Another tab of the same person. */
  async tab(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** Closes the tab, and opens another at the same place. */
  async reopen(): Promise<void> {
    const url = this.page.url();
    await this.page.close();
    this.page = await this.tab(url);
  }

  /** Records errors in any tab of the person, and blocks requests to other hosts. */
  async #watch(...hosts: string[]): Promise<void> {
    const { context, wrong } = this;
    const foreign = (url: URL) => !["data:", "blob:"].includes(url.protocol) && !hosts.includes(url.host);
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`), true);
    });
    await context.route(foreign, (route) => route.abort());
    context.on("request", (r) => { if (foreign(new URL(r.url()))) wrong.push(`request to ${r.url()}`); });
    context.on("page", (page) => page.on("websocket", (ws) => { if (foreign(new URL(ws.url()))) wrong.push(`connection to ${ws.url()}`); }));
    context.on("weberror", (e) => wrong.push(`error: ${e.error().stack ?? e.error().message}`));
    context.on("dialog", (d) => {
      wrong.push(`dialog: ${d.message()}`);
      void d.dismiss();
    });
    context.on("console", (m) => {
      // An unreachable server is not the page's fault.
      if (m.type() === "error" && !/WebSocket connection|Failed to load resource|net::ERR_/.test(m.text())) wrong.push(`console: ${m.text()}`);
    });
  }

  /** Answers the question for a nick, and waits until the room is open. */
  async enter(nick: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "Your name" }).fill(nick);
    await this.page.getByRole("button", { name: "Enter the room" }).click();
    await this.connected();
  }

  async connected(): Promise<void> {
    await this.page.locator(".status.good").waitFor();
  }

  /** Waits until the room is open again; clicks Try now rather than wait for the next attempt. */
  async back(): Promise<void> {
    const now = this.page.getByRole("button", { name: "Try now" });
    await until("the room is open again", async () => {
      if (await this.page.locator(".status.good").isVisible()) return true;
      await now.click({ timeout: 1000 }).catch(() => {}); // it may have gone, which is what is waited for
      return false;
    });
  }

  /** All that the browser has stored for the page, as JSON: localStorage, and each store of its database by its name. */
  stored(): Promise<string> {
    return this.page.evaluate(async () => {
      const done = <T>(request: IDBRequest<T>) => new Promise<T>((ok, failed) => {
        request.onsuccess = () => ok(request.result);
        request.onerror = () => failed(request.error);
      });
      const all: Record<string, unknown> = { localStorage: { ...localStorage } };
      for (const { name } of await indexedDB.databases()) {
        if (!name!.startsWith("snug ")) continue; // that of notifications
        const db = await done(indexedDB.open(name!));
        for (const store of db.objectStoreNames) {
          const records = db.transaction(store).objectStore(store);
          const [keys, values] = await Promise.all([done(records.getAllKeys()), done(records.getAll())]);
          all[store] = Object.fromEntries(keys.map((key, i) => [key, values[i]]));
        }
        db.close();
      }
      return JSON.stringify(all);
    });
  }

  /** Who the person is in a room. */
  async place(room: string): Promise<{ seat: string; member: string }> {
    const { seats } = JSON.parse(await this.stored()) as { seats: Record<string, { seat: string; member: string }> };
    return seats[room]!;
  }

  get draft() { return this.page.getByRole("textbox", { name: "Write a message" }); }

  async say(text: string): Promise<void> {
    await this.draft.fill(text);
    await this.draft.press("Enter");
  }

  /** The bubbles of messages with this text in them. */
  bubble(text: string) { return this.page.locator(".bubble").filter({ hasText: text }); }

  /** The contents of the messages that are in the page, from the top. */
  contents(): Promise<string[]> {
    return this.page.locator(".message .content").allInnerTexts();
  }

  /**
   * Waits until the person's messages are all in the log. What was said just before is on the page then:
   * the page shows a message once it is stored. The browser must have opened the page's database, or refused to.
   */
  async settled(): Promise<void> {
    await this.page.evaluate(async () => {
      // A message of its own to the page comes after it has rendered what its handlers have changed. A timer may be the test's.
      const rendered = () => new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(0);
      });
      await rendered();
      const named = (await indexedDB.databases()).find(({ name }) => name!.startsWith("snug "));
      const request = named && indexedDB.open(named.name!);
      const db = request && (await new Promise<IDBDatabase | undefined>((done) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => done(undefined);
      }));
      if (!db?.objectStoreNames.contains("outbox")) return db?.close();
      // A transaction comes after those that were begun before it.
      await new Promise((done) => (db.transaction("outbox").oncomplete = done));
      db.close();
      await rendered();
    });
    await until("all that was said is confirmed", async () => (await this.page.locator(".pending").count()) === 0);
  }

  /** Whether the page can be scrolled sideways, because something is wider than the window. */
  sideways(): Promise<boolean> {
    return this.page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.body.scrollWidth > innerWidth);
  }
}
