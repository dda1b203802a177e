// The page without a server: what its worker opens.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { behindNginx, credentials } from "./proxy.ts";
import { Server, until } from "./server.ts";

let server: Server;
let browser: Browser;
before(async () => {
  [server, browser] = await Promise.all([Server.start("--limits=off", "--trusted-proxies=127.0.0.1"), launch()]);
});
after(async () => {
  await browser.close();
  await server.remove();
});
let away = false;
afterEach(async () => {
  if (away) await server.start();
  away = false;
});

/** Stops the server until the test ends. */
async function goAway(): Promise<void> {
  await server.stop();
  away = true;
}

/** Waits until the page has a worker, which has all that the page loads. */
async function installed(page: Page): Promise<void> {
  await until("the worker is there", () => page.evaluate(() => navigator.serviceWorker.controller?.state === "activated"));
}

describe("the worker", () => {
  it("opens the start page and any room while the server is away", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
    await installed(ann.page);
    await goAway();
    await ann.page.reload();
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
    await ann.page.goto(`${server.url}r/some-room`); // never seen before
    await ann.page.getByRole("textbox", { name: "Your name" }).waitFor();
  });

  it("opens them below a path and behind basic authentication", async (t) => {
    const url = await behindNginx(t, server);
    if (!url) return t.skip("nginx is not installed");
    const ann = await Visitor.open(t, browser, url, { httpCredentials: credentials });
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
    await installed(ann.page);
    assert.equal(await ann.page.evaluate(async () => (await navigator.serviceWorker.ready).scope), url);
    await goAway(); // nginx answers 502
    await ann.page.reload();
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
    await ann.page.goto(`${url}r/some-room`);
    await ann.page.getByRole("textbox", { name: "Your name" }).waitFor();
  });
});
