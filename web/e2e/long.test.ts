import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Visitor } from "./browser.ts";
import { Network } from "./network.ts";
import { browser, server } from "./running.ts";
import { Server, until } from "./server.ts";
import { Speaker } from "./speaker.ts";

/** The most rows that the virtual list may have in the page. */
const mostRows = 150;

const rows = (visitor: Visitor) => visitor.page.locator(".rows > li").count();

/** Messages of many heights, each with its number. */
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `no. ${i}${i % 7 === 0 ? ` ${"and so on ".repeat((i % 5) * 8)}` : ""}${i % 11 === 0 ? "\n> quoted\n\n`code`" : ""}`);

/** The numbers of the messages that are in the page, from the top. */
async function numbers(visitor: Visitor): Promise<number[]> {
  return (await visitor.contents()).map((c) => Number(/no\. (\d+)/.exec(c)![1]));
}

function assertSuccessive(all: number[]): void {
  assert.deepEqual(all, all.map((_, i) => all[0]! + i));
}

/** What scrolling up did, frame by frame. */
interface Scroll {
  /** How long frames took, in ms, ascending. */
  frames: number[];
  /** The largest distance in px between a message and where scrolling should have put it. */
  jump: number;
}

/** Scrolls up by so many px a frame, and measures. */
function scrollUp(visitor: Visitor, frames: number, step: number): Promise<Scroll> {
  return visitor.page.locator(".scroller").evaluate(async (scroller, [frames, step]) => {
    const frame = () => new Promise<number>((next) => requestAnimationFrame(next));
    const places = () => {
      const view = scroller.getBoundingClientRect();
      const all = new Map<string, number>();
      for (const li of scroller.querySelectorAll<HTMLElement>(".rows > li")) {
        const { top, bottom } = li.getBoundingClientRect();
        if (bottom > view.top && top < view.bottom && li.querySelector(".message")) all.set(li.dataset.key!, top);
      }
      return all;
    };
    const times: number[] = [];
    let jump = 0;
    let last = await frame();
    for (let i = 0; i < frames; i++) {
      const before = places();
      const moved = Math.min(step, scroller.scrollTop);
      scroller.scrollTop -= step;
      const now = await frame();
      times.push(now - last);
      last = now;
      let kept = 0;
      for (const [key, top] of places()) {
        if (!before.has(key)) continue;
        kept++;
        jump = Math.max(jump, Math.abs(top - before.get(key)! - moved));
      }
      if (kept === 0) jump = Infinity;
    }
    return { frames: times.sort((a, b) => a - b), jump };
  }, [frames, step] as const);
}

describe("a long log", () => {
  it("of 10,000 messages scrolls without gaps or jumps, with few rows in the page", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/long`);
    await ann.enter("Ann");
    const bob = await Speaker.enter(t, server, "long", "Bob");
    await bob.say(...numbered(10_000)); // she is there and sees them come
    await ann.bubble("no. 9999").waitFor();
    assert.ok((await rows(ann)) < mostRows, "while they come");

    const scroller = ann.page.locator(".scroller");
    for (const part of [0.75, 0.5, 0.25, 0, 0.9]) {
      const before = await numbers(ann);
      await scroller.evaluate((s, part) => (s.scrollTop = s.scrollHeight * part), part);
      await until("other messages are shown", async () => (await numbers(ann))[0] !== before[0]);
      assertSuccessive(await numbers(ann));
      assert.ok((await rows(ann)) < mostRows, `at ${part}`);
    }
    const { frames, jump } = await scrollUp(ann, 180, 60);
    const at = (part: number) => frames[Math.floor(frames.length * part)]!.toFixed(1);
    t.diagnostic(`scrolling through 10,000 messages: a frame takes ${at(0.5)} ms (median), ${at(0.95)} ms (95 of 100)`);
    assert.ok(jump < 3, `messages jump by ${jump} px`);
  });

  it("is read back to its beginning without a jump", async (t) => {
    const bob = await Speaker.enter(t, server, "back", "Bob");
    await bob.say(...numbered(700));
    const ann = await Visitor.open(t, browser, `${server.url}r/back`);
    await ann.enter("Ann");
    await ann.bubble("no. 699").waitFor();
    let jump = 0;
    await until("the beginning is there", async () => {
      jump = Math.max(jump, (await scrollUp(ann, 60, 90)).jump);
      assertSuccessive(await numbers(ann));
      assert.ok((await rows(ann)) < mostRows);
      return ann.page.getByText("This is where the room begins.").isVisible();
    });
    assert.ok(jump < 3, `messages jump by ${jump} px`);
    assert.equal((await numbers(ann))[0], 0);
  });

  it("stays where one scrolls right after sending", async (t) => {
    const bob = await Speaker.enter(t, server, "sent", "Bob");
    await bob.say(...numbered(100));
    const ann = await Visitor.open(t, browser, `${server.url}r/sent`);
    await ann.enter("Ann");
    await ann.bubble("no. 99").waitFor();
    await ann.draft.fill("mine");
    // As soon as the message is in the list, and before anything else that the page may do then.
    await ann.page.locator(".scroller").evaluate((scroller) => {
      new MutationObserver((_, observer) => {
        if (!scroller.querySelector(".pending")) return;
        observer.disconnect();
        scroller.scrollTop -= 300;
      }).observe(scroller, { childList: true, subtree: true });
    });
    server.pause(); // or the message might be confirmed before it is shown as pending
    try {
      await ann.draft.press("Enter");
      await ann.page.locator(".pending").waitFor();
    } finally {
      server.resume();
    }
    await ann.settled();
    await ann.page.getByRole("button", { name: "To the latest" }).waitFor();
    const below = await ann.page.locator(".scroller").evaluate((s) => s.scrollHeight - s.scrollTop - s.clientHeight);
    assert.ok(Math.abs(below - 300) < 100, `the view ends ${below} px above the end of the list`);
  });

  it("leads from a reply to its message far above", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/answer`);
    await ann.enter("Ann");
    const bob = await Speaker.enter(t, server, "answer", "Bob");
    await bob.say("the question");
    await ann.bubble("the question").hover();
    await ann.page.getByRole("button", { name: "Reply" }).click();
    await ann.say("the answer");
    await ann.settled();
    await bob.say(...numbered(400));
    const cid = await Visitor.open(t, browser, `${server.url}r/answer`);
    await cid.enter("Cid");
    await cid.bubble("no. 399").waitFor();
    await cid.page.locator(".scroller").focus();
    await until("the answer is in view", async () => {
      await cid.page.keyboard.press("PageUp");
      return cid.bubble("the answer").isVisible();
    });
    await cid.bubble("the answer").locator(".answered").click();
    await cid.page.locator(".message.marked").filter({ hasText: "the question" }).waitFor();
  });
});

describe("a log that is no longer kept", () => {
  it("shows a gap to a client that was away too long, and says at the top what is missing", async (t) => {
    const forgetful = await Server.start("--limits=off", "--journal=memory:");
    t.after(() => forgetful.remove());
    const network = await Network.to(t, forgetful);
    const ann = await Visitor.open(t, browser, `${network.url}r/gap`);
    await ann.enter("Ann");
    await ann.say("before the gap");
    await ann.settled();
    network.cut();
    await ann.page.locator(".status.waiting").waitFor();
    const bob = await Speaker.enter(t, forgetful, "gap", "Bob");
    await bob.say(...numbered(1500));
    network.mend();
    await ann.back();
    await ann.bubble("no. 1499").waitFor();
    const gap = ann.page.locator(".gap");
    await ann.page.locator(".scroller").evaluate((s) => (s.scrollTop = 0));
    await gap.waitFor();
    assert.equal(await gap.innerText(), "Older messages are no longer kept");
    const order = await ann.page.locator(".gap, .message .content").allInnerTexts();
    assert.match(order[0]!, /no longer kept/); // nor is what came before the gap
    assertSuccessive(order.slice(1).map((c) => Number(/no\. (\d+)/.exec(c)![1])));

    const cid = await Visitor.open(t, browser, `${forgetful.url}r/gap`);
    await cid.enter("Cid");
    await cid.bubble("no. 1499").waitFor();
    await until("the top is there", async () => {
      await cid.page.locator(".scroller").evaluate((s) => (s.scrollTop = 0));
      return cid.page.getByText("Older messages are no longer kept").isVisible();
    });
    assert.equal((await numbers(cid))[0], 500);
  });
});
