// One person in several tabs.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

const draft = (page: Page) => page.getByRole("textbox", { name: "Write a message" });
const open = (page: Page) => page.locator(".status.good").waitFor();

describe("two tabs of one person", () => {
  it("have a draft each, also after reloads, and leave it to a later tab", async (t) => {
    const url = `${server.url}r/drafts`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const tab = await ann.tab(url);
    await open(tab);
    await ann.draft.fill("from the first");
    await draft(tab).fill("from the second");
    await ann.page.reload();
    await tab.reload();
    await Promise.all([open(ann.page), open(tab)]);
    assert.deepEqual([await ann.draft.inputValue(), await draft(tab).inputValue()], ["from the first", "from the second"]);

    await draft(tab).press("Enter");
    await ann.bubble("from the second").waitFor();
    await ann.page.reload();
    await tab.reload();
    await Promise.all([open(ann.page), open(tab)]);
    assert.deepEqual([await ann.draft.inputValue(), await draft(tab).inputValue()], ["from the first", ""]);

    await draft(tab).fill("and this");
    await ann.page.close();
    await tab.close();
    const later = await ann.tab(url);
    await open(later);
    assert.equal(await draft(later).inputValue(), "from the first\nand this");
    await later.close();
  });

  it("have a draft each also where one is a copy of the other", async (t) => {
    const url = `${server.url}r/copied-tab`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await ann.draft.fill("in the first");
    const opened = ann.context.waitForEvent("page");
    await ann.page.evaluate(() => void window.open(location.href)); // which copies what the tab has stored
    const copy = await opened;
    await open(copy);
    assert.equal(await draft(copy).inputValue(), "");
    await draft(copy).fill("in the copy");
    await copy.reload();
    await ann.page.reload();
    await Promise.all([open(ann.page), open(copy)]);
    assert.deepEqual([await ann.draft.inputValue(), await draft(copy).inputValue()], ["in the first", "in the copy"]);
  });

  it("share what was read, the settings and the nick", async (t) => {
    const url = `${server.url}r/seen`;
    const bob = await Speaker.enter(t, server, "seen", "Bob");
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const tab = await ann.tab(url);
    await open(tab);
    const title = (page: Page) => page.evaluate(() => document.title);
    await ann.page.evaluate(() => dispatchEvent(new Event("blur"))); // it has no focus while the other tab is in front
    await tab.evaluate(() => {
      Object.defineProperty(document, "hasFocus", { value: () => false, configurable: true });
      dispatchEvent(new Event("blur"));
    });
    await ann.page.evaluate(() => {
      Object.defineProperty(document, "hasFocus", { value: () => false, configurable: true });
      dispatchEvent(new Event("blur"));
    });
    await bob.say("hello");
    await until("both count it", async () => (await title(ann.page)).startsWith("(1)") && (await title(tab)).startsWith("(1)"));
    await ann.page.evaluate(() => {
      Object.defineProperty(document, "hasFocus", { value: () => true, configurable: true });
      dispatchEvent(new Event("focus"));
    });
    await until("it is seen in both", async () => !(await title(ann.page)).startsWith("(") && !(await title(tab)).startsWith("("));

    await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
    await ann.page.getByRole("radio", { name: "Dark" }).check();
    await until("the other tab is dark", () => tab.evaluate(() => document.documentElement.dataset.theme === "dark"));
    await ann.page.keyboard.press("Escape");
    await ann.page.getByRole("button", { name: "Change your name" }).click();
    await ann.page.getByRole("textbox", { name: "Your name" }).fill("Anna");
    await ann.page.keyboard.press("Enter");
    await tab.locator(".people").getByText("Anna", { exact: true }).waitFor();
    await tab.goto(`${server.url}r/elsewhere`);
    await tab.locator(".people").getByText("Anna", { exact: true }).waitFor();
  });
});
