// Messages that aren't sent yet, in the browser's storage.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { launchProfile, Visitor } from "./browser.ts";
import { Network } from "./network.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

const draft = (page: Page) => page.getByRole("textbox", { name: "Write a message" });
const open = (page: Page) => page.locator(".status.good").waitFor();
const contents = (page: Page) => page.locator(".message .content").allInnerTexts();

describe("a message that is shown as pending", () => {
  it("outlives a kill -9 of the browser", async (t) => {
    const dir = mkdtempSync(join(tmpdir(), "snug-profile-"));
    t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }));
    const url = `${server.url}r/killed-browser`;
    const first = await launchProfile(dir);
    const [page] = first.context.pages();
    await page!.goto(url);
    await page!.getByRole("textbox", { name: "Your name" }).fill("Ann");
    await page!.getByRole("button", { name: "Enter the room" }).click();
    await open(page!);
    await server.stop();
    await page!.locator(".status.waiting").waitFor();
    await draft(page!).fill("written just before");
    await draft(page!).press("Enter");
    await page!.locator(".pending").waitFor();
    await first.kill();

    await server.start();
    const second = await launchProfile(dir);
    try {
      const [again] = second.context.pages();
      await again!.goto(url);
      await open(again!);
      await again!.locator(".bubble").filter({ hasText: "written just before" }).waitFor();
      await again!.locator(".pending").waitFor({ state: "detached" });
      assert.deepEqual(await contents(again!), ["written just before"]);
      assert.equal(await again!.locator(".people li").count(), 1, "it is the same member");
    } finally {
      await second.context.close();
    }
  });

  it("of an earlier build of the page, which had it in localStorage, is sent, and the member is the same", async (t) => {
    const url = `${server.url}r/migrates`;
    const bob = await Speaker.enter(t, server, "migrates", "Bob");
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await ann.say("before");
    await ann.settled();
    const { seat, member } = await ann.place("migrates");
    await ann.page.goto(`${server.url}robots.txt`); // the same origin, and no page
    await ann.page.evaluate(async ([seat, member]) => {
      await new Promise((done) => (indexedDB.deleteDatabase("snug /").onsuccess = done));
      localStorage.setItem("snug:seat:migrates", JSON.stringify({ seat, member }));
      localStorage.setItem("snug:outbox:migrates:first", JSON.stringify({ id: "first", content: "from the earlier build", at: Date.now() - 1 }));
      localStorage.setItem("snug:outbox:migrates:second", JSON.stringify({ id: "second", content: "and another", at: Date.now() }));
    }, [seat, member] as const);
    await ann.page.goto(url);
    await ann.connected();
    await ann.bubble("and another").waitFor();
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["before", "from the earlier build", "and another"]);
    await until("all is there", () => bob.heard.length === 3);
    assert.equal(await ann.page.locator(".message.own").count(), 3);
    const { localStorage: items, outbox } = JSON.parse(await ann.stored()) as Record<string, object>;
    assert.deepEqual(Object.keys(items!).filter((key) => /seat|outbox/.test(key)), []);
    assert.deepEqual(outbox, {});
    assert.equal((await ann.place("migrates")).seat, seat);
  });

  it("is sent by another tab in the room once its own is closed, and only then", async (t) => {
    const network = await Network.to(t, server);
    const url = `${network.url}r/two-tabs`;
    const bob = await Speaker.enter(t, server, "two-tabs", "Bob");
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const tab = await ann.tab(url);
    await open(tab);
    network.cut();
    await tab.locator(".status.waiting").waitFor();
    await draft(tab).fill("from the second tab");
    await draft(tab).press("Enter");
    await tab.locator(".pending").waitFor();
    assert.equal(await ann.page.locator(".pending").count(), 0, "the other tab sends it");
    await tab.close();
    await ann.page.locator(".pending").waitFor();
    network.mend();
    await ann.back();
    await ann.settled();
    await until("it is there", () => bob.heard.length > 0);
    await ann.say("and this");
    await until("it is there", () => bob.heard.length > 1);
    assert.deepEqual(bob.heard, ["from the second tab", "and this"]);
  });
});
