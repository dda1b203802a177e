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
