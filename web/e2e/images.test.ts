// Images in the message list and shown large: many, without a jump, by keyboard and by touch.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { command } from "./acting.ts";
import { phone, Visitor } from "./browser.ts";
import { png, postImage } from "./files.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";

const dialog = (v: Visitor) => v.page.getByRole("dialog");
const status = (v: Visitor) => dialog(v).getByRole("status");
const says = (v: Visitor, text: string | RegExp) => status(v).filter({ hasText: text }).waitFor();

/** A room with three images in it, opened at the one in the middle. */
async function opened(t: Parameters<typeof Visitor.open>[0], room: string, options = {}): Promise<Visitor> {
  for (const [i, alt] of ["first", "", "last"].entries()) await postImage(server, room, `no. ${i}`, `${i}.png`, png(600 + i, 400), alt && `the ${alt}`);
  const ann = await Visitor.open(t, browser, `${server.url}r/${room}`, options);
  await ann.enter("Ann");
  await ann.page.getByRole("img", { name: "Image: 1.png" }).click();
  await dialog(ann).waitFor();
  return ann;
}

describe("an image shown large", () => {
  it("leads to the others by keys, keeps the focus, and gives it back", async (t) => {
    const ann = await opened(t, "large");
    const { keyboard } = ann.page;
    await says(ann, /Image 2 of 3: .*1\.png/);
    await keyboard.press("ArrowRight");
    await says(ann, /3 of 3: .*the last/);
    await dialog(ann).getByRole("img", { name: "the last", exact: true }).waitFor();
    await keyboard.press("ArrowRight"); // there is none
    await keyboard.press("ArrowLeft");
    await says(ann, /2 of 3/);
    await ann.page.evaluate(() => {
      // Faster than the page renders: to the last one, no further, and back.
      for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowRight"]) document.dispatchEvent(new KeyboardEvent("keydown", { key }));
    });
    await says(ann, /2 of 3/);
    await keyboard.press("Home");
    await says(ann, /1 of 3: .*the first/);
    await keyboard.press("End");
    await says(ann, /3 of 3/);
    await ann.page.getByRole("button", { name: "Previous image" }).click();
    await says(ann, /2 of 3/);
    const next = ann.page.getByRole("button", { name: "Next image" });
    await next.focus();
    await keyboard.press("Enter");
    await says(ann, /3 of 3/);
    assert.equal(await next.getAttribute("aria-disabled"), "true");
    assert.ok(await next.evaluate((b) => b === document.activeElement), "the button at the end keeps the focus");
    for (let i = 0; i < 8; i++) {
      await keyboard.press("Tab");
      assert.ok(await ann.page.evaluate(() => document.activeElement === document.body || document.activeElement!.closest("dialog") !== null), "the focus stays inside");
    }
    await keyboard.press("Escape");
    await dialog(ann).waitFor({ state: "detached" });
    assert.match((await ann.page.evaluate(() => document.activeElement?.getAttribute("aria-label"))) ?? "", /^Show .*1\.png/);
  });

  it("goes with its message when that is deleted, and stays when another is", async (t) => {
    const ann = await opened(t, "large-deleted");
    const messages = (await (await fetch(`${server.url}r/large-deleted/messages`)).json()) as { events: { type: string; seq: number }[] };
    const [first, second] = messages.events.filter((e) => e.type === "message").map((e) => e.seq);
    const remove = (seq: number) => command(ann, "large-deleted", { type: "delete", seq });
    await remove(first!);
    await says(ann, /Image 1 of 2: .*1\.png/);
    await remove(second!);
    await dialog(ann).waitFor({ state: "detached" });
    assert.equal(await ann.page.getByRole("img", { name: "1.png" }).count(), 0);
  });

  it("leads to the others by swiping, and takes in those that come meanwhile", async (t) => {
    const ann = await opened(t, "swipe", phone);
    const cdp = await ann.context.newCDPSession(ann.page);
    const swipe = async (from: number, to: number) => {
      const box = (await dialog(ann).getByRole("img").boundingBox())!;
      const y = box.y + box.height / 2;
      await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: from, y }] });
      for (let i = 1; i <= 4; i++) await cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: from + ((to - from) * i) / 4, y }] });
      await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    await swipe(300, 100);
    await says(ann, /3 of 3/);
    await swipe(100, 300);
    await says(ann, /2 of 3/);
    await swipe(200, 180); // too short
    await postImage(server, "swipe", "one more", "3.png", png(300, 900));
    await says(ann, /2 of 4/);
    assert.ok(!(await ann.sideways()));
  });

  it("has its size before it is there, within the window", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/tall`);
    await ann.enter("Ann");
    let release = () => {};
    const held = new Promise<void>((done) => (release = done));
    await postImage(server, "tall", "tall", "tall.png", png(500, 3000));
    await ann.page.getByRole("img", { name: "Image: tall.png" }).waitFor();
    await ann.page.route("**/files/**", async (route) => {
      await held;
      await route.continue();
    });
    await postImage(server, "tall", "wide", "wide.png", png(3000, 500));
    await ann.page.getByRole("img", { name: "Image: wide.png" }).click();
    const large = dialog(ann).getByRole("img");
    const box = (await large.boundingBox())!;
    assert.ok(Math.abs(box.width / box.height - 6) < 0.1 && box.width > 700, JSON.stringify(box));
    release();
    await until("it is there", () => large.evaluate((i) => (i as HTMLImageElement).naturalWidth === 3000));
    assert.deepEqual(await large.boundingBox(), box);
    await ann.page.keyboard.press("ArrowLeft");
    await says(ann, /1 of 2/);
    const tall = (await large.boundingBox())!;
    assert.ok(tall.y >= 0 && tall.y + tall.height <= 750, JSON.stringify(tall));
  });
});

describe("a room with 500 images", () => {
  it("loads those that are near, and moves nothing that is in view when they come", async (t) => {
    for (let i = 0; i < 500; i++) await postImage(server, "many", `no. ${i}`, `${i}.png`, png(200 + (i % 7) * 150, 150 + (i % 5) * 140, i % 256));
    const ann = await Visitor.open(t, browser, `${server.url}r/many`);
    let requested = 0;
    const waiting: (() => void)[] = [];
    await ann.page.route("**/files/**", async (route) => {
      requested++;
      await new Promise<void>((done) => waiting.push(done)); // until what is in view was measured
      await route.continue().catch(() => {}); // the image may have left the page
    });
    await ann.enter("Ann");
    await ann.page.getByRole("img", { name: "Image: 499.png" }).waitFor();
    const scroller = ann.page.locator(".scroller");
    /** Where the messages in view are, by what they say. */
    const places = () => scroller.evaluate((s) => {
      const view = s.getBoundingClientRect();
      return [...s.querySelectorAll(".bubble")].map((b) => [b.textContent!, b.getBoundingClientRect()] as const)
        .filter(([, r]) => r.bottom > view.top && r.top < view.bottom).map(([text, r]) => `${text} at ${Math.round(r.top)}`);
    });
    let most = 0;
    for (let step = 0; step < 12; step++) {
      const before = await places();
      assert.ok(before.length > 0);
      const inView = () => scroller.evaluate((s) => {
        const view = s.getBoundingClientRect();
        return [...s.querySelectorAll("img")].filter((i) => i.getBoundingClientRect().bottom > view.top && i.getBoundingClientRect().top < view.bottom)
          .every((i) => i.complete && i.naturalWidth > 0);
      });
      await until("the images in view are there", async () => {
        for (const done of waiting.splice(0)) done();
        return inView();
      });
      assert.deepEqual(await places(), before, `after ${step} steps up`);
      most = Math.max(most, await scroller.evaluate((s) => s.querySelectorAll("img").length));
      await scroller.evaluate((s) => s.scrollBy(0, -600));
      await ann.page.evaluate(() => new Promise((next) => requestAnimationFrame(() => setTimeout(next))));
    }
    for (const done of waiting.splice(0)) done();
    assert.ok(most < 60, `${most} images are in the page at once`);
    // 12 steps of 600 px, and what is around the view: at least 150 px a message.
    assert.ok(requested > 10 && requested < (12 * 600 + 750 + 2 * 3000) / 150, `${requested} images were requested`);
  });
});
