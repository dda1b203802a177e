// Measures a room with 10,000 messages: how smoothly it scrolls, and how soon it answers to
// input on a processor that is slowed down four times: make bench-page.
import type { Page } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { Server } from "./server.ts";

const messages = 10_000;
/** How far the list is scrolled in a frame, in px: as one reads back, and as fast as a finger throws it. */
const steps = [40, 250];
const slowdown = 4;
/** How often each interaction is done. */
const times = 7;

/** The interaction to the next paint, in ms, of each interaction since it was last asked (Event Timing). */
declare global { interface Window { answers: Map<number, number> } }

const server = await Server.start("--limits=off");
const browser = await launch({ whole: true });
const ends: (() => unknown)[] = [];
const context = { after: (end: () => unknown) => ends.push(end) } as unknown as Parameters<typeof Visitor.open>[0];

const content = (i: number) =>
  `no. ${i} ${"and so on ".repeat((i % 5) * 8)}${i % 11 === 0 ? "\n> quoted\n\n`code`, **bold** and https://example.org/" : ""}${i % 50 === 0 ? "\n```go\nfunc main() {}\n```" : ""}`;

function quantile(all: number[], q: number): number {
  return all.toSorted((a, b) => a - b)[Math.round(q * (all.length - 1))]!;
}

/** Scrolls down from the start, so many px a frame, and returns the time of each frame in ms. */
const scroll = (page: Page, step: number) =>
  page.locator(".scroller").evaluate(async (scroller, step) => {
    const frame = () => new Promise<number>((next) => requestAnimationFrame(next));
    scroller.scrollTop = 0;
    for (let i = 0; i < 30; i++) await frame();
    const all: number[] = [];
    let last = await frame();
    for (let i = 0; i < 600; i++) {
      scroller.scrollTop += step;
      const now = await frame();
      all.push(now - last);
      last = now;
    }
    return all;
  }, step);

/** Does something several times, and prints how long the slowest event of each took to the next paint. */
async function answer(page: Page, what: string, act: (i: number) => Promise<void>): Promise<void> {
  const all: number[] = [];
  for (let i = 0; i < times; i++) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)))); // what came before is told
    await page.evaluate(() => window.answers.clear());
    await act(i);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200))));
    // Chromium tells only of events of 16 ms or more.
    all.push(await page.evaluate(() => Math.max(16, ...window.answers.values())));
  }
  console.log(`| ${what} | ${quantile(all, 0.5)} | ${Math.max(...all)} |`);
}

try {
  const ann = await Visitor.open(context, browser, `${server.url}r/long`);
  await ann.enter("Ann");
  const { page } = ann;
  // They come while Ann is there, so that the page has all of them.
  for (let i = 0; i < messages; i += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, j) => fetch(`${server.url}r/long`, { method: "POST", body: content(i + j) })));
  }
  await fetch(`${server.url}r/long`, { method: "POST", body: "the last one" });
  await ann.bubble("the last one").waitFor();

  console.log(`${messages} messages, all in the page's memory, on a processor at its own speed:`);
  for (const step of steps) {
    const all = await scroll(page, step);
    const mean = all.reduce((a, b) => a + b) / all.length;
    console.log(`${step} px a frame: ${(1000 / mean).toFixed(1)} frames/s, ${quantile(all, 0.5).toFixed(1)} ms in the median and ${quantile(all, 0.99).toFixed(1)} ms at p99`);
  }

  await page.locator(".scroller").evaluate((scroller) => { scroller.scrollTop = scroller.scrollHeight; });
  await page.evaluate(() => {
    window.answers = new Map();
    const observe = (list: PerformanceObserverEntryList) => {
      for (const e of list.getEntries() as (PerformanceEventTiming & { interactionId: number })[]) {
        if (e.interactionId) window.answers.set(e.interactionId, Math.max(window.answers.get(e.interactionId) ?? 0, e.duration));
      }
    };
    new PerformanceObserver(observe).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  // Headless Chromium tells of the paint after a letter only with a later one, unless somebody watches.
  devtools.on("Page.screencastFrame", ({ sessionId }) => void devtools.send("Page.screencastFrameAck", { sessionId }).catch(() => {}));
  await devtools.send("Page.startScreencast", { format: "jpeg", quality: 1, maxWidth: 16, maxHeight: 16 });
  console.log(`\nInteraction to next paint in ms, processor slowed down ${slowdown} times, ${times} times each:\n\n| | median | most |\n|---|---|---|`);
  await ann.draft.focus();
  await answer(page, "a letter in the composer", async () => { await page.keyboard.press("a"); });
  await answer(page, "sending", async (i) => {
    await ann.draft.fill(`sent ${i}`);
    await page.evaluate(() => new Promise((done) => setTimeout(done, 200)));
    await page.evaluate(() => window.answers.clear());
    await ann.draft.press("Enter");
  });
  const last = page.locator(".message").last();
  await answer(page, "a message's menu, opened and closed", async () => {
    await last.hover();
    await last.getByRole("button", { name: "What to do with this message" }).click();
    await page.getByRole("menu").waitFor();
    await page.keyboard.press("Escape");
  });
  await answer(page, "the settings, opened and closed", async () => {
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
  });
  await answer(page, "the emoji picker, opened and closed", async () => {
    await page.getByRole("button", { name: "Emoji", exact: true }).click();
    await page.locator(".signs button").first().waitFor();
    await page.keyboard.press("Escape");
  });
  await page.getByRole("button", { name: "Emoji", exact: true }).click();
  await answer(page, "a letter in its search", async () => { await page.keyboard.press("a"); });
} finally {
  for (const end of ends) await end();
  await browser.close();
  await server.remove();
}
