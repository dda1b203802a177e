import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { press } from "./acting.ts";
import { phone, Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";

describe("the start page", () => {
  it("shows a conversation in the user's language, below its forms on a phone and in nobody's way", async (t) => {
    const ann = await Visitor.open(t, browser, server.url, { ...phone, locale: "de-DE" });
    const { page } = ann;
    const sample = page.locator(".scene");
    await sample.locator("strong").getByText("Samstag").waitFor();
    assert.equal(await page.getByRole("article").count(), 0, "a screen reader doesn't read it");
    await sample.scrollIntoViewIfNeeded();
    await page.evaluate(() => scrollTo(0, 0));
    for (const field of await page.getByRole("textbox").all()) {
      const box = (await field.boundingBox())!;
      assert.ok(box.y + box.height < phone.viewport.height, JSON.stringify(box));
      assert.ok(box.y + box.height < (await sample.boundingBox())!.y);
    }
  });
});

describe("the field for a room's code", () => {
  it("goes to the server that a pasted link names", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    const there = server.url.replace("127.0.0.1", "localhost");
    assert.notEqual(there, server.url);
    await ann.page.getByRole("textbox", { name: "Room code" }).fill(`${there}r/there`);
    const asked = ann.page.waitForRequest(`${there}r/there`);
    await ann.page.keyboard.press("Enter");
    assert.ok((await asked).isNavigationRequest());
    assert.deepEqual(ann.wrong.splice(0), [`request to ${there}r/there`]);
  });
});

describe("an empty room", () => {
  it("offers three things to do, which are gone with the first message", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/empty`);
    const { page } = ann;
    await ann.enter("Ann");
    const offers = page.locator(".empty");
    await offers.getByRole("button", { name: "Invite others" }).click();
    await page.getByRole("textbox", { name: "Link to this room" }).waitFor();
    await page.keyboard.press("Escape");
    await offers.getByRole("button", { name: "Name the room" }).click();
    await page.getByRole("textbox", { name: "Name of the room" }).fill("Picnic");
    await page.keyboard.press("Enter");
    await page.locator("h1").getByText("Picnic").waitFor();
    await page.keyboard.press("Escape");

    const bob = await Visitor.open(t, browser, `${server.url}r/empty`, phone);
    await bob.enter("Bob");
    await bob.page.getByRole("button", { name: "Choose what notifies you" }).click();
    await bob.page.getByRole("group", { name: "Notifications in this room" }).waitFor();
    await bob.page.keyboard.press("Escape");

    await press(ann, "Say hello");
    await until("the focus is where one writes", () => ann.draft.evaluate((field) => field === document.activeElement));
    for (const each of [ann, bob]) {
      await each.bubble("Hello! 👋").waitFor();
      assert.equal(await each.page.locator(".empty").count(), 0);
    }
  });
});

describe("the settings", () => {
  it("are a page over the start page and over a room, left by the browser's Back and by Escape", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    const { page } = ann;
    const settings = page.getByRole("dialog", { name: "Settings" });
    const name = settings.getByRole("textbox", { name: "Your name" });
    await press(ann, "Settings");
    assert.deepEqual(await settings.getByRole("heading").allInnerTexts(), [
      "Settings",
      "Your name",
      "Appearance",
      "Language and keyboard",
      "Notifications",
      "Devices and data",
    ]);
    const { width, height } = (await settings.boundingBox())!;
    assert.deepEqual({ width, height }, page.viewportSize());
    await name.fill("x".repeat(33));
    await name.press("Enter");
    await settings.getByRole("alert").filter({ hasText: "32 characters" }).waitFor();
    await name.fill("Ann");
    await name.press("Enter");
    await settings.getByRole("button", { name: "Saved" }).waitFor();
    await page.goBack();
    await settings.waitFor({ state: "detached" });

    await page.getByRole("textbox", { name: "Room code" }).fill("settled");
    await page.keyboard.press("Enter");
    await ann.connected(); // the name is known
    await ann.draft.fill("half a dra");
    await press(ann, "Settings");
    await name.fill("Anna");
    await name.press("Enter");
    await settings.getByRole("button", { name: "Saved" }).waitFor();
    await settings.getByRole("combobox", { name: "Language" }).selectOption("fr");
    await page.getByRole("dialog", { name: "Paramètres" }).getByRole("button", { name: "Retour" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.locator(".people").getByText("Anna", { exact: true }).waitFor();
    assert.equal(await page.locator("#draft").inputValue(), "half a dra");
    assert.match(page.url(), /r\/settled$/);
  });
});
