// What becomes of a text that is pasted, and too long for a message.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Visitor } from "./browser.ts";
import { attached, uploaded } from "./files.ts";
import { browser, server } from "./running.ts";
import { Server } from "./server.ts";

/** Pastes a text, and reports whether the page has left it to the browser. */
const paste = (v: Visitor, text: string) =>
  v.draft.evaluate((field, text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    return field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
const bar = (v: Visitor) => v.page.locator(".long-paste");
const choice = (v: Visitor, name: string) => bar(v).getByRole("button", { name, exact: true });

describe("a text that is pasted", () => {
  it("is left to the browser if a message can have it, counted in characters", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/paste-short`);
    await ann.enter("Ann");
    assert.equal(await paste(ann, "x".repeat(4000)), true);
    assert.equal(await paste(ann, "😀".repeat(4000)), true, "each is one character");
    assert.equal(await paste(ann, "😀".repeat(4001)), false);
    await bar(ann).getByText("This text has 4,001 characters; a message may have 4,000.").waitFor();
  });

  it("is pasted and not its picture, which a spreadsheet gives besides it", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/paste-cells`);
    await ann.enter("Ann");
    const pastes = (types: Record<string, string>) =>
      ann.draft.evaluate((field, types) => {
        const data = new DataTransfer();
        for (const [type, text] of Object.entries(types)) data.setData(type, text);
        data.items.add(new File(["no image"], "image.png", { type: "image/png" }));
        return field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      }, types);
    const text = { "text/plain": "a\tb", "text/html": "<table></table>" };
    assert.equal(await pastes({ ...text, "text/rtf": "{\\rtf1 }" }), true, "the browser pastes it");
    assert.equal(await attached(ann).count(), 0);
    assert.equal(await pastes({ "text/plain": "image.png" }), false, "a file, with its name as a text");
    await attached(ann).getByText("image.png").waitFor();
  });

  it("becomes a file if it is too long, with every letter", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/paste-file`);
    await ann.enter("Ann");
    await ann.draft.fill("before");
    const text = "é, 房间 and 😀\r\n".repeat(800) + "end";
    assert.equal(await paste(ann, text), false);
    await choice(ann, "Attach as a file").click();
    await bar(ann).waitFor({ state: "detached" });
    await uploaded(ann);
    await attached(ann).getByText("pasted.txt").waitFor();
    assert.equal(await ann.draft.inputValue(), "before");
    assert.equal(await ann.page.evaluate(() => document.activeElement!.id), "draft");
    await ann.draft.press("Enter");
    const link = ann.page.locator(".message a").filter({ hasText: "pasted.txt" });
    await link.waitFor();
    const stored = await fetch(new URL((await link.getAttribute("href"))!, ann.page.url()));
    assert.equal(await stored.text(), text);
  });

  it("is pasted all the same at the caret, in a step that can be undone", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/paste-anyway`);
    await ann.enter("Ann");
    await ann.draft.pressSequentially("ab");
    await ann.draft.press("ArrowLeft");
    const text = `${"x".repeat(49)}\n`.repeat(100);
    await paste(ann, text);
    await choice(ann, "Paste anyway").click();
    assert.equal(await ann.draft.inputValue(), `a${text}b`);
    await ann.page.getByText("1,002 characters too many").waitFor();
    await ann.draft.press("Control+z");
    assert.equal(await ann.draft.inputValue(), "ab");
    const lines = "x\n".repeat(4000); // which can't be undone: it would take too long
    await paste(ann, lines);
    await choice(ann, "Paste anyway").click();
    assert.equal(await ann.draft.inputValue(), `a${lines}b`);
    await ann.page.reload();
    await ann.connected();
    assert.equal(await ann.draft.inputValue(), `a${lines}b`);
  });

  it("waits until its user chooses, also over a visit to another room, and after one more", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/paste-other`, { viewport: { width: 1400, height: 800 } });
    await ann.enter("Ann");
    await ann.page.goto(`${server.url}r/paste-wait`);
    await ann.connected();
    await paste(ann, "x".repeat(5000));
    await paste(ann, "y".repeat(1 << 20));
    await ann.page.getByRole("navigation", { name: "Your rooms" }).getByRole("link", { name: /paste-other/ }).click();
    await ann.page.getByRole("heading", { name: "paste-other" }).waitFor();
    await ann.connected();
    assert.equal(await bar(ann).count(), 0);
    await ann.page.goBack();
    await ann.page.getByRole("heading", { name: "paste-wait" }).waitFor();
    await ann.connected();
    await bar(ann).getByText("5,000 characters").waitFor();
    await ann.say("meanwhile");
    await ann.bubble("meanwhile").waitFor();
    await choice(ann, "Cancel").focus();
    await ann.page.keyboard.press("Enter");
    await bar(ann).getByText("1,048,576 characters").waitFor();
    assert.equal(await choice(ann, "Paste anyway").count(), 0, "the page would become slow");
    await choice(ann, "Attach as a file").focus();
    await ann.page.keyboard.press("Escape");
    await bar(ann).waitFor({ state: "detached" });
    assert.equal(await ann.draft.inputValue(), "");
  });

  it("can't become a file where the room takes none", async (t) => {
    const bare = await Server.start("--limits=off", "--max-file-size=0");
    t.after(() => bare.remove());
    const ann = await Visitor.open(t, browser, `${bare.url}r/paste-bare`);
    await ann.enter("Ann");
    await paste(ann, "x".repeat(5000));
    await choice(ann, "Paste anyway").waitFor();
    assert.equal(await choice(ann, "Attach as a file").count(), 0);
  });
});
