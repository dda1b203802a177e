// How a browser is registered for pushes. Chromium has no push service without its maker's,
// so the page's PushManager is one of the tests; the rest is real.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { Visitor } from "./browser.ts";
import { choose, closePanel, enterAsAnn } from "./notifications.ts";
import { PushService, type Subscription } from "./push-service.ts";
import { browser, server, useWholeBrowser } from "./running.ts";
import { until } from "./server.ts";

useWholeBrowser();

/** What a page tells its rooms, in order: the room, and the command; once it was answered, with the status. */
interface Told {
  room: string;
  command: { type: string; endpoint: string; level: string; p256dh?: string; auth?: string; quiet?: object };
  status?: number | undefined;
}

/** Notes what the pages of a person tell their rooms about pushes. */
function watchTold(context: BrowserContext): Told[] {
  const all: Told[] = [];
  context.on("request", (request) => {
    const room = /\/r\/([^/]+)\/commands$/.exec(request.url())?.[1];
    const command = (room && request.method() === "POST" ? request.postDataJSON() : {}) as Told["command"];
    if (command.type !== "push") return;
    const told: Told = { room: room!, command };
    all.push(told);
    void request.response().then((response) => (told.status = response?.status()));
  });
  return all;
}

/** Gives pages a PushManager, with subscriptions in the order of their making. It lasts over reloads, as a browser's does. */
async function givePushManager(context: BrowserContext, subscriptions: readonly Subscription[]): Promise<void> {
  await context.addInitScript((subscriptions) => {
    const { prototype } = globalThis.PushManager ?? {}; // an empty page has none
    if (!prototype) return;
    /** Which subscription it is, and its key; without a key it has ended. */
    const state = (): { made: number; key?: string } => JSON.parse(localStorage.getItem("test") ?? '{"made":0}') as { made: number; key?: string };
    const save = (s: { made: number; key?: string }) => localStorage.setItem("test", JSON.stringify(s));
    const bytes = (key: string) => Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)).buffer;
    const current = (): PushSubscription | null => {
      const { made, key } = state();
      if (key === undefined) return null;
      const { endpoint, keys } = subscriptions[made - 1]!;
      return {
        endpoint,
        options: { userVisibleOnly: true, applicationServerKey: bytes(key) },
        toJSON: () => ({ endpoint, keys }),
        unsubscribe: async () => {
          save({ made });
          return true;
        },
      } as unknown as PushSubscription;
    };
    prototype.getSubscription = () => Promise.resolve(current());
    prototype.subscribe = (options) => {
      if (options?.userVisibleOnly !== true) return Promise.reject(new Error("a browser demands userVisibleOnly"));
      const { made, key } = state();
      if (key !== undefined) return Promise.reject(new Error("there is one with another key"));
      save({ made: made + 1, key: options.applicationServerKey as string });
      return Promise.resolve(current()!);
    };
  }, subscriptions);
}

/** Opens a room as Ann, in a browser that has a push service. */
async function ann(t: TestContext, room: string) {
  const service = await PushService.start(t);
  const subscriptions = [service.subscribe(), service.subscribe()];
  const visitor = await enterAsAnn(t, "first-room", undefined, { timezoneId: "Asia/Shanghai" });
  const told = watchTold(visitor.context);
  await givePushManager(visitor.context, subscriptions);
  await visitor.page.goto(`${server.url}r/${room}`);
  await visitor.connected();
  return { visitor, page: visitor.page, told, service, subscriptions };
}

const settled = (told: readonly Told[], count: number) =>
  until(`it was told ${count} times`, () => told.length >= count && told.every((o) => o.status !== undefined));
const subscribed = (page: Page) => page.evaluate(() => navigator.serviceWorker.ready.then((r) => r.pushManager.getSubscription()).then((s) => s?.endpoint));

describe("a browser is registered for pushes", () => {
  it("with the chosen level, renewed at each welcome and with a new nick, until the user wants none", async (t) => {
    const { visitor, page, told, subscriptions } = await ann(t, "registered");
    const [{ endpoint, keys }] = subscriptions as [Subscription, Subscription];
    await choose(page, "Mentions");
    await settled(told, 1);
    assert.deepEqual(told[0], { room: "registered", command: { type: "push", ref: "push", endpoint, level: "mentions", ...keys }, status: 200 });
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByText("You get them also while Snug is closed.").waitFor();

    await page.getByRole("checkbox", { name: "Quiet time, without alerts" }).check();
    await settled(told, 2);
    assert.deepEqual(told[1]!.command.quiet, { from: "22:00", to: "07:00", zone: "Asia/Shanghai" });
    await closePanel(page);

    await page.reload();
    await visitor.connected();
    await settled(told, 3);
    assert.deepEqual(told[2]!.command, told[1]!.command);

    await page.getByRole("button", { name: "Change your name" }).click();
    await page.getByRole("textbox", { name: "Your name" }).fill("Anna");
    await page.keyboard.press("Enter");
    await settled(told, 4);

    await choose(page, "None");
    await settled(told, 5);
    assert.deepEqual(told[4], { room: "registered", command: { type: "push", ref: "push", endpoint, level: "none" }, status: 200 });
    await until("the browser is unsubscribed", async () => (await subscribed(page)) === undefined);
  });

  it("in each room, and subscribed while there is one; a subscription for another server's key is replaced, and all rooms know", async (t) => {
    const { visitor, page, told, subscriptions } = await ann(t, "one");
    await page.evaluate(() => localStorage.setItem("test", JSON.stringify({ made: 1, key: "b3RoZXI" })));
    await choose(page, "All");
    await settled(told, 1);
    assert.equal(told[0]!.command.endpoint, subscriptions[1]!.endpoint);
    await page.evaluate(() => localStorage.setItem("test", JSON.stringify({ made: 0 }))); // the browser has lost it
    await page.goto(`${server.url}r/two`);
    await visitor.connected();
    await choose(page, "Mentions");
    await settled(told, 2);
    assert.deepEqual(told.map(({ room, command, status }) => [room, command.endpoint, command.level, status]), [
      ["one", subscriptions[1]!.endpoint, "all", 200],
      ["two", subscriptions[0]!.endpoint, "mentions", 200],
    ]);
    await page.goto(`${server.url}r/one`);
    await visitor.connected();
    await settled(told, 3);
    assert.deepEqual([told[2]!.room, told[2]!.command.endpoint], ["one", subscriptions[0]!.endpoint]);

    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByRole("button", { name: "Forget this room…" }).click();
    await page.getByRole("button", { name: "Forget the room", exact: true }).click();
    await settled(told, 4);
    assert.deepEqual([told[3]!.room, told[3]!.command.level, told[3]!.status], ["one", "none", 200]);
    assert.equal(await subscribed(page), subscriptions[0]!.endpoint, "the other room needs it");

    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByRole("button", { name: "Sign out of this browser…" }).click();
    const left = page.waitForEvent("load");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await settled(told, 5);
    assert.deepEqual([told[4]!.room, told[4]!.command.level, told[4]!.status], ["two", "none", 200]);
    await left;
    await until("the browser is unsubscribed", async () => (await subscribed(page)) === undefined);
  });

  it("only where its user has allowed notifications", async (t) => {
    const service = await PushService.start(t);
    const visitor = await Visitor.open(t, browser, server.url, { permissions: [] });
    const told = watchTold(visitor.context);
    await givePushManager(visitor.context, [service.subscribe()]);
    await visitor.page.goto(`${server.url}r/not-allowed`);
    await visitor.enter("Ann");
    await choose(visitor.page, "All");
    await visitor.page.reload();
    await visitor.connected();
    await visitor.page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
    await choose(visitor.page, "Mentions");
    assert.equal(await subscribed(visitor.page), undefined);
    assert.deepEqual(told, []);
  });

  it("not where it has no push service, which the page says", async (t) => {
    const visitor = await enterAsAnn(t, "no-service", "All"); // this Chromium
    await visitor.page.getByRole("button", { name: "Settings", exact: true }).click();
    await visitor.page.getByText("The browser couldn't reach its push service").waitFor();
  });
});

describe("the page", () => {
  it("says on an iPhone that it must be on the home screen first", async (t) => {
    const visitor = await Visitor.open(t, browser, `${server.url}r/iphone`, {
      userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    });
    await visitor.context.addInitScript(() => Reflect.deleteProperty(globalThis, "Notification")); // as there, in a tab
    await visitor.page.reload();
    await visitor.enter("Ann");
    await choose(visitor.page, "Mentions");
    await visitor.page.getByRole("button", { name: "Settings", exact: true }).click();
    await visitor.page.getByText("add Snug to the Home Screen first").waitFor();
  });

  it("tells the server whether it is seen: after each welcome, and when that changes", async (t) => {
    const visitor = await Visitor.open(t, browser, `${server.url}`);
    const said: boolean[] = [];
    visitor.page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => {
        const command = JSON.parse(`${payload}`) as { type: string; visible: boolean };
        if (command.type === "visible") said.push(command.visible);
      }),
    );
    await visitor.page.goto(`${server.url}r/seen-or-not`);
    await visitor.enter("Ann");
    await until("it is said", () => said.length === 1);
    const show = (state: "visible" | "hidden") =>
      visitor.page.evaluate((state) => {
        Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    await show("hidden");
    await show("visible");
    await until("it is said", () => said.length === 3);
    await visitor.page.reload();
    await visitor.connected();
    await until("it is said", () => said.length === 4);
    assert.deepEqual(said, [true, false, true, true]);
  });
});
