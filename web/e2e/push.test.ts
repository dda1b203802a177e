// What the worker makes of a push that the browser delivers to it, and of a click. The
// browser's own tool for developers delivers it: pushes need no push service here.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CDPSession, Page, Worker } from "playwright-core";
import type { Visitor } from "./browser.ts";
import { enterAsAnn, keepNotifications, look, lookAway, shown } from "./notifications.ts";
import { server, useWholeBrowser } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

useWholeBrowser();

/** What the server would encrypt. */
interface Payload {
  room: string;
  name?: string;
  epoch: string;
  seq: number;
  why: "mention" | "reply" | "message";
  from: string;
  text: string;
  files?: number;
}

const news = (room: string, seq: number, text: string, more: Partial<Payload> = {}): Payload => ({
  room, epoch: "e", seq, why: "mention", from: "Bob", text, ...more,
});

/** The worker of a visitor, who gets pushes by `deliver`. */
class Pushed {
  #count = 0;
  private constructor(readonly visitor: Visitor, readonly worker: Worker, readonly registration: string, readonly devtools: CDPSession) {}

  static async to(visitor: Visitor): Promise<Pushed> {
    const { page, context } = visitor;
    const [worker] = context.serviceWorkers();
    await worker!.evaluate(keepNotifications);
    await worker!.evaluate(() => {
      const scope = self as WorkerScope;
      scope.done = [];
      scope.opened = [];
      scope.badges = [];
      const { waitUntil } = scope.ExtendableEvent.prototype;
      scope.ExtendableEvent.prototype.waitUntil = function (work) {
        if (this.type === "push" || this.type === "notificationclick") scope.done.push(work);
        if (this.isTrusted) waitUntil.call(this, work);
      };
      // A browser lets a worker focus and open windows after a real click only.
      scope.WindowClient.prototype.focus = function () {
        scope.opened.push("focus");
        return Promise.resolve(this);
      };
      scope.Clients.prototype.openWindow = (url) => {
        scope.opened.push(url);
        return Promise.resolve(null);
      };
      scope.navigator.setAppBadge = (n) => {
        scope.badges.push(n);
        return Promise.resolve();
      };
    });
    const devtools = await context.newCDPSession(page);
    const found = new Promise<string>((found) =>
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const mine = registrations.find((r) => r.scopeURL === server.url && !r.isDeleted);
        if (mine) found(mine.registrationId);
      }),
    );
    await devtools.send("ServiceWorker.enable");
    return new Pushed(visitor, worker!, await found, devtools);
  }

  /** Has the browser deliver a push to the worker, and waits until it is handled. */
  async deliver(payload: Payload | string): Promise<void> {
    const data = typeof payload === "string" ? payload : JSON.stringify(payload);
    await this.devtools.send("ServiceWorker.deliverPushMessage", { origin: new URL(server.url).origin, registrationId: this.registration, data });
    await this.#handled();
  }

  /** Clicks the notification that is shown. It resolves to what the worker does: it focuses a window, or opens an address. */
  async click(): Promise<string> {
    await this.worker.evaluate(async () => {
      const scope = self as WorkerScope;
      const [notification] = await scope.registration.getNotifications();
      scope.dispatchEvent(new scope.NotificationEvent("notificationclick", { notification: notification! }));
    });
    await this.#handled();
    return (await this.worker.evaluate(() => (self as Hooks).opened)).at(-1) ?? "";
  }

  async #handled(): Promise<void> {
    const count = ++this.#count;
    await until("the worker has it", () => this.worker.evaluate((n) => (self as Hooks).done.length >= n, count));
    await this.worker.evaluate(() => Promise.all((self as Hooks).done).then(() => {}));
  }

  /** What the app's icon shows. */
  badge(): Promise<number | undefined> { return this.worker.evaluate(() => (self as Hooks).badges.at(-1)); }
}

/** What `Pushed` notes in the worker. */
interface Hooks {
  done: Promise<unknown>[];
  opened: string[];
  badges: number[];
}

/** The worker's global scope, as far as the tests use it: TypeScript's types of workers and of pages exclude each other. */
interface WorkerScope extends Hooks {
  registration: ServiceWorkerRegistration;
  dispatchEvent(e: Event): boolean;
  ExtendableEvent: { prototype: Event & { waitUntil(work: Promise<unknown>): void } };
  NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
  WindowClient: { prototype: { focus(): Promise<unknown> } };
  Clients: { prototype: { openWindow(url: string): Promise<unknown> } };
  navigator: { setAppBadge(n: number): Promise<void> };
}

declare const self: unknown;

describe("a push", () => {
  it("is shown without the marks of Markdown, and the next one in place of it, with a count", async (t) => {
    const ann = await enterAsAnn(t, "elsewhere");
    const pushed = await Pushed.to(ann);
    await pushed.deliver(news("tea", 7, "**the kettle** is on, @Ann"));
    assert.deepEqual(await shown(ann.page), [["Bob in tea", "the kettle is on, @Ann"]]);
    assert.equal(await pushed.badge(), 1);
    await pushed.deliver(news("tea", 7, "**the kettle** is on, @Ann"));
    assert.deepEqual(await shown(ann.page), [["Bob in tea", "the kettle is on, @Ann"]], "a push that came twice");
    await pushed.deliver(news("Tea", 9, "/me pours", { name: "Tea time", from: "Cid" }));
    assert.deepEqual(await shown(ann.page), [["2 new messages in Tea time", "Cid pours"]], "the same room");
    await pushed.deliver(news("coffee", 3, "", { files: 2 }));
    assert.deepEqual((await shown(ann.page)).sort(), [["2 new messages in Tea time", "Cid pours"], ["Bob in coffee", "2 files"]]);
    assert.equal(await pushed.badge(), 3);
  });

  it("is shown in the page's language", async (t) => {
    const ann = await enterAsAnn(t, "language", undefined, { locale: "en-GB" });
    await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
    await ann.page.getByRole("combobox", { name: "Language" }).selectOption("中文");
    await ann.page.getByRole("heading", { name: "设置" }).waitFor();
    const pushed = await Pushed.to(ann);
    await pushed.deliver(news("tea", 7, "你好"));
    assert.deepEqual(await shown(ann.page), [["Bob（tea）", "你好"]]);
  });

  it("that can't be read is shown nevertheless, as browsers demand", async (t) => {
    const ann = await enterAsAnn(t, "unreadable");
    const pushed = await Pushed.to(ann);
    for (const payload of ["", "no JSON", "[]", '{"room":1}']) await pushed.deliver(payload);
    assert.deepEqual(await shown(ann.page), [["Snug", "There are new messages"]]);
    assert.equal(await pushed.click(), server.url);
    assert.deepEqual(await shown(ann.page), []);
  });

  it("isn't shown while a window of the room is seen, wherever the window was before", async (t) => {
    const ann = await enterAsAnn(t, "first");
    const pushed = await Pushed.to(ann);
    await pushed.deliver(news("first", 7, "hello"));
    assert.deepEqual(await shown(ann.page), []);
    await ann.page.getByRole("link", { name: "All rooms" }).click();
    await ann.page.getByRole("textbox", { name: "Room code" }).fill("second");
    await ann.page.keyboard.press("Enter");
    await ann.connected();
    await until("the worker knows", async () => {
      await pushed.deliver(news("second", 1, "hello"));
      const titles = (await shown(ann.page)).map(([title]) => title);
      return !titles.some((title) => title.endsWith("second")) || (await closeAll(ann.page));
    });
    await pushed.deliver(news("first", 8, "hello"));
    assert.deepEqual(await shown(ann.page), [["Bob in first", "hello"]], "it no longer shows the first");
  });

  it("and the same message in an open page are one notification", async (t) => {
    const bob = await Speaker.enter(t, server, "both", "Bob");
    const ann = await enterAsAnn(t, "both", "All");
    const pushed = await Pushed.to(ann);
    await lookAway(ann.page);
    await bob.say("hello");
    await until("the page shows it", async () => (await shown(ann.page)).length === 1);
    const data = await ann.page.evaluate(async () => {
      const [note] = await (await navigator.serviceWorker.ready).getNotifications();
      return note!.data as { epoch: string; seq: number };
    });
    await ann.page.getByRole("link", { name: "All rooms" }).click(); // the worker shows nothing for a visible room
    await until("the worker shows what it is told", async () => {
      await pushed.deliver(news("both", data.seq, "hello", { epoch: data.epoch }));
      return (await shown(ann.page)).length === 1;
    });
    assert.deepEqual(await shown(ann.page), [["Bob in both", "hello"]], "not two");
    await pushed.deliver(news("both", data.seq + 1, "again", { epoch: data.epoch }));
    assert.deepEqual(await shown(ann.page), [["2 new messages in both", "Bob: again"]]);
  });
});

/** Closes what is shown. It reports false. */
async function closeAll(page: Page): Promise<boolean> {
  await page.evaluate(async () => { for (const n of await (await navigator.serviceWorker.ready).getNotifications()) n.close(); });
  return false;
}

describe("a click on a notification", () => {
  it("opens the room at the message, also when that is far up", async (t) => {
    const bob = await Speaker.enter(t, server, "opened", "Bob");
    await bob.say("look here", ...Array.from({ length: 1300 }, (_, i) => `message ${i}`));
    const ann = await enterAsAnn(t, "somewhere");
    const pushed = await Pushed.to(ann);
    await pushed.deliver(news("opened", 2, "look here"));
    const address = await pushed.click();
    assert.equal(address, `${server.url}r/opened#seq=2`);
    assert.deepEqual(await shown(ann.page), [], "it is closed");
    await ann.page.goto(address);
    await ann.page.locator(".message.marked").getByText("look here").waitFor();
  });

  it("focuses the window of the room, which goes to the message", async (t) => {
    const bob = await Speaker.enter(t, server, "focused", "Bob");
    const ann = await enterAsAnn(t, "focused", "All");
    const pushed = await Pushed.to(ann);
    await lookAway(ann.page);
    await bob.say("look here");
    await until("the page shows it", async () => (await shown(ann.page)).length === 1);
    await bob.say(...Array.from({ length: 100 }, (_, i) => `message ${i}`));
    await until("all are counted", async () => (await shown(ann.page))[0]?.[0] === "101 new messages in focused");
    await ann.page.evaluate(() => document.querySelector(".scroller")!.scrollTo(0, 0));
    assert.equal(await pushed.click(), "focus");
    await ann.page.locator(".message.marked").getByText("message 99").waitFor();
    assert.equal(ann.context.pages().length, 1);
    await look(ann.page);
  });
});
