// The user's rooms: what is new in them, and how they open.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { command } from "./acting.ts";
import { Visitor, wide } from "./browser.ts";
import { look, lookAway } from "./notifications.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { lines, Speaker } from "./speaker.ts";

declare global {
  /** How often the page has asked about the room. */
  var asks: number;
}

/** A visitor who was in a room, and has seen all that was said there. */
async function known(t: Parameters<typeof Visitor.open>[0], room: string, options = {}): Promise<Visitor> {
  const ann = await Visitor.open(t, browser, `${server.url}r/${room}`, options);
  await ann.enter("Ann");
  await ann.say(`hello ${room}`);
  await ann.bubble(`hello ${room}`).waitFor();
  await ann.settled();
  return ann;
}

async function goTo(ann: Visitor, room: string): Promise<void> {
  await ann.page.goto(`${server.url}r/${room}`);
  await ann.connected();
}

describe("the user's rooms", () => {
  it("are listed with what is new in them, and open at a click", async (t) => {
    const ann = await known(t, "kitchen", wide);
    const column = ann.page.getByRole("navigation", { name: "Your rooms" });
    assert.equal(await column.count(), 0, "one room needs no list");
    await goTo(ann, "garden");
    await ann.say("hello garden");
    await ann.settled();
    const kitchen = column.getByRole("link", { name: /kitchen/ });
    await kitchen.getByText(/You.*: hello kitchen/).waitFor();
    const bob = await Speaker.enter(t, server, "kitchen", "Bob");
    await bob.say("the soup is *ready*", "@Ann come");
    await kitchen.getByText(/Bob.*: @Ann come/).waitFor();
    await kitchen.getByText("2 new messages, you are mentioned").waitFor();
    await bob.say("/me waits");
    await kitchen.getByText(/^\u2068Bob\u2069 waits$/).waitFor();
    const about = await fetch(`${server.url}r/kitchen`, { headers: { Accept: "application/json" } });
    assert.equal(((await about.json()) as { count: number }).count, 1, "she is in the garden, and not shown in the kitchen");
    const loads: string[] = [];
    ann.page.on("framenavigated", (frame) => loads.push(frame.url()));
    await kitchen.click();
    await ann.bubble("@Ann come").waitFor();
    await ann.page.getByText("New messages", { exact: true }).waitFor();
    assert.ok(await kitchen.getAttribute("aria-current"));
    await kitchen.getByText("3 new messages").waitFor({ state: "detached" });
    const garden = await Speaker.enter(t, server, "garden", "Cid");
    await garden.say("rain");
    await column.getByRole("link", { name: /garden/ }).getByText("1 new message").waitFor();
    assert.equal(await column.getByRole("link").first().getAttribute("href"), `${server.url}r/garden`, "the newest is first");
    assert.ok(loads.every((url) => url.startsWith(`${server.url}r/`)));
  });

  it("are in a panel on a phone, which counts what is new", async (t) => {
    const ann = await known(t, "hall", { viewport: { width: 390, height: 780 } });
    await goTo(ann, "attic");
    const bob = await Speaker.enter(t, server, "hall", "Bob");
    await bob.say("one", "two");
    await ann.page.getByRole("button", { name: "Rooms: 2 new messages" }).click();
    await ann.page.getByRole("dialog", { name: "Your rooms" }).getByRole("link", { name: /hall/ }).click();
    await ann.bubble("two").waitFor();
    assert.equal(await ann.page.getByRole("dialog").count(), 0);
  });

  it("are counted up to a hundred new messages, and say that there are more", async (t) => {
    const ann = await known(t, "busy", { viewport: { width: 390, height: 780 } });
    await goTo(ann, "quiet");
    const bob = await Speaker.enter(t, server, "busy", "Bob");
    await bob.say(...lines(150, "line"));
    const button = ann.page.getByRole("button", { name: "Rooms: 100+ new messages" });
    await button.getByText("100+", { exact: true }).waitFor();
    await button.click();
    await ann.page.getByRole("dialog").getByRole("link", { name: /busy/ }).getByText("100+ new messages").waitFor();
  });

  it("show nothing of a room that the user was banned from", async (t) => {
    const bob = await known(t, "owned");
    const ann = await known(t, "free", wide);
    await goTo(ann, "owned");
    await goTo(ann, "free");
    const owned = ann.page.getByRole("navigation", { name: "Your rooms" }).getByRole("link", { name: /owned/ });
    await owned.getByText("Bob", { exact: false }).or(owned.getByText("hello owned")).first().waitFor();
    await command(bob, "owned", { type: "ban", member: (await ann.place("owned")).member });
    await owned.getByText("hello owned").waitFor({ state: "detached" });
    await owned.getByText("You can't read it now").waitFor();
    await until("its copy is gone", async () => {
      const { copies } = JSON.parse(await ann.stored()) as { copies: object };
      return "free" in copies && !("owned" in copies);
    });
  });
});

describe("the requests for the user's other rooms", () => {
  it("stay one in turn when an answer comes after the page has begun anew", async (t) => {
    const ann = await known(t, "asked", wide);
    await goTo(ann, "shown");
    const { page } = ann;
    await page.clock.install();
    await page.addInitScript(() => {
      const ask = fetch;
      globalThis.asks = 0;
      globalThis.fetch = (...args) => {
        if (String(args[0]).includes("/r/asked/messages")) globalThis.asks++;
        return ask(...args);
      };
    });
    await page.reload(); // with the test's clock from the beginning
    await ann.connected();
    const requests = /\/r\/asked\/messages/;
    /** Waits until the page has an answer to what this makes it ask. */
    const answered = async (does: () => unknown) => {
      await Promise.all([page.waitForResponse(requests).then((r) => r.finished()), does()]);
      await page.evaluate(async (url) => (await fetch(url)).json(), `${server.url}r/shown/messages?limit=1`);
    };
    await page.getByRole("navigation", { name: "Your rooms" }).waitFor(); // the code that asks is there
    await page.clock.pauseAt(Date.now() + 60_000);
    // What comes first may still be under way, and the next one's time begins after it.
    await answered(() => until("the next one asks", async () => {
      const before = await page.evaluate(() => asks);
      await page.clock.runFor(5000);
      return (await page.evaluate(() => asks)) > before;
    }));
    let asked = 0;
    let late: Promise<void> | undefined;
    await page.route(requests, async (route) => {
      asked++;
      const wait = late;
      late = undefined;
      await wait;
      await route.continue();
    });
    let answer!: () => void;
    late = new Promise((done) => (answer = done));
    await Promise.all([page.waitForRequest(requests), page.clock.runFor(5000)]);
    await answered(() => page.evaluate(() => void document.dispatchEvent(new Event("visibilitychange"))));
    await answered(() => answer());
    for (let i = 0; i < 3; i++) {
      asked = 0;
      await answered(() => page.clock.runFor(5000));
      assert.equal(asked, 1);
    }
  });

  it("go on when one isn't answered", async (t) => {
    const ann = await known(t, "hangs", wide);
    await goTo(ann, "shown");
    const { page } = ann;
    // The test's clock doesn't tell the browser's own time limits.
    await page.addInitScript(() => {
      AbortSignal.timeout = (ms) => {
        const limit = new AbortController();
        setTimeout(() => limit.abort(new DOMException("", "TimeoutError")), ms);
        return limit.signal;
      };
    });
    await page.clock.install();
    await page.reload();
    await ann.connected();
    const requests = /\/r\/hangs\/messages/;
    await page.clock.pauseAt(Date.now() + 60_000);
    let hangs = false;
    await page.route(requests, () => void (hangs = true), { times: 1 });
    const bob = await Speaker.enter(t, server, "hangs", "Bob");
    await bob.say("are you there?");
    await until("a request hangs", async () => {
      await page.clock.runFor(1000);
      return hangs;
    });
    await until("the room is asked again", async () => {
      await page.clock.runFor(1000);
      return page.getByRole("navigation", { name: "Your rooms" }).getByText("are you there?").isVisible();
    });
  });
});

describe("a room with unread messages", () => {
  it("opens at the first one, and counts none as read that wasn't seen", async (t) => {
    const ann = await known(t, "long");
    await ann.page.goto(server.url);
    const bob = await Speaker.enter(t, server, "long", "Bob");
    await bob.say(...lines(150, "line")); // more than a session begins with
    await goTo(ann, "long");
    await ann.page.getByText("New messages", { exact: true }).waitFor();
    await ann.bubble("line 0").waitFor();
    await ann.page.getByRole("button", { name: /Go to the latest messages: \d+ new messages/ }).waitFor();
    assert.ok(await ann.page.locator(".line").evaluate((e) => e.getBoundingClientRect().top >= 0));
    await ann.page.reload();
    await ann.connected();
    await ann.bubble("line 0").waitFor();
    await ann.page.getByRole("button", { name: /Go to the latest/ }).click();
    await ann.bubble("line 149").waitFor();
    await until("all is read", async () =>
      ann.page.evaluate(() => Object.entries(localStorage).some(([k, v]) => k.includes("read:") && k.includes("long") && (JSON.parse(v) as { seq: number }).seq > 150)));
  });

  it("opens where the user has stopped to read, and counts what they have seen", async (t) => {
    const ann = await known(t, "halfway");
    await ann.page.goto(server.url);
    const bob = await Speaker.enter(t, server, "halfway", "Bob");
    await bob.say(...lines(90, "line"));
    await goTo(ann, "halfway");
    await ann.page.getByText("New messages", { exact: true }).waitFor();
    const left = async () => Number(/(\d+) new/.exec((await ann.page.getByRole("button", { name: /Go to the latest/ }).getAttribute("aria-label"))!)![1]);
    await until("what is in view is seen", async () => (await left()) < 90);
    const before = await left();
    await ann.page.locator(".scroller").evaluate((s) => { s.scrollTop += 400; });
    await until("more is seen", async () => (await left()) < before);
    const seen = 90 - (await left());
    await ann.page.reload();
    await ann.connected();
    await until("the line is above the first one that wasn't seen", async () =>
      ann.page.evaluate((next) => document.querySelector(".line")?.closest("li")?.nextElementSibling?.textContent?.includes(`line ${next}`) === true, seen));
    // What is jumped over isn't seen.
    await ann.page.locator(".scroller").evaluate((s) => { s.scrollTop = s.scrollHeight - s.clientHeight - 200; });
    await ann.bubble("line 85").waitFor();
    assert.ok((await left()) > 20);
  });

  it("says how much came while the user was away, and goes there", async (t) => {
    const ann = await known(t, "away");
    const bob = await Speaker.enter(t, server, "away", "Bob");
    await lookAway(ann.page);
    await bob.say(...lines(75, "news"));
    await ann.bubble("news 74").waitFor();
    await look(ann.page);
    await ann.page.getByRole("button", { name: /^75 new since \d\d:\d\d$/ }).click();
    await ann.bubble("news 0").waitFor();
    await ann.page.getByRole("button", { name: /new since/ }).waitFor({ state: "detached" });
  });
});

describe("a message", () => {
  it("has a link, which opens the room there", async (t) => {
    const ann = await known(t, "linked");
    await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await ann.say("the one");
    await ann.settled();
    const bob = await Speaker.enter(t, server, "linked", "Bob");
    await bob.say(...lines(100, "more"));
    await ann.page.getByRole("button", { name: /Go to the latest/ }).or(ann.bubble("more 99")).first().waitFor();
    await ann.page.locator("#draft").focus();
    const text = await ann.page.evaluate(async (url) => {
      const { events } = (await (await fetch(`${url}r/linked/messages?limit=10&after=0`)).json()) as { events: { seq: number; content?: string }[] };
      return `${url}r/linked#seq=${events.find((e) => e.content === "the one")!.seq}`;
    }, server.url);
    await ann.page.goto("about:blank");
    await ann.page.goto(text);
    const message = ann.page.locator(".message").filter({ hasText: "the one" });
    await message.waitFor();
    await message.hover();
    await message.getByRole("button", { name: "What to do with this message" }).click();
    await ann.page.getByRole("menuitem", { name: "Copy link" }).click();
    await ann.page.getByRole("status").getByText("Copied", { exact: true }).waitFor();
    await until("it is copied", async () => (await ann.page.evaluate(() => navigator.clipboard.readText())) === text);
  });

  it("is gone to in the page when somebody has sent its link, and its absence is told", async (t) => {
    const ann = await known(t, "from", wide);
    const bob = await Speaker.enter(t, server, "to", "Bob");
    await bob.say("the one", ...lines(30, "more"));
    const { events } = (await (await fetch(`${server.url}r/to/messages?limit=10&after=0`)).json()) as { events: { seq: number; content?: string }[] };
    const link = `${server.url}r/to#seq=${events.find((e) => e.content === "the one")!.seq}`;
    await ann.say(`${link} and ${server.url}r/to#seq=9999`);
    await ann.bubble("and").waitFor();
    const pages = ann.context.pages().length;
    await ann.bubble("and").getByRole("link").first().click();
    await ann.page.locator(".message.marked").filter({ hasText: "the one" }).waitFor();
    assert.equal(ann.page.url(), `${server.url}r/to`);
    await ann.page.goBack();
    await ann.bubble("and").getByRole("link").last().click();
    await ann.page.getByRole("alert").getByText("This message is no longer there.").waitFor();
    assert.equal(ann.context.pages().length, pages, "no tab was opened");
    await ann.say(link);
    await ann.bubble("#seq").getByRole("link").click();
    await ann.page.locator(".message.marked").filter({ hasText: "the one" }).waitFor();
  });
});
