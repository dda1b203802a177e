// Messages that the worker sends once the page is closed.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BrowserContext } from "playwright-core";
import { Visitor } from "./browser.ts";
import { Network } from "./network.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

/** Has the browser tell the worker at url that there is a network again. */
async function sync(context: BrowserContext, url: string): Promise<void> {
  const session = await context.newCDPSession(await context.newPage());
  let registrationId: string | undefined;
  session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    registrationId ??= registrations.find((r) => r.scopeURL === url)?.registrationId;
  });
  await session.send("ServiceWorker.enable");
  await until("the worker is known", () => registrationId !== undefined);
  await session.send("ServiceWorker.dispatchSyncEvent", { origin: new URL(url).origin, registrationId: registrationId!, tag: "outbox", lastChance: false });
}

describe("the worker", () => {
  it("sends what was written without a network, in order and once, while no page is open", async (t) => {
    const network = await Network.to(t, server);
    const url = `${network.url}r/background`;
    const bob = await Speaker.enter(t, server, "background", "Bob");
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await until("the worker is there", () => ann.page.evaluate(() => navigator.serviceWorker.controller?.state === "activated"));
    network.cut();
    await ann.page.locator(".status.waiting").waitFor();
    for (const text of ["one", "two", "three"]) await ann.say(text);
    await until("they wait", async () => (await ann.page.locator(".pending").count()) === 3);
    await ann.page.close();
    network.mend();
    await sync(ann.context, network.url);
    await until("they are there", () => bob.heard.length >= 3);
    assert.deepEqual(bob.heard, ["one", "two", "three"]);

    ann.page = await ann.tab(url);
    await ann.connected();
    await ann.bubble("three").waitFor();
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["one", "two", "three"]);
    assert.equal(await ann.page.locator(".message.own").count(), 3);
    await ann.say("four");
    await until("it is there", () => bob.heard.length >= 4);
    assert.deepEqual(bob.heard, ["one", "two", "three", "four"]);
  });

  it("leaves a message to the page while that is in the room, and what is refused for it to show", async (t) => {
    const network = await Network.to(t, server);
    const url = `${network.url}r/refused`;
    const bob = await Speaker.enter(t, server, "refused", "Bob");
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await until("the worker is there", () => ann.page.evaluate(() => navigator.serviceWorker.controller?.state === "activated"));
    network.cut();
    await ann.page.locator(".status.waiting").waitFor();
    await ann.say("x".repeat(3900) + "too long");
    await ann.say("fits");
    await until("they wait", async () => (await ann.page.locator(".pending").count()) === 2);
    network.mend();
    const blank = await ann.context.newPage(); // the page stays open
    await sync(ann.context, network.url);
    await blank.close();
    await ann.back();
    await until("both are there", () => bob.heard.length === 2);
    await ann.settled();

    // A server with a shorter limit refuses one of two.
    network.cut();
    await ann.page.locator(".status.waiting").waitFor();
    await ann.say("y".repeat(3000));
    await ann.say("short");
    await until("they wait", async () => (await ann.page.locator(".pending").count()) === 2);
    await ann.page.close();
    await server.stop();
    server.flags.push("--max-content=1000");
    await server.start();
    network.mend();
    await sync(ann.context, network.url);
    ann.page = await ann.tab(url);
    await ann.connected();
    await ann.bubble("short").waitFor();
    await ann.page.getByRole("button", { name: "Retry" }).waitFor();
    assert.equal(await ann.page.locator(".pending").count(), 1);
  });
});
