// The page in Arabic: all of it runs from the right, and what people write in its own direction.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { BrowserContextOptions, Locator } from "playwright-core";
import { isolated } from "../src/isolated.ts";
import * as ar from "../src/texts/languages/ar.ts";
import { item, message, press } from "./acting.ts";
import { phone, Visitor, wide } from "./browser.ts";
import { closePanel } from "./notifications.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { sound } from "./sound.ts";
import { sayPlainly } from "./speaker.ts";

const { page: texts, entry, menus } = ar;
const field = (v: Visitor, name: string) => v.page.getByRole("textbox", { name, exact: true });

async function box(of: Locator): Promise<{ left: number; right: number }> {
  const { x, width } = (await of.boundingBox())!;
  return { left: x, right: x + width };
}

async function assertLeftOf(a: Locator, b: Locator, what: string): Promise<void> {
  const [one, other] = [await box(a), await box(b)];
  assert.ok(one.right <= other.left + 1, `${what}: ${JSON.stringify([one, other])}`);
}

/** In which direction a text is shown: from where its first letter is to where its last one is. */
const runs = (of: Locator) => of.evaluate((element) => {
  const at = (text: Node, offset: number) => {
    const range = document.createRange();
    range.setStart(text, offset);
    range.setEnd(text, offset + 1);
    return range.getBoundingClientRect().left;
  };
  const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode()!;
  return at(text, 0) < at(text, text.nodeValue!.length - 1) ? "to the right" : "to the left";
});

/** Asserts what is true of each screen. */
async function fits(v: Visitor, screen: string): Promise<void> {
  assert.equal(await v.sideways(), false, `${screen}: nothing is wider than the window`);
  await sound(v, screen);
}

/** Opens the page in Arabic, and enters a room from the start page. */
async function enter(t: TestContext, room: string, nick: string, options: BrowserContextOptions): Promise<Visitor> {
  const v = await Visitor.open(t, browser, server.url, { locale: "ar", ...options });
  const join = v.page.getByRole("button", { name: texts.join, exact: true });
  await join.waitFor();
  await assertLeftOf(join, field(v, texts.roomCode), "the button is after the field");
  await fits(v, "start");
  await field(v, texts.roomCode).fill(room);
  await join.click();
  await field(v, texts.nick).waitFor();
  await fits(v, "nick");
  await field(v, texts.nick).fill(nick);
  await press(v, texts.enter);
  await v.connected();
  return v;
}

async function say(v: Visitor, text: string, shown = text): Promise<void> {
  await v.page.locator("#draft").fill(text);
  await v.page.locator(".send").click();
  await v.bubble(shown).waitFor();
  await v.settled();
}

describe("the page in Arabic", () => {
  it("runs from the right from its first moment on", async (t) => {
    const ann = await Visitor.open(t, browser, server.url, { locale: "ar" });
    await ann.page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector("#page")?.hasChildNodes()) return;
        Object.assign(globalThis, { atFirst: `${document.documentElement.lang} ${document.documentElement.dir}` });
        observer.disconnect();
      }).observe(document, { childList: true, subtree: true });
    });
    await ann.page.reload();
    await ann.page.getByText(entry.tagline).waitFor();
    assert.equal(await ann.page.evaluate(() => (globalThis as unknown as { atFirst: string }).atFirst), "ar rtl");
    await press(ann, texts.settings);
    await ann.page.getByRole("combobox", { name: ar.settings.language }).selectOption("en");
    await ann.page.getByText("Chat rooms that anyone").waitFor();
    assert.equal(await ann.page.evaluate(() => document.documentElement.dir), "ltr");
  });

  it("is mirrored, from the start page to a ban", async (t) => {
    const room = "mirror";
    const ann = await enter(t, room, "Ann (2)", wide);
    const { page } = ann;
    const leila = await Visitor.open(t, browser, `${server.url}r/${room}`, { locale: "ar" });
    await field(leila, texts.nick).fill("ليلى!");
    await press(leila, texts.enter);
    await leila.connected();
    const bob = await Visitor.open(t, browser, `${server.url}r/${room}`);
    await bob.enter("Bob");

    await say(ann, "hello, all!");
    await say(leila, "مرحبًا بالجميع!");
    await say(bob, "שלום לכולם!");
    await say(bob, "```\nlet x = 1;\n```", "let x");
    await ann.bubble("let x").waitFor();
    for (const v of [ann, bob]) {
      const who = v === ann ? "in Arabic" : "in English";
      assert.equal(await runs(v.bubble("hello").locator("p")), "to the right", `English ${who}`);
      assert.equal(await runs(v.bubble("مرحبًا").locator("p")), "to the left", `Arabic ${who}`);
      assert.equal(await runs(v.bubble("שלום").locator("p")), "to the left", `Hebrew ${who}`);
      assert.equal(await runs(v.bubble("let x").locator("code")), "to the right", `code ${who}`);
      assert.equal(await runs(v.page.locator(".aside .name").filter({ hasText: "Ann" })), "to the right", `a nick ${who}`);
      assert.equal(await runs(v.page.locator(".aside .name").filter({ hasText: "ليلى" })), "to the left", `an Arabic nick ${who}`);
    }

    const main = page.locator("main");
    await assertLeftOf(page.locator(".aside"), main, "people are at the end");
    await assertLeftOf(page.locator(".send"), page.locator("#draft"), "the button is after the field");
    await assertLeftOf(page.getByRole("button", { name: texts.settings, exact: true }), page.locator("h1"), "the tools are after the title");
    await assertLeftOf(page.locator("h1"), page.getByRole("link", { name: texts.back }), "the way back is before the title");
    await assertLeftOf(ann.bubble("hello"), ann.bubble("مرحبًا"), "one's own messages are at the end");
    await assertLeftOf(ann.bubble("let x"), page.locator(".message .face").last(), "faces are before messages");
    assert.equal((await box(bob.page.locator(".aside"))).right, bob.page.viewportSize()!.width, "in English, people are at the right");
    assert.match(await page.locator(".icon-back").first().evaluate((e) => getComputedStyle(e).transform), /^matrix\(-1,/);
    await fits(ann, "room");

    await message(ann, "שלום").focus();
    await page.keyboard.press("m");
    const menu = page.getByRole("menu");
    await menu.waitFor();
    const quick = menu.getByRole("menuitemcheckbox");
    await until("the first one has the focus", () => quick.first().evaluate((e) => e === document.activeElement));
    await assertLeftOf(quick.nth(1), quick.first(), "the second one is to the left");
    await page.keyboard.press("ArrowLeft");
    assert.ok(await quick.nth(1).evaluate((e) => e === document.activeElement), "the left arrow goes on");
    assert.ok((await box(menu)).right <= (await box(main)).right);
    await fits(ann, "menu");
    await page.keyboard.press("Escape");

    await press(ann, ar.emoji.insert);
    const picker = page.getByRole("dialog", { name: ar.emoji.insert });
    await picker.locator(".signs button").nth(8).waitFor();
    assert.ok(Math.abs((await box(picker)).left - (await box(page.locator(".field"))).left) < 2, "the picker is over the end of the field");
    await closePanel(page);

    await page.goto(`${server.url}r/${room}-2`);
    await ann.connected();
    await sayPlainly(server, room, "سارة", "(جديد)");
    const rooms = page.getByRole("navigation", { name: ar.rooms.yourRooms });
    await rooms.getByText(/سارة.*: \(جديد\)/).waitFor();
    await assertLeftOf(main, rooms, "rooms are at the start");
    await fits(ann, "rooms");
    await rooms.getByRole("link", { name: new RegExp(`${room} `) }).click();
    await page.locator(".aside .name").filter({ hasText: "ليلى" }).waitFor();

    await page.locator(".aside").getByRole("button", { name: texts.memberMenu(isolated("ليلى!")) }).click();
    await item(ann, menus.banAsk(isolated("ليلى!"))).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("heading", { name: menus.banTitle(isolated("ليلى!")) }).waitFor();
    await assertLeftOf(dialog.getByRole("button", { name: texts.close }), dialog.getByRole("heading"), "what closes it is at the end");
    await fits(ann, "ban");
    await field(ann, menus.reason).fill("spam!");
    await press(ann, menus.ban);
    await leila.page.getByRole("heading", { name: entry.bannedTitle }).waitFor();
    await fits(leila, "banned");
    const because = texts.because(isolated("spam!"));
    const said = async (v: Visitor, beginning: string) => {
      const line = v.page.locator(".presence").filter({ hasText: beginning });
      await line.waitFor();
      assert.ok((await line.innerText()).endsWith(because), beginning);
    };
    await said(ann, `حظرت العضو ${isolated("ليلى!")} حتى`);
    await said(leila, `حظرك ${isolated("Ann (2)")} حتى`);
    await said(bob, `${isolated("Ann (2)")} banned ${isolated("ليلى!")} until`);
  });

  it("fits on a phone", async (t) => {
    const room = "a-room-with-a-long-code-of-its-own";
    const ann = await enter(t, room, "آن", phone);
    const { page } = ann;
    await sayPlainly(server, room, "Bob", "a treasure", "الكنز هنا: https://example.org/a/very/long/address/that/has/to/be/broken/somewhere");
    await ann.bubble("الكنز").waitFor();
    const title = page.locator("h1 bdi");
    assert.ok(await title.evaluate((e) => e.scrollWidth > e.clientWidth), "the code has no room");
    assert.equal(await title.evaluate((e) => getComputedStyle(e).direction), "ltr", "so its end is left out");
    await fits(ann, "room");

    const panel = async (open: () => Promise<unknown>, screen: string, then?: () => Promise<unknown>) => {
      await open();
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      await then?.();
      await assertLeftOf(dialog.getByRole("button", { name: texts.close, exact: true }), dialog.getByRole("heading").first(), `${screen}: what closes it is at the end`);
      await fits(ann, screen);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    };
    await panel(() => press(ann, texts.search), "search", async () => {
      await field(ann, ar.search.field).fill("treasure");
      await page.getByText(ar.search.found.one!("1")).waitFor();
      assert.equal(await runs(page.getByRole("list", { name: ar.search.results }).locator(".text")), "to the right");
    });
    await panel(() => press(ann, texts.share), "share");
    await press(ann, texts.settings);
    const settings = page.getByRole("dialog", { name: texts.settings });
    await assertLeftOf(settings.getByRole("heading", { name: texts.settings }), settings.getByRole("button", { name: ar.settings.back }), "the way back is before the title");
    await fits(ann, "settings");
    await page.keyboard.press("Escape");
    await settings.waitFor({ state: "detached" });
    await panel(async () => {
      await press(ann, texts.settings);
      await press(ann, menus.roomSettingsAsk);
      await page.getByRole("heading", { name: texts.roomSettings }).waitFor();
    }, "room settings");
    await panel(() => page.getByRole("button", { name: new RegExp(`^${texts.members}`) }).click(), "people");
  });
});
