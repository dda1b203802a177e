import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Locator } from "playwright-core";
import { phone, Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

/** Controls that are smaller than 24 px, the minimum of WCAG 2.2. */
function tooSmall(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("button, a, input, textarea")]
      .filter((e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !e.closest(".content"))
      .filter((e) => {
        const { width, height } = (e.closest("label") ?? e).getBoundingClientRect();
        return width < 24 || height < 24;
      })
      .map((e) => e.outerHTML.slice(0, 100)),
  );
}

async function fits(visitor: Visitor, what: string): Promise<void> {
  assert.ok(!(await visitor.sideways()), `${what} is wider than the screen`);
  assert.deepEqual(await tooSmall(visitor), [], what);
}

/** Asserts that all of an element is in the window. */
async function inView(visitor: Visitor, part: Locator, what: string): Promise<void> {
  const { width, height } = visitor.page.viewportSize()!;
  const box = (await part.boundingBox())!;
  assert.ok(box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height, `${what}: ${JSON.stringify(box)}`);
}

describe("at a width of 320 px", () => {
  for (const [locale, panel, room] of [["fr", "Paramètres", "Paramètres du salon…"], ["ar", "الإعدادات", "إعدادات الغرفة…"]] as const)
    it(`the buttons of the room's settings are in the window, in ${locale}`, async (t) => {
      const ann = await Visitor.open(t, browser, `${server.url}r/narrow-${locale}`, { ...phone, viewport: { width: 320, height: 640 }, locale });
      await ann.page.locator("#nick").fill("Ann");
      await ann.page.keyboard.press("Enter");
      await ann.connected();
      await ann.page.getByRole("button", { name: panel, exact: true }).click();
      await ann.page.getByRole("button", { name: room }).click();
      const controls = ann.page.getByRole("dialog").locator("button, input, select");
      await until("all of it is there", async () => (await controls.count()) > 12);
      for (const control of await controls.all()) {
        await control.scrollIntoViewIfNeeded();
        await inView(ann, control, (await control.textContent()) ?? "");
      }
    });
});

describe("at a width of 320 px", () => {
  for (const locale of ["de", "fr", "es"])
    it(`what an empty room offers is in the window, in ${locale}`, async (t) => {
      const url = `${server.url}r/empty-${locale}`;
      const ann = await Visitor.open(t, browser, url, { ...phone, viewport: { width: 320, height: 640 }, locale });
      await ann.page.locator("#nick").fill("Ann");
      await ann.page.keyboard.press("Enter");
      await ann.page.locator(".empty button").nth(2).waitFor();
      for (const part of await ann.page.locator(".empty").locator("p, button").all()) {
        await part.scrollIntoViewIfNeeded();
        await inView(ann, part, (await part.textContent()) ?? "");
      }
    });

  for (const locale of ["de", "fr", "es"])
    it(`no button is narrower than its text, in ${locale}`, async (t) => {
      const url = `${server.url}r/wide-${locale}`;
      const ann = await Visitor.open(t, browser, url, { ...phone, viewport: { width: 320, height: 640 }, locale });
      await ann.page.locator("#nick").fill("Ann");
      await ann.page.keyboard.press("Enter");
      await ann.connected();
      for (const panel of [-2, -1]) { // to invite others, and the settings
        await ann.page.locator(".top-bar button").nth(panel).click();
        const buttons = ann.page.getByRole("dialog").locator(".button");
        await buttons.first().waitFor();
        const spilt = await buttons.evaluateAll((all) => all.filter((b) => b.scrollWidth > b.clientWidth).map((b) => b.textContent));
        assert.deepEqual(spilt, []);
        await ann.page.keyboard.press("Escape");
        await ann.page.getByRole("dialog").waitFor({ state: "detached" });
      }
    });
});

describe("with letters of twice the size", () => {
  it("panels don't scroll sideways, and their fields show what is in them", async (t) => {
    const url = `${server.url}r/large-letters`;
    const ann = await Visitor.open(t, browser, url, { ...phone, viewport: { width: 360, height: 700 }, locale: "de" });
    const { page } = ann;
    await page.locator("#nick").fill("Ann");
    await page.keyboard.press("Enter");
    await ann.connected();
    await page.evaluate(() => (document.documentElement.style.fontSize = "32px"));
    const dialog = page.getByRole("dialog");
    const fit = async (what: string) => {
      await dialog.locator(".button").first().waitFor();
      const sideways = await dialog.evaluate((d) => [d, ...d.querySelectorAll("div, section, form")].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => e.className));
      assert.deepEqual(sideways, [], what);
      for (const field of await dialog.locator(".row > input").all()) assert.ok((await field.boundingBox())!.width > 150, what);
    };
    const panel = async (name: string) => page.getByRole("button", { name, exact: true }).click();
    await panel("Teilen");
    await fit("the invitation");
    await page.keyboard.press("Escape");
    await panel("Einstellungen");
    await fit("the settings");
    await panel("Raumeinstellungen…");
    await dialog.getByText("Verbundene Apps").waitFor();
    await fit("the room's settings");
    await page.keyboard.press("Escape");
    await panel("Einstellungen");
    await panel("Diesen Raum vergessen…");
    await dialog.getByText("Abbrechen").waitFor();
    await fit("a question");
  });
});

describe("at a zoom of 200 %", () => {
  it("nothing is cut off in a window of 1280 × 800", async (t) => {
    const ann = await Visitor.open(t, browser, server.url, { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
    const { page } = ann;
    await fits(ann, "the start");
    for (const control of await page.locator(".card").locator("input, button").all()) {
      await control.scrollIntoViewIfNeeded();
      await inView(ann, control, "the start");
    }
    await page.getByRole("button", { name: "New room" }).click();
    const nick = page.getByRole("textbox", { name: "Your name" });
    await nick.waitFor();
    await fits(ann, "the question for a name");
    for (const control of [nick, page.getByRole("button", { name: "Enter the room" })]) {
      await control.scrollIntoViewIfNeeded();
      await inView(ann, control, "the question for a name");
    }
    await ann.enter("W".repeat(32));
    await ann.say("hello");
    await ann.settled();
    await fits(ann, "a room");
    for (const part of [page.locator(".top-bar"), ann.bubble("hello"), page.locator(".field")]) await inView(ann, part, "a room");
    for (const button of [/^People/, "Share", "Settings", "Emoji"]) {
      await page.getByRole("button", { name: button, exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      if (button === "Emoji") await dialog.getByRole("toolbar").getByRole("button").first().waitFor();
      await fits(ann, `${button}`);
      await inView(ann, dialog, `${button}`);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
    await ann.bubble("hello").hover();
    await page.getByRole("button", { name: "What to do with this message" }).click();
    await inView(ann, page.getByRole("menu"), "the menu of a message");
  });
});

describe("where there is little height", () => {
  it("menus scroll to all of their items", async (t) => {
    for (const viewport of [{ width: 320, height: 256 }, { width: 700, height: 330 }]) {
      const size = `${viewport.width} × ${viewport.height}`;
      const room = `low-${viewport.width}`;
      const ann = await Visitor.open(t, browser, `${server.url}r/${room}`, { viewport });
      await ann.enter("Ann");
      const bob = await Speaker.enter(t, server, room, "Bob");
      await bob.say("hello");
      await ann.page.locator(".message").filter({ hasText: "hello" }).focus();
      await ann.page.keyboard.press("m");
      const menu = ann.page.getByRole("menu");
      await menu.waitFor();
      await menu.evaluate((e) => Promise.all(e.getAnimations().map((a) => a.finished)));
      await inView(ann, menu, size);
      for (const button of await menu.getByRole("menuitem").all()) {
        await button.scrollIntoViewIfNeeded();
        await inView(ann, button, size);
      }
    }
  });
});

describe("on a phone", () => {
  it("a person creates a room, talks and replies by touch", async (t) => {
    const ann = await Visitor.open(t, browser, server.url, phone);
    await fits(ann, "the start");
    await ann.page.getByRole("button", { name: "New room" }).tap();
    await ann.page.getByRole("textbox", { name: "Your name" }).waitFor();
    await fits(ann, "the question for a name");
    await ann.page.getByRole("textbox", { name: "Your name" }).fill("Ann");
    await ann.page.getByRole("button", { name: "Enter the room" }).tap();
    await ann.connected();
    await fits(ann, "an empty room");

    const code = ann.page.url().split("/r/")[1]!;
    const bob = await Speaker.enter(t, server, code, "Bob");
    await bob.say("hello, who is there?");
    await ann.bubble("hello, who").tap();
    await ann.page.locator(".message").filter({ hasText: "hello, who" }).getByRole("button", { name: "What to do with this message" }).tap();
    await ann.page.getByRole("menuitem", { name: "Reply" }).tap();
    await ann.draft.fill("two");
    await ann.draft.press("Enter"); // there is no Shift
    await ann.draft.pressSequentially("lines");
    await ann.page.getByRole("button", { name: "Send the message" }).tap();
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["hello, who is there?", "two\nlines"]);
    await ann.bubble("lines").locator(".answered").waitFor();
    await fits(ann, "a conversation");

    for (const [button, panel] of [[/^People/, "People"], ["Share", "Invite others"], ["Settings", "Settings"]] as const) {
      await ann.page.getByRole("button", { name: button, exact: true }).tap();
      const dialog = ann.page.getByRole("dialog", { name: panel });
      await dialog.waitFor();
      await fits(ann, panel);
      await dialog.getByRole("button", { name: panel === "Settings" ? "Back" : "Close" }).tap();
      await dialog.waitFor({ state: "detached" });
    }
  });

  it("a finger scrolls back, and the keyboard hides no message", async (t) => {
    const bob = await Speaker.enter(t, server, "finger", "Bob");
    await bob.say(...Array.from({ length: 300 }, (_, i) => `no. ${i}`));
    const ann = await Visitor.open(t, browser, `${server.url}r/finger`, phone);
    await ann.enter("Ann");
    await ann.bubble("no. 299").waitFor();

    // The keyboard opens: half of the screen's height is left.
    await ann.page.setViewportSize({ width: 390, height: 400 });
    const last = ann.bubble("no. 299");
    await until("the end is in view again", async () => {
      const [message, draft] = [await last.boundingBox(), await ann.draft.boundingBox()];
      return message!.y + message!.height <= draft!.y && draft!.y + draft!.height <= 400;
    });
    await ann.page.setViewportSize(phone.viewport);

    const touch = await ann.context.newCDPSession(ann.page);
    const finger = (type: "touchStart" | "touchMove" | "touchEnd", y: number) =>
      touch.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: 180, y }] });
    await until("older messages have come", async () => {
      await finger("touchStart", 150);
      for (let y = 160; y <= 600; y += 40) await finger("touchMove", y);
      await finger("touchEnd", 600);
      return ann.page.getByText("no. 220", { exact: true }).isVisible();
    });
    const numbers = (await ann.contents()).map((c) => Number(c.slice(4)));
    assert.deepEqual(numbers, numbers.map((_, i) => numbers[0]! + i));
    const latest = ann.page.locator(".latest");
    await until("the latest is in view", async () => {
      if (await latest.isVisible()) await latest.tap({ timeout: 1000 }).catch(() => {}); // the first may but stop what still rolls
      return (await latest.count()) === 0 && (await last.isVisible());
    });
  });

  it("a member banned from a locked room sees the whole header, and what wasn't sent", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/put-out`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${server.url}r/put-out`, phone);
    await bob.enter("Bob");
    await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
    await ann.page.getByRole("button", { name: "Room settings…" }).click();
    await ann.page.getByRole("checkbox", { name: "Lock the room" }).check();
    await ann.page.getByRole("combobox", { name: "Slow mode" }).selectOption({ label: "1 hour" });
    await bob.page.locator(".presence").filter({ hasText: "slow mode" }).waitFor();
    for (const text of ["goes", "waits"]) {
      await bob.draft.fill(text);
      await bob.page.getByRole("button", { name: "Send the message" }).tap();
    }
    await ann.bubble("goes").waitFor();
    await ann.page.keyboard.press("Escape");
    await ann.page.locator(".aside").getByRole("button", { name: "What to do with \u2068Bob\u2069" }).click();
    await ann.page.getByRole("menuitem", { name: /^Ban .+…$/ }).click();
    await ann.page.getByRole("button", { name: "Ban", exact: true }).click();
    await bob.page.getByRole("alert").filter({ hasText: "banned you" }).waitFor();
    await bob.page.locator(".failed").filter({ hasText: "Not sent" }).waitFor();
    assert.equal(await bob.page.locator(".waits").count(), 0);
    await fits(bob, "the room that one is out of");
    const boxes = await Promise.all([".status .word", ".locked", ".people-button"].map(async (part) => (await bob.page.locator(part).boundingBox())!));
    for (const [i, box] of boxes.slice(1).entries()) assert.ok(box.x >= boxes[i]!.x + boxes[i]!.width, JSON.stringify(boxes));
    assert.equal(await bob.page.locator(".status .word").evaluate((e) => e.scrollWidth > e.clientWidth), false, "it isn't cut");
    assert.equal(await bob.page.locator(".people-button").innerText(), "");
  });

  it("nothing is cut off on the smallest one, and in landscape", async (t) => {
    for (const viewport of [{ width: 320, height: 568 }, { width: 740, height: 340 }]) {
      const ann = await Visitor.open(t, browser, `${server.url}r/small-${"x".repeat(50)}-${viewport.width}`, { ...phone, viewport });
      await ann.enter("W".repeat(32));
      await ann.draft.fill("hello");
      await ann.page.getByRole("button", { name: "Send the message" }).tap();
      await ann.bubble("hello").waitFor();
      await ann.settled();
      await fits(ann, `${viewport.width} × ${viewport.height}`);
      for (const part of [ann.draft, ann.page.locator(".top-bar"), ann.bubble("hello")]) {
        const box = (await part.boundingBox())!;
        assert.ok(box.x >= 0 && box.x + box.width <= viewport.width && box.y >= 0 && box.y + box.height <= viewport.height, JSON.stringify(box));
      }
    }
  });
});
