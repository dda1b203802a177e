import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`);

/** How far the end of the messages is below the view, in px. */
function belowView(visitor: Visitor): Promise<number> {
  return visitor.page.locator(".scroller").evaluate((s) => s.scrollHeight - s.scrollTop - s.clientHeight);
}

describe("a person who comes back", () => {
  it("finds the draft, and is the same member", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/reload`);
    await ann.enter("Ann");
    await ann.say("said");
    await ann.settled();
    await ann.draft.pressSequentially("half a sent");
    await ann.page.reload();
    await ann.connected();
    assert.equal(await ann.draft.inputValue(), "half a sent");
    await ann.draft.press("End");
    await ann.draft.pressSequentially("ence");
    await ann.draft.press("Enter");
    await ann.bubble("half a sentence").waitFor();
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["said", "half a sentence"]);
    assert.equal(await ann.page.locator(".message.own").count(), 2);
    await ann.page.locator(".people").waitFor(); // it is loaded later than the composer
    assert.equal(await ann.page.locator(".people li").count(), 1);
    await ann.page.reload();
    await ann.bubble("half a sentence").waitFor();
    assert.equal(await ann.draft.inputValue(), "", "what was sent is no draft");
  });

  it("finds the messages that weren't sent yet, and they are sent once", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/unsent`);
    await ann.enter("Ann");
    server.pause(); // what is sent now arrives nowhere
    try {
      await ann.say("first");
      await ann.say("second");
      await ann.page.locator(".pending").nth(1).waitFor();
    } finally {
      await server.kill();
    }
    await server.start();
    await ann.page.reload();
    await ann.connected();
    await ann.bubble("second").waitFor();
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["first", "second"]);
  });

  it("finds new messages below a line, and their number in the title meanwhile", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/away`);
    await ann.enter("Ann");
    const bob = await Speaker.enter(t, server, "away", "Bob");
    await bob.say("old");
    await ann.bubble("old").waitFor();
    const icon = () => ann.page.locator("link[rel=icon]").getAttribute("href");
    const plain = await icon();

    await ann.page.evaluate(() => (document.hasFocus = () => false)); // a browser without a window never loses the focus
    await ann.page.evaluate(() => dispatchEvent(new Event("blur")));
    await bob.say("new 1", "new 2");
    await until("the title tells", async () => (await ann.page.title()) === "(2) away · Snug");
    assert.match((await icon())!, /^data:image\/png/);
    assert.notEqual(await icon(), plain);
    const order = () => ann.page.locator(".line, .message .content").allInnerTexts();
    assert.deepEqual(await order(), ["old", "New messages", "new 1", "new 2"]);

    await ann.page.evaluate(() => (document.hasFocus = () => true));
    await ann.page.evaluate(() => dispatchEvent(new Event("focus")));
    await until("the title is quiet again", async () => (await ann.page.title()) === "away · Snug");
    assert.equal(await icon(), plain);
    await bob.say("seen at once");
    await ann.bubble("seen at once").waitFor();
    assert.equal(await ann.page.title(), "away · Snug");
    assert.deepEqual(await order(), ["old", "New messages", "new 1", "new 2", "seen at once"]);
    await ann.say("answered");
    await until("the line has gone", async () => (await ann.page.locator(".line").count()) === 0);
  });

  it("finds the line where they stopped reading", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/later`);
    await ann.enter("Ann");
    const bob = await Speaker.enter(t, server, "later", "Bob");
    await bob.say("read");
    await ann.bubble("read").waitFor();
    await ann.page.goto(server.url);
    await bob.say("missed 1", "missed 2");
    await ann.page.goBack();
    await ann.bubble("missed 2").waitFor();
    assert.deepEqual(await ann.page.locator(".line, .message .content").allInnerTexts(), ["read", "New messages", "missed 1", "missed 2"]);
  });

  it("reads older messages while others talk, and returns to the latest by a button with a count", async (t) => {
    const bob = await Speaker.enter(t, server, "above", "Bob");
    await bob.say(...lines(0, 60));
    const ann = await Visitor.open(t, browser, `${server.url}r/above`);
    await ann.enter("Ann");
    await ann.bubble("line 59").waitFor();
    await until("the end is in view", async () => (await belowView(ann)) < 2);
    await ann.page.locator(".scroller").hover();
    await ann.page.mouse.wheel(0, -900);
    const latest = ann.page.locator(".latest");
    await latest.waitFor();
    await until("the view rests", async () => {
      const one = await belowView(ann);
      return one > 500 && one === await ann.page.evaluate(() => new Promise<number>((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
        const s = document.querySelector(".scroller")!;
        done(s.scrollHeight - s.scrollTop - s.clientHeight);
      }))));
    });
    const read = ann.bubble("line 45");
    const { y } = (await read.boundingBox())!;
    await bob.say(...lines(60, 63));
    await until("the count tells", async () => (await latest.innerText()) === "3");
    assert.equal(await latest.getAttribute("aria-label"), "Go to the latest messages: 3 new messages");
    assert.equal(await ann.page.title(), "(3) above · Snug");
    assert.ok(Math.abs((await read.boundingBox())!.y - y) < 2, "what is read stays where it is");
    await latest.click();
    await ann.bubble("line 62").waitFor();
    await until("the end is in view", async () => (await belowView(ann)) < 2);
    await until("nothing is unread", async () => (await ann.page.title()) === "above · Snug");
    assert.equal(await latest.count(), 0);
    await ann.page.locator(".line").waitFor();
  });
});
