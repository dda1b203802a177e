// Copying, finding and printing reach all of the log that is loaded, though few rows are in the page.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

const count = 58; // what a room begins with

/** Ann, in a room where Bob has sent so many lines. */
async function reader(t: TestContext, room: string): Promise<Visitor> {
  const bob = await Speaker.enter(t, server, room, "Bob");
  await bob.say(...Array.from({ length: count }, (_, i) => `line ${i}`), "`line` **end**");
  const ann = await Visitor.open(t, browser, `${server.url}r/${room}`);
  await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await ann.enter("Ann");
  await ann.bubble("line end").waitFor();
  return ann;
}

const clipboard = (ann: Visitor): Promise<string> => ann.page.evaluate(() => navigator.clipboard.readText());
const rows = (ann: Visitor) => ann.page.locator(".rows > li").count();

describe("the whole log", () => {
  it("is copied by Ctrl+A, each message with its time and sender", async (t) => {
    const ann = await reader(t, "copy-all");
    await ann.page.locator(".scroller").focus();
    await ann.page.keyboard.press("Control+A");
    await ann.page.keyboard.press("Control+C");
    const lines = (await clipboard(ann)).split("\n").filter((l) => l.includes("line"));
    assert.equal(lines.length, count + 1);
    assert.match(lines[0]!, /^\[\d\d:\d\d\] Bob: line 0$/);
    assert.match(lines.at(-1)!, /^\[\d\d:\d\d\] Bob: `line` \*\*end\*\*$/, "as it was written");
    await ann.draft.click();
    await until("only what is near the view is in the page again", async () => (await rows(ann)) < count);
    await ann.draft.fill("mine");
    await ann.draft.press("Control+A");
    await ann.draft.press("Control+C");
    assert.equal(await clipboard(ann), "mine", "in the composer it is the composer's text");
  });

  it("keeps a selection over three screens", async (t) => {
    const ann = await reader(t, "copy-far");
    const box = (await ann.bubble("line end").boundingBox())!;
    await ann.page.mouse.move(box.x + 20, box.y + box.height / 2);
    await ann.page.mouse.down();
    await ann.page.mouse.move(box.x + 20, 300, { steps: 5 });
    await ann.page.locator(".scroller").evaluate((s) => (s.scrollTop = 0));
    await ann.bubble("line 0").waitFor();
    await ann.page.mouse.move(box.x + 10, 250, { steps: 5 });
    await ann.page.mouse.up();
    await ann.page.keyboard.press("Control+C");
    const copied = (await clipboard(ann)).match(/line \d+/g)!.map((l) => Number(l.slice(5)));
    assert.ok(copied.length > 40, `${copied.length} lines`);
    assert.deepEqual(copied, copied.map((_, i) => copied[0]! + i), "none is missing");
    assert.match(await clipboard(ann), /Bob: `line` \*\*end\*\*$/);
  });

  it("copies a part of one message as it is selected", async (t) => {
    const ann = await reader(t, "copy-part");
    await ann.bubble("line end").locator("strong").dblclick();
    await ann.page.keyboard.press("Control+C");
    assert.equal((await clipboard(ann)).trim(), "end");
  });

  it("is there for the browser's search, and for a printer", async (t) => {
    const ann = await reader(t, "find");
    const before = await rows(ann);
    assert.ok(before < count, `${before} rows of ${count}`);
    await ann.page.keyboard.press("Control+F");
    await until("all rows are in the page", async () => (await rows(ann)) > count);
    assert.ok(await ann.page.evaluate(() => (window as unknown as { find: (text: string, c: boolean, back: boolean, wrap: boolean) => boolean }).find("line 3", true, false, true)));
    await ann.draft.click();
    await until("only what is near the view is in the page again", async () => (await rows(ann)) < count);

    assert.ok(await ann.page.evaluate((count) => {
      dispatchEvent(new Event("beforeprint"));
      return document.querySelectorAll(".rows > li").length > count; // at once: the browser doesn't wait
    }, count));
    await ann.page.emulateMedia({ media: "print" });
    const [height, last, composer] = await ann.page.evaluate(() => [
      document.querySelector(".scroller")!.getBoundingClientRect().height, document.querySelector(".rows")!.getBoundingClientRect().height, getComputedStyle(document.querySelector(".composer")!).display,
    ] as const);
    assert.ok(height >= last && last > 1500, `${height} px for ${last} px`);
    assert.equal(composer, "none");
    await ann.page.emulateMedia({ media: "screen" });
    await ann.page.evaluate(() => dispatchEvent(new Event("afterprint")));
    await until("only what is near the view is in the page again", async () => (await rows(ann)) < count);
  });
});
