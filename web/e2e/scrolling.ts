// Measures how smoothly a room with 500 images scrolls, next to one with as many texts: make bench-scroll.
import { launch, Visitor } from "./browser.ts";
import { photo, postImage } from "./files.ts";
import { Server } from "./server.ts";

const messages = 500;
const rounds = 3;
/** How far the list is scrolled in a frame, in px: as one reads back, and as fast as a finger throws it. */
const steps = [40, 250];

const server = await Server.start("--limits=off");
const browser = await launch({ whole: true });
const ends: (() => unknown)[] = [];
const context = { after: (end: () => unknown) => ends.push(end) } as unknown as Parameters<typeof Visitor.open>[0];

/** Scrolls from the end to the start, so many px a frame, and returns the time of each frame in ms. */
const scroll = (v: Visitor, step: number) =>
  v.page.evaluate(async (step) => {
    const scroller = document.querySelector(".scroller")!;
    const frame = () => new Promise<number>((next) => requestAnimationFrame(next));
    scroller.scrollTop = scroller.scrollHeight;
    for (let i = 0; i < 30; i++) await frame();
    const times: number[] = [];
    let last = await frame();
    for (let i = 0; i < 600; i++) {
      scroller.scrollTop -= step;
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    return times;
  }, step);

function summary(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number) => sorted[Math.floor(q * (sorted.length - 1))]!.toFixed(1);
  const mean = times.reduce((a, b) => a + b) / times.length;
  return `${(1000 / mean).toFixed(1)} frames/s, ${at(0.5)} ms in the median and ${at(0.99)} ms at p99`;
}

const ann = await Visitor.open(context, browser, `${server.url}r/images`);
const photos = await Promise.all([[1600, 1200], [1200, 1600], [1280, 720]].map(([w, h]) => photo(ann, w!, h!, 1)));
for (let i = 0; i < messages; i++) {
  await postImage(server, "images", `no. ${i}`, `${i}.jpg`, photos[i % photos.length]!);
  await fetch(`${server.url}r/texts`, { method: "POST", body: `no. ${i} ${"and so on ".repeat((i % 5) * 20)}` });
}
const bob = await Visitor.open(context, browser, `${server.url}r/texts`);
await ann.enter("Ann");
await bob.enter("Bob");
const requested = new Set<string>();
ann.page.on("request", (r) => { if (r.url().includes("/files/")) requested.add(r.url()); });
const kib = Math.round(photos.reduce((sum, p) => sum + p.length, 0) / photos.length / 1024);
console.log(`${messages} messages with a photo each (${kib} KiB, 1 to 2 megapixels), and ${messages} with a text each. In brackets, those with texts.`);
for (const step of steps) {
  const times: number[][] = [[], []];
  requested.clear();
  for (let i = 0; i < rounds; i++) {
    for (const [which, v] of [ann, bob].entries()) {
      await v.page.bringToFront();
      times[which]!.push(...(await scroll(v, step)));
    }
  }
  const [images, texts] = times.map(summary);
  console.log(`${step} px a frame: ${images} (${texts}). ${requested.size} photos were requested.`);
}
for (const end of ends) await end();
await browser.close();
await server.remove();
