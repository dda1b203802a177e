// A room that the browser has a copy of: it is shown at once, and the server's log takes its place.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { command } from "./acting.ts";
import { Visitor, wide } from "./browser.ts";
import { Network } from "./network.ts";
import { look, lookAway } from "./notifications.ts";
import { browser, server } from "./running.ts";
import { Server, until } from "./server.ts";
import { lines, Speaker } from "./speaker.ts";

/** Ann, who has read what `says` has said in a room, and whose page now shows another one. Bob is in the first. */
async function away(t: TestContext, room: string, says: (ann: Visitor, bob: Visitor) => Promise<void>, on = server) {
  const network = await Network.to(t, on);
  const bob = await Visitor.open(t, browser, `${on.url}r/${room}`);
  await bob.enter("Bob");
  const ann = await Visitor.open(t, browser, `${network.url}r/${room}`, wide);
  await ann.enter("Ann");
  await says(ann, bob);
  const { head } = await messages(room, on);
  await until("there is a copy", async () => (await copy(ann, room))?.last === head);
  await ann.page.goto(`${network.url}r/other-${room}`);
  await ann.connected();
  await link(ann, room).waitFor();
  await ann.page.clock.install(); // how long the server is silent doesn't depend on the machine
  await ann.page.reload();
  await ann.connected();
  await link(ann, room).waitFor();
  return { ann, bob, network };
}

/** Says something, and waits until it is in the log. */
async function tell(of: Visitor, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    await of.say(text);
    await of.bubble(text).waitFor();
  }
  await of.settled();
}

const link = ({ page }: Visitor, room: string) =>
  page.getByRole("navigation", { name: "Your rooms" }).locator(`a[href$="/r/${room}"]`);

interface Copied {
  last: number;
  messages: { content: string }[];
}
const copy = async (of: Visitor, room: string) => (JSON.parse(await of.stored()) as { copies?: Record<string, Copied> }).copies?.[room];

async function messages(room: string, on = server): Promise<{ head: number }> {
  const answer = (await (await fetch(`${on.url}r/${room}/messages?limit=1`)).json()) as { events: { seq: number }[] };
  return { head: answer.events.at(-1)?.seq ?? 0 };
}

/** Opens the room while the server is silent, and waits until its copy is shown. */
async function openSilently(ann: Visitor, network: Network, room: string, shows: string): Promise<void> {
  const { page } = ann;
  await page.clock.pauseAt(Date.now() + 3_600_000);
  network.silence();
  await link(ann, room).click();
  await ann.bubble(shows).first().waitFor();
  await page.clock.runFor(500); // what is drawn in later frames is there
  assert.equal(await page.locator(".status .word").innerText(), "Connecting…");
  assert.equal(await page.locator(".notice").count(), 0, "nothing says that the server is away");
  await watch(page);
}

/** Lets the server answer, and waits until its log is shown. */
async function answer(ann: Visitor, network: Network): Promise<void> {
  network.speak();
  await until("the room is joined", async () => {
    await ann.page.clock.runFor(50); // the server may have given the silent connection up
    return ann.page.locator(".status.good").isVisible();
  });
  await ann.page.clock.resume();
}

interface Watched {
  /** The fewest messages that were in the page. */
  fewest: number;
  /** Texts that were in the page more than once. */
  twice: string[];
}

/** Notes what becomes of the messages from now on. */
function watch(page: Page): Promise<void> {
  return page.evaluate(() => {
    const watched: Watched = { fewest: Infinity, twice: [] };
    const note = () => {
      const texts = [...document.querySelectorAll(".message .content, .pending .content")].map((e) => e.textContent ?? "");
      watched.fewest = Math.min(watched.fewest, texts.length);
      watched.twice.push(...texts.filter((text, i) => texts.indexOf(text) !== i));
    };
    note();
    new MutationObserver(note).observe(document.querySelector(".messages")!, { childList: true, subtree: true, characterData: true });
    Object.assign(globalThis, { watched });
  });
}
const watched = (page: Page) => page.evaluate(() => (globalThis as unknown as { watched: Watched }).watched);

/** How far below the top of the window a message is, in px. */
const place = async (of: Visitor, text: string) => Math.round((await of.bubble(text).first().boundingBox())!.y);

describe("a room with a copy", () => {
  it("is shown at once while the server is asked, and nothing moves when it answers", async (t) => {
    const { ann, network } = await away(t, "still", async (ann, bob) => {
      const cid = await Speaker.enter(t, server, "still", "Cid");
      await cid.say(...lines(40, "line"));
      await tell(bob, "is deleted");
      await ann.bubble("is deleted").waitFor();
      await tell(ann, "mine");
      const seq = (await messages("still")).head;
      await command(bob, "still", { type: "react", seq, emoji: "👍" });
      await command(bob, "still", { type: "set", topic: "what is kept" });
      await command(bob, "still", { type: "delete", seq: seq - 1 });
    });
    await openSilently(ann, network, "still", "line 39");
    assert.equal(await ann.page.locator(".topic").innerText(), "what is kept");
    const shown = async () => [...(await ann.contents()).slice(-20), await place(ann, "line 39"), await place(ann, "mine")];
    const before = await shown();
    await answer(ann, network);
    await until("the log is shown", async () => (await copy(ann, "still")) !== undefined && (await ann.page.locator(".members-count, .people").count()) > 0);
    assert.deepEqual(await shown(), before);
    const { fewest, twice } = await watched(ann.page);
    assert.ok(fewest >= 20, `there were only ${fewest} messages for a while`);
    assert.deepEqual(twice, []);
  });

  it("goes on with what was said, changed and removed meanwhile, at the first message that is new", async (t) => {
    const { ann, bob, network } = await away(t, "changed", async (ann, bob) => {
      await tell(bob, "stays", "is edited", "is deleted");
      await ann.bubble("is deleted").waitFor();
    });
    const { head } = await messages("changed");
    await openSilently(ann, network, "changed", "is deleted");
    assert.equal(await ann.page.getByText("New messages", { exact: true }).count(), 0);
    await command(bob, "changed", { type: "edit", seq: head - 1, content: "was edited" });
    await command(bob, "changed", { type: "delete", seq: head });
    await tell(bob, "is new");
    await answer(ann, network);
    await ann.bubble("is new").waitFor();
    assert.deepEqual(await ann.contents(), ["stays", "was edited", "is new"]);
    assert.deepEqual((await watched(ann.page)).twice, []);
    await ann.page.locator(".line").getByText("New messages", { exact: true }).waitFor();
    await until("the copy is that of the log", async () => (await copy(ann, "changed"))?.messages.map((m) => m.content).join() === "stays,was edited,,is new");
  });

  it("opens at what is new in the copy, and stays there", async (t) => {
    const { ann, bob, network } = await away(t, "unseen", async (ann, bob) => {
      const cid = await Speaker.enter(t, server, "unseen", "Cid");
      await cid.say(...lines(20, "old"));
      await ann.bubble("old 19").waitFor();
      await lookAway(ann.page);
      await cid.say(...lines(60, "unseen"));
      await ann.bubble("unseen 59").waitFor();
      await bob.bubble("unseen 59").waitFor();
    });
    await openSilently(ann, network, "unseen", "unseen 0");
    const before = await place(ann, "unseen 0");
    assert.equal(await ann.bubble("unseen 59").count(), 0, "the list is at the first one");
    await tell(bob, "the newest");
    await answer(ann, network);
    await ann.page.getByRole("button", { name: /Go to the latest messages: [345]\d new/ }).waitFor();
    const moved = Math.abs((await place(ann, "unseen 0")) - before);
    assert.ok(moved <= 1, `it moves by ${moved} px`);
    await look(ann.page);
  });

  it("stays where the user reads it", async (t) => {
    const { ann, bob, network } = await away(t, "read", async (ann, bob) => {
      const cid = await Speaker.enter(t, server, "read", "Cid");
      await cid.say(...lines(120, "line"));
      await ann.bubble("line 119").waitFor();
      await bob.bubble("line 119").waitFor();
    });
    await openSilently(ann, network, "read", "line 119");
    await ann.page.locator(".scroller").evaluate((e) => (e.scrollTop = 600));
    await ann.bubble("line 30").waitFor();
    const before = await place(ann, "line 30");
    await tell(bob, "the newest");
    await answer(ann, network);
    await ann.page.getByRole("button", { name: /Go to the latest.*1/ }).waitFor();
    const moved = Math.abs((await place(ann, "line 30")) - before);
    assert.ok(moved <= 1, `it moves by ${moved} px`);
    assert.deepEqual((await watched(ann.page)).twice, []);
  });

  it("shows what is written meanwhile, once, and all the time", async (t) => {
    const { ann, bob, network } = await away(t, "written", async (ann, bob) => {
      await tell(bob, "hello");
      await ann.bubble("hello").waitFor();
    });
    await openSilently(ann, network, "written", "hello");
    const cid = await Speaker.enter(t, server, "written", "Cid");
    await cid.say(...lines(350, "line")); // the page reads back for the first of them while it sends
    await ann.say("written early");
    await ann.bubble("written early").waitFor();
    await watch(ann.page);
    await answer(ann, network);
    await bob.bubble("written early").waitFor();
    await ann.bubble("line 349").waitFor();
    await ann.settled();
    assert.equal((await ann.contents()).at(-1), "written early");
    const { fewest, twice } = await watched(ann.page);
    assert.ok(fewest >= 2, "what is written is always there");
    assert.deepEqual(twice, []);
  });

  it("says that the server is away once it doesn't answer for a while", async (t) => {
    const { ann, network } = await away(t, "slow", async (ann, bob) => {
      await tell(bob, "hello");
      await ann.bubble("hello").waitFor();
    });
    await openSilently(ann, network, "slow", "hello");
    await ann.page.clock.runFor(3000);
    await ann.page.getByText("The server can't be reached. These are the last messages that this device has read.").waitFor();
    network.speak();
    await ann.page.clock.resume();
    await ann.back();
    await ann.page.locator(".notice").waitFor({ state: "detached" });
  });

  it("is gone once the server says that the user may not read it", async (t) => {
    const { ann, bob, network } = await away(t, "owned", async (ann, bob) => {
      await tell(bob, "not for Ann");
      await ann.bubble("not for Ann").waitFor();
    });
    // What the page has asked before the ban is answered after it.
    let asked = false;
    let release = () => {};
    const released = new Promise<void>((done) => (release = done));
    await ann.page.route("**/r/owned/messages?*", async (route) => {
      const response = await route.fetch();
      asked = true;
      await released;
      await route.fulfill({ response });
    });
    await until("the page asks what is new", async () => {
      await ann.page.clock.fastForward(5000);
      return asked;
    });
    await openSilently(ann, network, "owned", "not for Ann");
    await command(bob, "owned", { type: "ban", member: (await ann.place("owned")).member });
    network.speak();
    await ann.page.clock.resume();
    await ann.page.getByText("You were removed from it.").waitFor();
    const answered = ann.page.waitForResponse(/owned\/messages/);
    release();
    await (await answered).finished();
    await ann.page.getByText("not for Ann").waitFor({ state: "detached" });
    await until("the copy is gone", async () => (await copy(ann, "owned")) === undefined);
  });

  it("is gone when the server's log is another one", async (t) => {
    const own = await Server.start("--limits=off");
    t.after(() => own.remove());
    const { ann, network } = await away(t, "lost", async (ann, bob) => {
      await tell(bob, "in the lost log");
      await ann.bubble("in the lost log").waitFor();
    }, own);
    await openSilently(ann, network, "lost", "in the lost log");
    await own.kill();
    for (const file of readdirSync(own.dir)) rmSync(join(own.dir, file), { recursive: true });
    await own.start();
    network.speak();
    await ann.page.clock.resume();
    await ann.back();
    await ann.bubble("in the lost log").waitFor({ state: "detached" });
    await tell(ann, "in the new one");
    await until("the copy is that of the new log", async () => (await copy(ann, "lost"))?.messages.map((m) => m.content).join() === "in the new one");
  });
});
