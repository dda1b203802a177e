// A server that is replaced by one with another build of the page.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { anotherBuild } from "./builds.ts";
import { Front } from "./front.ts";
import { Network } from "./network.ts";
import { Server, until } from "./server.ts";
import { Speaker } from "./speaker.ts";

let server: Server;
let browser: Browser;
let newer: string;
before(async () => {
  newer = anotherBuild("newer");
  [server, browser] = await Promise.all([Server.start("--limits=off"), launch()]);
});
after(async () => {
  await browser.close();
  await server.remove();
});
beforeEach(() => serve(undefined));

/** Replaces the server by one with another build of the page, on the same port and log. */
async function serve(program: string | undefined): Promise<void> {
  await server.stop();
  server.program = program;
  await server.start();
}

/**
 * Opens a page, and ends its worker while a newer one waits for it, as Chromium does by
 * itself with a worker that is idle. It doesn't reliably while DevTools is attached to the
 * worker, as Playwright is.
 */
async function open(t: TestContext, url: string): Promise<Visitor> {
  const visitor = await Visitor.open(t, browser, url);
  const devTools = await visitor.context.newCDPSession(visitor.page);
  const versions = new Map<string, { status: string }>();
  devTools.on("ServiceWorker.workerVersionUpdated", (changed) => {
    for (const version of changed.versions) versions.set(version.versionId, version);
  });
  const timer = setInterval(() => {
    if (![...versions.values()].some((v) => v.status === "installed")) return;
    for (const [versionId, { status }] of versions)
      if (status === "activated") devTools.send("ServiceWorker.stopWorker", { versionId }).catch(() => {}); // the page is closed
  }, 1000);
  t.after(() => clearInterval(timer));
  await devTools.send("ServiceWorker.enable");
  return visitor;
}

const buildOf = (page: Page) => page.evaluate(() => document.querySelector<HTMLMetaElement>("meta[name=build]")!.content);
const installed = (page: Page) => until("the worker is there", () => page.evaluate(() => navigator.serviceWorker.controller?.state === "activated"));
/** Counts how often the page of a tab is loaded. */
function countLoads(page: Page): () => number {
  let loads = 0;
  page.on("domcontentloaded", () => loads++);
  return () => loads;
}

/** Waits until the worker of the new build has taken over, while a page of the old one is open. */
const tookOver = (page: Page) =>
  until("the new worker has taken over", () =>
    page.evaluate(async () => {
      const { active, waiting, installing } = await navigator.serviceWorker.ready;
      return active?.state === "activated" && !waiting && !installing && (await caches.keys()).length === 2;
    }));

describe("a page whose server is replaced", () => {
  it("is of the new build after one reload, and draft and unsent messages survive", async (t) => {
    const url = `${server.url}r/replaced`;
    const ann = await open(t, url);
    await ann.enter("Ann");
    await installed(ann.page);
    const before = await buildOf(ann.page);
    const loads = countLoads(ann.page);
    await server.stop();
    await ann.page.locator(".status.waiting").waitFor();
    await ann.say("in between");
    await ann.page.locator(".pending").waitFor();
    await ann.draft.fill("not yet said");
    server.program = newer;
    await server.start();
    await ann.back();
    await ann.page.getByText("There is another version of this page.").waitFor();
    assert.equal(loads(), 0, "it doesn't reload under a draft");
    await ann.page.getByRole("button", { name: "Load it now" }).click();
    await until("it is the new build", async () => (await buildOf(ann.page).catch(() => before)) !== before);
    await ann.connected();
    await ann.settled();
    await ann.bubble("in between").waitFor();
    assert.equal(await ann.draft.inputValue(), "not yet said");
    assert.deepEqual(await ann.contents(), ["in between"]);
    const after = await buildOf(ann.page);
    await until("the new worker has taken over", () =>
      ann.page.evaluate(async () => {
        const registration = await navigator.serviceWorker.ready;
        return !registration.waiting && !registration.installing;
      }));
    assert.equal(loads(), 1);

    await server.stop();
    await ann.page.reload();
    await ann.bubble("in between").waitFor();
    assert.equal(await buildOf(ann.page), after, "the new one opens without the server, too");
    await until("nothing of the old one is left", async () => isDeepStrictEqual(await ann.page.evaluate(() => caches.keys()), [`snug / ${after}`]));
    await server.start();
  });

  it("reloads by itself where the user does nothing", async (t) => {
    const ann = await open(t, `${server.url}r/idle`);
    await ann.enter("Ann");
    await installed(ann.page);
    const before = await buildOf(ann.page);
    const loads = countLoads(ann.page);
    await serve(newer);
    await until("it is the new build", async () => (await buildOf(ann.page).catch(() => before)) !== before);
    await ann.connected();
    assert.equal(loads(), 1);
    await serve(undefined); // back to the older one
    await until("it is the older build again", async () => (await buildOf(ann.page).catch(() => "")) === before);
    await ann.connected();
    assert.equal(loads(), 2);
  });

  it("keeps who its user is, and what isn't sent, if a later build has changed the database and is replaced by this one", async (t) => {
    const url = `${server.url}r/back`;
    const ann = await open(t, url);
    await ann.enter("Ann");
    await ann.say("before");
    await ann.settled();
    await installed(ann.page);
    await ann.page.evaluate(() => new Promise<void>((done, failed) => { // as a page of a later build does in another tab
      const request = indexedDB.open("snug /", 1000);
      request.onupgradeneeded = () => request.result.createObjectStore("of a later build");
      request.onerror = () => failed(request.error!);
      request.onsuccess = () => {
        request.result.close();
        done();
      };
    }));
    await server.stop();
    await ann.page.locator(".status.waiting").waitFor();
    await ann.say("in between");
    await ann.page.locator(".pending").waitFor();
    await until("it is stored", async () => (await ann.stored()).includes("in between"));
    await ann.page.reload();
    await ann.page.locator(".pending").waitFor();
    await server.start();
    await ann.back();
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["before", "in between"]);
    assert.equal(await ann.page.locator(".message.own").count(), 2, "it is the same member");
  });

  it("doesn't reload while a long paste waits for its user's choice", async (t) => {
    const ann = await open(t, `${server.url}r/held`);
    await ann.enter("Ann");
    await installed(ann.page);
    const before = await buildOf(ann.page);
    const loads = countLoads(ann.page);
    await ann.draft.evaluate((field) => {
      const data = new DataTransfer();
      data.setData("text/plain", "x".repeat(5000));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    });
    const cancel = ann.page.getByRole("button", { name: "Cancel" });
    await cancel.waitFor();
    await serve(newer);
    const offer = ann.page.getByText("There is another version of this page.");
    await offer.waitFor();
    const hide = () => ann.page.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange")); // nobody looks: it reloads if nothing is lost
    });
    await hide();
    assert.ok(await offer.isVisible());
    await cancel.click();
    await hide();
    await until("it is the new build", async () => (await buildOf(ann.page).catch(() => before)) !== before);
    await ann.connected();
    assert.equal(loads(), 1);
  });

  it("still loads parts of the old build while it is open", async (t) => {
    const url = `${server.url}r/parts`;
    const ann = await open(t, url);
    await ann.enter("Ann");
    await installed(ann.page);
    const before = await buildOf(ann.page);
    await ann.draft.fill("it doesn't reload");
    await serve(newer);
    await ann.back();
    const other = await ann.tab(url); // of the new build, whose worker takes over
    await other.locator(".status.good").waitFor();
    assert.notEqual(await buildOf(other), before);
    await tookOver(other);
    assert.equal(await buildOf(ann.page), before);
    await ann.page.bringToFront();
    await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
    await ann.page.getByRole("combobox", { name: "Language" }).selectOption("中文"); // its texts are a file that isn't loaded yet
    await ann.page.getByRole("heading", { name: "设置" }).waitFor();
    assert.equal(await buildOf(ann.page), before);
  });

  it("has the new worker installed again where that failed", async (t) => {
    const front = await Front.to(t, server);
    const url = `${front.url}r/again`;
    const ann = await open(t, url);
    await ann.enter("Ann");
    await installed(ann.page);
    const before = await buildOf(ann.page);
    await ann.draft.fill("it doesn't reload");
    front.spoiling = true;
    await serve(newer);
    await until("it couldn't be installed", () =>
      ann.page.evaluate(async () => {
        const { waiting, installing } = await navigator.serviceWorker.ready;
        return !waiting && !installing;
      }).then((idle) => idle && front.spoiled > 0));
    front.spoiling = false;
    const other = await ann.tab(url);
    await tookOver(other);
    assert.notEqual(await buildOf(other), before);
  });

  it("doesn't reload again and again behind a cache that keeps the old one", async (t) => {
    const network = await Network.to(t, server);
    const ann = await open(t, `${network.url}r/stale`);
    await ann.context.route(`${network.url}**`, async (route) => {
      // What the page asks for by its own fetch: the cache has kept it for the whole test.
      const request = route.request();
      if (new URL(request.url()).pathname === "/" && !request.isNavigationRequest()) await route.fulfill({ contentType: "text/html", body: stale });
      else await route.fallback();
    });
    await ann.page.goto(`${network.url}r/stale`);
    const stale = await (await fetch(server.url, { headers: { Accept: "text/html" } })).text();
    await ann.enter("Ann");
    await installed(ann.page);
    const before = await buildOf(ann.page);
    const loads = countLoads(ann.page);
    const bob = await Speaker.enter(t, server, "stale", "Bob");
    const asked = ann.page.waitForRequest((r) => new URL(r.url()).pathname === "/" && !r.isNavigationRequest());
    await serve(newer);
    await ann.back();
    await asked;
    await until("Bob is back", async () => { await bob.say("still here"); return true; });
    await ann.bubble("still here").waitFor();
    assert.equal(loads(), 0);
    assert.equal(await buildOf(ann.page), before);
  });
});
