// Files in the page: pasted, picked and dropped, shown in their place, and gone with their message.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { launch, Visitor, wide } from "./browser.ts";
import { pick, png } from "./files.ts";
import { Server, until } from "./server.ts";

let server: Server;
let browser: Browser;
before(async () => {
  [server, browser] = await Promise.all([Server.start("--limits=off", "--max-file-size=1000000"), launch()]);
});
after(async () => {
  await browser.close();
  await server.remove();
});

const press = (v: Visitor, name: string | RegExp) => v.page.getByRole("button", { name, exact: true }).click();

const image = (v: Visitor, name: string) => v.page.getByRole("img", { name: `Image: ${name}` });

describe("files", () => {
  it("are picked and sent, shown in their place, and open large", async (t) => {
    const url = `${server.url}r/files`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");
    await pick(
      ann,
      { name: "a photo.png", mimeType: "image/png", buffer: png(1200, 600) },
      { name: "notes & <b>.txt", mimeType: "text/html", buffer: Buffer.from("<script>alert(1)</script>") },
    );
    const attached = ann.page.getByRole("list", { name: "Files of your message" });
    await attached.getByText("a photo.png").waitFor();
    await ann.say("look at this");
    await image(bob, "a photo.png").waitFor();
    const box = (await image(bob, "a photo.png").boundingBox())!;
    assert.deepEqual([box.width, box.height], [360, 180]);
    await bob.page.waitForFunction(() => document.querySelector<HTMLImageElement>(".files img")!.naturalWidth === 1200);
    await bob.page.getByRole("link", { name: /^notes/ }).waitFor();
    await press(bob, /^Show .*a photo\.png.* large$/);
    await bob.page.getByRole("dialog", { name: "a photo.png" }).waitFor();
    await bob.page.keyboard.press("Escape");
    await bob.page.getByRole("dialog").waitFor({ state: "detached" });

    const src = (await image(bob, "a photo.png").getAttribute("src"))!;
    assert.equal((await fetch(src)).status, 200);
    const message = ann.page.locator(".message").filter({ hasText: "look at this" });
    await message.hover();
    await message.getByRole("button", { name: "What to do with this message" }).click();
    await ann.page.getByRole("menuitem", { name: "Delete message…" }).click();
    await press(ann, "Delete");
    await image(bob, "a photo.png").waitFor({ state: "detached" });
    assert.equal((await fetch(src)).status, 404);
  });

  it("stay when the text of their message is taken away", async (t) => {
    const url = `${server.url}r/no-caption`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");
    await pick(ann, { name: "cat.png", mimeType: "image/png", buffer: png(80, 40) });
    await ann.say("my cta");
    await bob.bubble("my cta").waitFor();
    const message = ann.page.locator(".message").filter({ hasText: "my cta" });
    await message.hover();
    await message.getByRole("button", { name: "What to do with this message" }).click();
    await ann.page.getByRole("menuitem", { name: "Edit", exact: true }).click();
    await ann.draft.fill("");
    await press(ann, "Save the message");
    for (const v of [ann, bob]) {
      await v.bubble("my cta").waitFor({ state: "detached" });
      await v.page.locator(".message").filter({ hasText: "edited" }).waitFor();
      await image(v, "cat.png").waitFor();
    }
    assert.equal(await ann.page.getByRole("dialog").count(), 0);
    await bob.page.reload();
    await image(bob, "cat.png").waitFor();
    assert.equal(await bob.bubble("my cta").count(), 0);
  });

  it("are pasted, without any text", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/pasted`);
    await ann.enter("Ann");
    await ann.draft.evaluate((field, bytes) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "screenshot.png", { type: "image/png" }));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }, [...png(80, 40)]);
    await ann.page.getByText("screenshot.png").waitFor();
    await press(ann, "Send the message");
    await image(ann, "screenshot.png").waitFor();
    await ann.page.reload();
    await image(ann, "screenshot.png").waitFor();
  });

  it("that go with the next message stay while its user is in another room, and are uploaded there", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/elsewhere`, wide);
    await ann.enter("Ann");
    await ann.page.goto(`${server.url}r/attached`);
    await ann.connected();
    let goOn = () => {};
    const held = new Promise<void>((done) => (goOn = done));
    await ann.page.route("**/files?name=later.txt", async (route) => {
      await held;
      await route.continue();
    });
    const attached = ann.page.getByRole("list", { name: "Files of your message" });
    const text = (name: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(name) });
    await pick(ann, text("now.txt"), text("later.txt"));
    await until("one is uploaded", async () => (await attached.getByRole("progressbar").count()) === 1);
    const rooms = ann.page.getByRole("navigation", { name: "Your rooms" });
    await rooms.getByRole("link", { name: /elsewhere/ }).click();
    await ann.page.getByRole("heading", { name: "elsewhere" }).waitFor();
    await ann.connected();
    assert.equal(await attached.count(), 0);
    const uploaded = ann.page.waitForResponse(/later\.txt/);
    goOn();
    await uploaded;
    await rooms.getByRole("link", { name: /attached/ }).click();
    await attached.getByText("later.txt").waitFor();
    await attached.getByRole("progressbar").waitFor({ state: "detached" });
    await ann.say("both");
    const bubble = ann.bubble("both");
    for (const name of ["now.txt", "later.txt"]) await bubble.getByRole("link", { name }).waitFor();
  });

  it("that can't be sent are named when one sends the message: empty ones, and more than ten", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/not-sent`);
    await ann.enter("Ann");
    const text = (name: string, content = "x") => ({ name, mimeType: "text/plain", buffer: Buffer.from(content) });
    await pick(ann, ...Array.from({ length: 9 }, (_, i) => text(`${i}.txt`)), text("empty.txt", ""), text("last.txt"), text("beyond.txt"));
    const attached = ann.page.getByRole("list", { name: "Files of your message" });
    const remove = (name: string) => ann.page.getByRole("button", { name: `Remove \u2068${name}\u2069` }).click();
    const uploaded = () => until("all is uploaded", async () => (await attached.getByRole("progressbar").count()) === 0);
    await uploaded();
    await ann.say("all of them");
    const problem = ann.page.locator("#left");
    await problem.filter({ hasText: "\u2068empty.txt\u2069: The file is empty." }).waitFor();
    await remove("empty.txt");
    await ann.page.getByRole("button", { name: "Retry: \u2068last.txt\u2069" }).click();
    await attached.locator("li").filter({ hasText: "last.txt" }).filter({ hasText: "1 B" }).waitFor();
    await ann.page.getByRole("button", { name: "Retry: \u2068beyond.txt\u2069" }).click();
    await uploaded();
    await ann.draft.press("Enter");
    await problem.filter({ hasText: "\u2068beyond.txt\u2069: A message may have 10 files." }).waitFor();
    await remove("beyond.txt");
    await ann.draft.press("Enter");
    await ann.bubble("all of them").getByRole("link", { name: "last.txt" }).waitFor();
  });

  it("that are too large say so, and are taken out", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/large`);
    await ann.enter("Ann");
    await pick(ann, { name: "large.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(1_000_001) });
    await ann.page.getByText("It is too large: a file may have \u2068977 KiB\u2069.").waitFor();
    await ann.draft.fill("hello");
    await press(ann, "Send the message"); // it isn't sent without the file
    await press(ann, /^Remove .*large\.bin/);
    assert.equal(await ann.draft.inputValue(), "hello");
    await press(ann, "Send the message");
    await ann.bubble("hello").waitFor();
  });
});
