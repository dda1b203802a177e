// Files that are dropped somewhere in the page, by the browser's own drag and drop.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Locator } from "playwright-core";
import { item, message } from "./acting.ts";
import { Visitor, wide } from "./browser.ts";
import { browser, server } from "./running.ts";
import { Server, until } from "./server.ts";

let dir: string;
before(() => {
  dir = mkdtempSync(join(tmpdir(), "snug-dropped-"));
  writeFileSync(join(dir, "notes.txt"), "buy tea");
});
after(() => rmSync(dir, { recursive: true, force: true }));

/** Drags the file over an element and drops it there. */
async function drop({ context, page }: Visitor, on: Locator): Promise<void> {
  const box = (await on.boundingBox())!;
  const session = await context.newCDPSession(page);
  const data = { items: [], files: [join(dir, "notes.txt")], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const)
    await session.send("Input.dispatchDragEvent", { type, x: box.x + box.width / 2, y: box.y + box.height / 2, data });
}

const attached = ({ page }: Visitor) => page.locator(".attachments li").filter({ hasText: "notes.txt" });

/** Asserts that the page is still the same one, with what is written there, and that no file was attached. */
async function untouched(v: Visitor, url: string): Promise<void> {
  // Opening a file, and loading what uploads one, would have begun by then.
  for (let turn = 0; turn < 3; turn++) await v.page.evaluate(() => new Promise((frame) => requestAnimationFrame(frame)));
  assert.equal(v.page.url(), url);
  assert.equal(await attached(v).count(), 0);
}

describe("a file that is dropped", () => {
  it("goes with the next message, wherever it was dropped in a room", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/another`, wide);
    await ann.enter("Ann");
    const url = `${server.url}r/dropped`;
    await ann.page.goto(url);
    await ann.connected();
    await ann.say("hello");
    await ann.settled();
    const places = [ann.page.locator(".top-bar h1"), ann.page.getByRole("navigation", { name: "Your rooms" }), ann.page.locator(".people"), ann.bubble("hello"), ann.draft];
    for (const [n, place] of places.entries()) {
      await drop(ann, place);
      await until("it is attached", async () => (await attached(ann).count()) === n + 1);
    }
    assert.equal(ann.page.url(), url);
  });

  it("is not opened in place of the page where no file may be sent", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/edited`);
    await ann.enter("Ann");
    await ann.say("a message");
    await ann.settled();
    await message(ann, "a message").hover();
    await message(ann, "a message").getByRole("button", { name: "What to do with this message" }).click();
    await item(ann, "Edit").click();
    for (const place of [ann.draft, ann.page.locator(".top-bar h1")]) {
      await drop(ann, place);
      await untouched(ann, `${server.url}r/edited`);
    }
    await ann.page.goto(server.url);
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
    await drop(ann, ann.page.locator("h1"));
    await untouched(ann, server.url);

    const without = await Server.start("--max-file-size=0");
    t.after(() => without.remove());
    const bob = await Visitor.open(t, browser, `${without.url}r/files`);
    await bob.enter("Bob");
    await drop(bob, bob.draft);
    await untouched(bob, `${without.url}r/files`);
  });
});
