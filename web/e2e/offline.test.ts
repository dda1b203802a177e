// The page without a server: what its worker opens.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { Front } from "./front.ts";
import { Network } from "./network.ts";
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
    const notice = ann.page.getByRole("status").getByText("The server can't be reached.", { exact: true });
    await notice.waitFor();
    await ann.page.goto(`${server.url}r/some-room`); // never seen before
    await ann.page.getByRole("textbox", { name: "Your name" }).waitFor();
    await ann.page.getByRole("link", { name: "All rooms" }).click();
    await notice.waitFor();
    await server.start();
    away = false;
    await ann.page.getByRole("button", { name: "Try now" }).click({ timeout: 2000 }).catch(() => {}); // it may know by itself
    await notice.waitFor({ state: "detached" });
  });

  it("takes nothing for the page's that something on the way has answered", async (t) => {
    const front = await Front.to(t, server);
    front.spoiling = true;
    const ann = await Visitor.open(t, browser, front.url);
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
    const cached = () =>
      ann.page.evaluate(async () => {
        const names = await caches.keys();
        const all = await Promise.all(names.map(async (name) => (await caches.open(name)).matchAll()));
        return Promise.all(all.flat().map((found) => found.text()));
      });
    await until("the worker has begun", async () => (await ann.page.evaluate(() => caches.keys())).length > 0);
    await until("it has given up", () =>
      ann.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()) === undefined),
    );
    assert.ok(!(await cached()).some((text) => text === "<p>not the page"));
    front.spoiling = false;
    await ann.page.reload();
    await installed(ann.page);
    assert.ok(!(await cached()).some((text) => text === "<p>not the page"));
    front.stop();
    await ann.page.reload();
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
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

/** Opens a room with the worker installed, and has Bob say something in it. */
async function talk(t: TestContext, room: string, url = `${server.url}r/${room}`): Promise<[ann: Visitor, bob: Visitor]> {
  const ann = await Visitor.open(t, browser, url);
  await ann.enter("Ann");
  const bob = await Visitor.open(t, browser, `${server.url}r/${room}`);
  await bob.enter("Bob");
  await bob.say("have a good journey");
  await ann.bubble("have a good journey").waitFor();
  await ann.say("I will");
  await ann.settled();
  await installed(ann.page);
  await until("there is a copy", async () => /have a good journey.*I will/.test(await ann.stored()));
  return [ann, bob];
}

describe("a room", () => {
  it("shows its last messages while the server is away, and sends what is written then, once", async (t) => {
    const [ann, bob] = await talk(t, "journey");
    await goAway();
    await ann.page.goto(server.url);
    await ann.page.getByText("The server can't be reached. Rooms show what this device has read last.").waitFor();
    await ann.page.getByRole("link", { name: /journey/ }).click();
    await ann.bubble("I will").waitFor();
    await ann.page.getByText("The server can't be reached. These are the last messages that this device has read.").waitFor();
    assert.deepEqual(await ann.contents(), ["have a good journey", "I will"]);
    assert.equal(await ann.page.locator(".message.own").count(), 1, "it knows which are the user's");
    await ann.say("from the train");
    await ann.page.locator(".pending").waitFor();
    await ann.page.reload();
    await ann.bubble("I will").waitFor();
    await ann.page.locator(".pending").waitFor();
    await server.start();
    away = false;
    await ann.back();
    await bob.back();
    await bob.bubble("from the train").waitFor();
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["have a good journey", "I will", "from the train"]);
    assert.deepEqual(await bob.contents(), ["have a good journey", "I will", "from the train"]);
    assert.equal(await ann.page.getByText("These are the last messages").count(), 0);
  });

  it("says that it is the person's own network that is away", async (t) => {
    const network = await Network.to(t, server);
    const [ann] = await talk(t, "tunnel", `${network.url}r/tunnel`);
    network.cut();
    await ann.context.setOffline(true);
    await ann.page.reload();
    await ann.page.getByText("You are offline. These are the last messages that this device has read.").waitFor();
    assert.deepEqual(await ann.contents(), ["have a good journey", "I will"]);
    await ann.page.getByRole("link", { name: "All rooms" }).click();
    await ann.page.getByText("You are offline. Rooms show what this device has read last.").waitFor();
    network.mend();
    await ann.context.setOffline(false);
  });

  it("keeps no text that was changed, deleted or removed, nor that of a room that the user was banned from", async (t) => {
    const [ann, bob] = await talk(t, "purged");
    const copy = async () => (JSON.parse(await ann.stored()) as { copies: Record<string, { messages: { content: string }[] }> }).copies.purged;
    const contents = async () => (await copy())?.messages.flatMap((m) => m.content || []); // what is deleted keeps its place
    const copied = (what: string, want: string[] | undefined) => until(what, async () => isDeepStrictEqual(await contents(), want));
    const command = async (of: Visitor, fields: object) => {
      const answer = await fetch(`${server.url}r/purged/commands`, {
        method: "POST", headers: { "Content-Type": "application/json", "Snug-Seat": (await of.place("purged")).seat }, body: JSON.stringify(fields),
      });
      assert.ok(answer.ok, await answer.clone().text());
      return (await answer.json()) as { seq: number };
    };
    const { seq } = await command(bob, { type: "send", id: "s1", content: "a secret" });
    await copied("it is copied", ["have a good journey", "I will", "a secret"]);
    await command(bob, { type: "edit", id: "e1", seq, content: "no secret" });
    await copied("it is changed", ["have a good journey", "I will", "no secret"]);
    await command(bob, { type: "delete", id: "d1", seq });
    await copied("it is deleted", ["have a good journey", "I will"]);
    await command(ann, { type: "role", id: "r1", member: (await bob.place("purged")).member, role: "owner" });
    await command(ann, { type: "role", id: "r2", member: (await ann.place("purged")).member, role: "member" });
    await command(bob, { type: "ban", id: "b1", member: (await ann.place("purged")).member });
    await copied("the copy is gone", undefined);
    await ann.page.getByRole("heading", { name: "You are banned from this room" }).waitFor();
  });
});
