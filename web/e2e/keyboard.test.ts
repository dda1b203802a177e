import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Locator } from "playwright-core";
import { pair } from "./acting.ts";
import { Visitor } from "./browser.ts";
import { pick } from "./files.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

/** The name of the element with the focus; "" if there is none. */
function focus(visitor: Visitor): Promise<string> {
  return visitor.page.evaluate(() => {
    const e = document.activeElement;
    if (!e || e === document.body) return "";
    return e.getAttribute("aria-label") ?? (e instanceof HTMLInputElement ? (e.labels?.[0]?.textContent ?? "") : (e.textContent ?? ""));
  });
}

/** Presses Tab until an element of this name has the focus, and checks that the focus is visible. */
async function tabTo(visitor: Visitor, name: string | RegExp, key = "Tab"): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 40; i++) {
    const now = await focus(visitor);
    if (typeof name === "string" ? now.trim() === name : name.test(now)) {
      const seen = await visitor.page.evaluate(() => {
        const e = document.activeElement!;
        const style = (of: Element) => getComputedStyle(of);
        const field = e.closest(".field"); // it shows the focus of what it holds
        const beside = e.nextElementSibling; // as a choice's does, whose own button isn't seen
        return style(e).outlineStyle !== "none" || (field && style(field).boxShadow !== "none") || (beside && style(beside).outlineStyle !== "none");
      });
      assert.ok(seen, `the focus on ${now} can't be seen`);
      return;
    }
    passed.push(now);
    await visitor.page.keyboard.press(key);
  }
  assert.fail(`the keyboard doesn't come to ${name}: ${passed.join(" | ")}`);
}

describe("a person with only a keyboard", () => {
  it("keeps their place when what they have pressed is gone", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/places`);
    await ann.enter("Ann");
    const { page } = ann;
    const press = async (button: Locator) => {
      await button.page().keyboard.press("Tab"); // the focus is by keyboard then
      await button.focus();
      await button.press("Enter");
    };
    const comesTo = (name: string) => until(`the focus is on ${name}`, async () => (await focus(ann)).trim() === name);

    await pick(ann, ...["a.txt", "b.txt"].map((name) => ({ name, mimeType: "text/plain", buffer: Buffer.from(name) })));
    const files = page.getByRole("list", { name: "Files of your message" }).locator("li");
    await files.nth(1).waitFor();
    await press(files.nth(0).getByRole("button").last());
    await comesTo("Remove \u2068b.txt\u2069");
    await page.keyboard.press("Enter");
    await comesTo("Write a message");

    const bob = await Visitor.open(t, browser, `${server.url}r/places`);
    await bob.enter("Ann");
    await press(bob.page.locator(".notice button"));
    await until("the focus is on the messages", async () => (await focus(bob)) === "Messages");

    await press(page.getByRole("button", { name: "Settings", exact: true }));
    await press(page.getByRole("button", { name: "Room settings…" }));
    await page.getByRole("textbox", { name: "Name of the app" }).fill("Builds");
    await page.keyboard.press("Enter");
    await press(page.locator("details[open] button.link"));
    await comesTo("Cancel");
    await page.keyboard.press("Enter");
    await comesTo("Remove the app…");
  });

  it("stays at a message whose menu is open when somebody else deletes it", async (t) => {
    const [ann, bob] = await pair(t, "menu-deleted");
    await bob.say("a slip");
    await bob.settled();
    await ann.page.locator(".message").filter({ hasText: "a slip" }).focus();
    await ann.page.keyboard.press("m");
    await ann.page.getByRole("menu").waitFor();
    await bob.page.locator(".message").filter({ hasText: "a slip" }).focus();
    await bob.page.keyboard.press("Delete");
    await bob.page.getByRole("button", { name: "Delete", exact: true }).click();
    await ann.page.getByRole("menu").waitFor({ state: "detached" });
    await ann.page.locator(".message:focus").filter({ hasText: "This message was deleted" }).waitFor();
  });

  it("can create a room, talk, reply, rename, change settings and leave", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    const { keyboard } = ann.page;

    await tabTo(ann, "New room");
    await keyboard.press("Enter");
    await until("the name is asked for", async () => (await focus(ann)) === "Your name");
    await keyboard.type("Ann");
    await keyboard.press("Enter");
    await ann.connected();
    await until("one can write", async () => (await focus(ann)) === "Write a message");

    await keyboard.type("hello @B");
    const bob = await Speaker.enter(t, server, ann.page.url().split("/r/")[1]!, "Bob");
    await ann.page.getByRole("option", { name: "Bob" }).waitFor();
    await keyboard.press("Tab");
    await keyboard.press("Shift+Enter");
    await keyboard.type("how are :roc");
    await ann.page.getByRole("option", { name: ":rocket:" }).waitFor();
    await keyboard.press("Enter");
    await keyboard.press("Enter");
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["hello @Bob\nhow are 🚀"]);
    await keyboard.press("ArrowUp");
    assert.match(await ann.draft.inputValue(), /^hello @Bob/, "what was sent comes back");
    await keyboard.press("ArrowDown");
    assert.equal(await ann.draft.inputValue(), "");

    await tabTo(ann, "Formatting");
    await keyboard.press("Enter");
    await tabTo(ann, "Bold");
    await keyboard.press("Enter");
    assert.equal(await focus(ann), "Write a message");
    await keyboard.type("yes");
    await tabTo(ann, "Emoji");
    await keyboard.press("Enter");
    await until("an emoji can be sought", async () => (await focus(ann)) === "Find an emoji");
    await keyboard.type("tada");
    await ann.page.locator(".signs").getByText("🎉").waitFor();
    await keyboard.press("Enter");
    assert.equal(await ann.draft.inputValue(), "**yes🎉**");
    await keyboard.press("Enter");
    await ann.settled();
    await tabTo(ann, "Formatting");
    await keyboard.press("Enter");
    await tabTo(ann, "Write a message", "Shift+Tab");

    await bob.say("fine, see https://example.org/");
    await ann.bubble("fine").waitFor();
    await tabTo(ann, "Messages", "Shift+Tab");
    await keyboard.press("ArrowUp");
    await until("the last message has the focus", async () => /^\u2068?Bob/.test(await focus(ann)));
    await keyboard.press("ArrowRight");
    assert.equal(await focus(ann), "https://example.org/", "what is in a message can be reached");
    await keyboard.press("ArrowLeft");
    await keyboard.press("r");
    await ann.page.locator(".answering").waitFor();
    assert.equal(await focus(ann), "Write a message");
    await keyboard.press("Escape");
    await ann.page.locator(".answering").waitFor({ state: "detached" });
    await tabTo(ann, "Messages", "Shift+Tab");
    await keyboard.press("ArrowUp");
    await keyboard.press("Enter");
    await keyboard.type("good");
    await keyboard.press("Enter");
    await ann.bubble("good").locator(".answered").filter({ hasText: "Bob" }).waitFor();

    await tabTo(ann, "Change your name");
    await keyboard.press("Enter");
    await until("the name can be changed", async () => (await focus(ann)) === "Your name");
    await keyboard.type("Bob"); // over the old one, which is selected
    await keyboard.press("Enter");
    await ann.page.getByRole("alert").filter({ hasText: "Somebody here" }).waitFor();
    await keyboard.press("ControlOrMeta+a");
    await keyboard.type("Anna");
    await keyboard.press("Enter");
    await ann.page.locator(".people").getByText("Anna", { exact: true }).waitFor();
    await until("the focus is back", async () => (await focus(ann)) === "Change your name");
    await keyboard.press("Enter");
    await keyboard.press("Escape");
    await until("the focus is back", async () => (await focus(ann)) === "Change your name");

    await tabTo(ann, "Share", "Shift+Tab");
    await keyboard.press("Enter");
    await ann.page.getByRole("dialog", { name: "Invite others" }).waitFor();
    await tabTo(ann, "Link to this room");
    await keyboard.press("Escape");
    await ann.page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await focus(ann), "Share");

    await tabTo(ann, "Settings");
    await keyboard.press("Enter");
    await ann.page.getByRole("dialog", { name: "Settings" }).waitFor();
    await tabTo(ann, "System");
    await keyboard.press("ArrowRight");
    await keyboard.press("ArrowRight");
    assert.equal(await ann.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
    await tabTo(ann, "Play a sound");
    await keyboard.press("Escape");
    await ann.page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await focus(ann), "Settings");

    await tabTo(ann, "All rooms", "Shift+Tab");
    await keyboard.press("Enter");
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
    assert.equal(ann.page.url(), server.url);
    await tabTo(ann, /just now/);
    await keyboard.press("Enter");
    await ann.connected();
    await ann.bubble("good").waitFor();
  });

  it("has the keys of messages, and of the browser's search, also with a layout that isn't Latin", async (t) => {
    const bob = await Speaker.enter(t, server, "cyrillic", "Bob");
    await bob.say(...Array.from({ length: 58 }, (_, i) => `line ${i}`));
    const ann = await Visitor.open(t, browser, `${server.url}r/cyrillic`);
    await ann.enter("Ann");
    await ann.say("mine");
    await ann.settled();
    const mine = ann.page.locator(".message").filter({ hasText: "mine" });
    const press = (key: string, code: string, more = {}) => mine.dispatchEvent("keydown", { key, code, bubbles: true, cancelable: true, ...more });
    await press("к", "KeyR");
    await ann.page.locator(".answering").filter({ hasText: "Replying to" }).waitFor();
    await press("у", "KeyE");
    await ann.page.locator(".answering").filter({ hasText: "Editing your message" }).waitFor();
    await press("ь", "KeyM");
    await ann.page.getByRole("menu").waitFor();
    await ann.page.keyboard.press("Escape");
    const rows = () => ann.page.locator(".rows > li").count();
    const before = await rows();
    await press("а", "KeyF", { ctrlKey: true });
    await until("all rows are there to be found", async () => (await rows()) > Math.max(before, 58));
  });

  it("can show all of a long message, and less again", async (t) => {
    const bob = await Speaker.enter(t, server, "long-message", "Bob");
    await bob.say("word ".repeat(700));
    const ann = await Visitor.open(t, browser, `${server.url}r/long-message`);
    await ann.enter("Ann");
    await ann.page.locator(".message").focus();
    const { keyboard } = ann.page;
    await keyboard.press("ArrowRight");
    for (const [name, then] of [["Show all", "Show less"], ["Show less", "Show all"]] as const) {
      assert.equal(await focus(ann), name);
      await keyboard.press("Enter");
      await until(`it has the focus as "${then}"`, async () => (await focus(ann)) === then, 10_000);
    }
  });

  it("can go up through a long log, and back to its end", async (t) => {
    const bob = await Speaker.enter(t, server, "walk", "Bob");
    await bob.say(...Array.from({ length: 150 }, (_, i) => `no. ${i}`));
    const ann = await Visitor.open(t, browser, `${server.url}r/walk`);
    await ann.enter("Ann");
    await ann.bubble("no. 149").waitFor();
    await tabTo(ann, "Messages", "Shift+Tab");
    for (let i = 149; i > 60; i--) {
      await until(`no. ${i} has the focus`, async () => {
        const at = await ann.page.evaluate(() => document.activeElement!.querySelector(".content")?.textContent);
        if (at !== `no. ${i}`) await ann.page.keyboard.press("ArrowUp"); // again where older ones had to come first
        return at === `no. ${i}`;
      });
    }
    const box = (await ann.page.locator(".message:focus").boundingBox())!;
    assert.ok(box.y > 0 && box.y + box.height < 750, "what has the focus is in view");
    await ann.page.keyboard.press("End");
    await ann.bubble("no. 149").waitFor();
    await ann.page.keyboard.press("Escape");
    assert.equal(await focus(ann), "Write a message");
  });
});
