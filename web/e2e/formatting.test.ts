// The row of buttons that format what is written.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { phone, Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";

const row = (v: Visitor) => v.page.getByRole("toolbar", { name: "Formatting" });
const button = (v: Visitor, name: string) => row(v).getByRole("button", { name, exact: true });
const select = (v: Visitor, from: number, to: number) =>
  v.draft.evaluate((f, [a, b]) => (f as HTMLTextAreaElement).setSelectionRange(a!, b!), [from, to]);
const focused = (v: Visitor) => v.page.evaluate(() => document.activeElement!.getAttribute("aria-label"));

describe("the formatting row", () => {
  it("is shown and hidden by a button, which is kept, and formats what is selected", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/row`);
    await ann.enter("Ann");
    assert.equal(await row(ann).count(), 0);
    const toggle = ann.page.getByRole("button", { name: "Formatting", exact: true });
    await toggle.click();
    await row(ann).waitFor();
    assert.equal(await toggle.getAttribute("aria-expanded"), "true");
    await ann.page.reload();
    await ann.connected();
    await row(ann).waitFor();
    assert.equal(await button(ann, "Strikethrough").getAttribute("title"), "Strikethrough (Ctrl+Shift+X)");

    const becomes = async (name: string, want: string) => {
      await button(ann, name).click();
      assert.equal(await ann.draft.inputValue(), want, name);
      assert.equal(await focused(ann), "Write a message");
    };
    await ann.draft.pressSequentially("tea");
    await select(ann, 0, 3);
    await becomes("Bold", "**tea**");
    await becomes("Italic", "***tea***");
    await ann.draft.press("Control+z");
    assert.equal(await ann.draft.inputValue(), "**tea**");
    await ann.draft.fill("one\ntwo");
    await select(ann, 0, 7);
    await becomes("List", "- one\n- two");
    await becomes("List", "one\ntwo");
    await becomes("Quote", "> one\n> two");
    await becomes("Quote", "one\ntwo");
    await becomes("Code block", "```\none\ntwo\n```");
    await ann.draft.press("Enter");
    await ann.page.locator(".message pre").filter({ hasText: "one\ntwo" }).waitFor();
    await ann.draft.pressSequentially("see this");
    await select(ann, 4, 8);
    await becomes("Link", "see [this](https://)");
    await ann.page.keyboard.type("https://example.org/");
    assert.equal(await ann.draft.inputValue(), "see [this](https://example.org/)");

    await toggle.click();
    await row(ann).waitFor({ state: "detached" });
  });

  it("has keys for all of it, also with a layout that isn't Latin", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/row-keys`);
    await ann.enter("Ann");
    await ann.say("first");
    await ann.settled();
    const becomes = async (key: string, want: string) => {
      await ann.draft.press(key);
      assert.equal(await ann.draft.inputValue(), want, key);
    };
    await ann.draft.pressSequentially("tea");
    await select(ann, 0, 3);
    await becomes("Control+Shift+Digit9", "> tea");
    await becomes("Control+Shift+Digit9", "tea");
    await becomes("Control+Shift+Digit8", "- tea");
    await becomes("Control+Shift+Digit8", "tea");
    await becomes("Control+Shift+E", "```\ntea\n```");
    await becomes("Control+Shift+E", "tea");
    await becomes("Control+k", "[tea](https://)");
    await ann.draft.fill("tea");
    await select(ann, 0, 3);
    await ann.draft.dispatchEvent("keydown", { key: "и", code: "KeyB", ctrlKey: true, bubbles: true, cancelable: true });
    assert.equal(await ann.draft.inputValue(), "**tea**");
  });

  it("is one stop of the Tab key, with arrows between its buttons", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/row-tab`);
    await ann.enter("Ann");
    await ann.page.getByRole("button", { name: "Formatting", exact: true }).click();
    await row(ann).waitFor();
    await ann.draft.fill("tea");
    await select(ann, 0, 3);
    const { keyboard } = ann.page;
    for (let i = 0; i < 6 && (await focused(ann)) !== "Bold"; i++) await keyboard.press("Tab");
    for (const [key, name] of [["ArrowRight", "Italic"], ["End", "Link"], ["ArrowRight", "Bold"], ["ArrowLeft", "Link"], ["Home", "Bold"]] as const) {
      await keyboard.press(key);
      assert.equal(await focused(ann), name, key);
    }
    await keyboard.press("ArrowRight");
    await keyboard.press("Tab");
    assert.equal(await focused(ann), "Send the message");
    await keyboard.press("Shift+Tab");
    assert.equal(await focused(ann), "Italic");
    await keyboard.press("Enter");
    assert.equal(await ann.draft.inputValue(), "*tea*");
    assert.equal(await focused(ann), "Write a message");
  });

  it("is in the menu of + on a phone, where it keeps the focus in the field", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/row-phone`, phone);
    await ann.enter("Ann");
    const toggle = async (checked: string) => {
      await ann.page.getByRole("button", { name: "Add to the message" }).tap();
      const item = ann.page.getByRole("menuitemcheckbox", { name: "Formatting" });
      assert.equal(await item.getAttribute("aria-checked"), checked);
      await item.tap();
    };
    await toggle("false");
    await row(ann).waitFor();
    await ann.draft.tap();
    await ann.draft.fill("tea");
    await select(ann, 0, 3);
    await button(ann, "Bold").tap();
    await until("it is bold", async () => (await ann.draft.inputValue()) === "**tea**");
    assert.equal(await focused(ann), "Write a message");
    assert.ok(!(await ann.sideways()));
    await toggle("true");
    await row(ann).waitFor({ state: "detached" });
  });
});
