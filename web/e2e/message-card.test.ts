// The card over the corner of a message, with which people react, reply and open its menu.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Locator } from "playwright-core";
import { message, pair } from "./acting.ts";
import { phone, type Visitor } from "./browser.ts";
import { until } from "./server.ts";
import "./running.ts";

const card = (v: Visitor, text: string) => message(v, text).locator(".actions");
const shown = (card: Locator) => card.evaluate((e) => getComputedStyle(e).opacity === "1");
const hidden = (card: Locator) => card.evaluate((e) => getComputedStyle(e).opacity === "0");

/** The texts of the messages that lie below a card, in part. */
function covered(card: Locator): Promise<string[]> {
  return card.evaluate((e) => {
    const box = e.getBoundingClientRect();
    return [...document.querySelectorAll(".message .content")].flatMap((content) => {
      const range = document.createRange();
      range.selectNodeContents(content);
      const lies = [...range.getClientRects()].some((r) => r.width > 0 && r.left < box.right && r.right > box.left && r.top < box.bottom && r.bottom > box.top);
      return lies ? [content.textContent] : [];
    });
  });
}

/** A run of short and long messages of Bob and of Ann. */
const texts = ["a long message that is as wide as a message can be in this window, and so has to be broken into lines", "ok", "another one", "so"];

async function talk(ann: Visitor, bob: Visitor): Promise<void> {
  for (const text of texts) {
    await bob.draft.fill(`Bob: ${text}`);
    await bob.page.locator(".send").click();
  }
  await ann.bubble("Bob: so").waitFor();
  for (const text of texts) {
    await ann.draft.fill(`Ann: ${text}`);
    await ann.page.locator(".send").click();
  }
  await ann.settled();
}

describe("the card of a message", () => {
  for (const direction of ["ltr", "rtl"])
    it(`lies over its upper corner and covers no text, ${direction}`, async (t) => {
      const [ann, bob] = await pair(t, `card-${direction}`);
      await talk(ann, bob);
      await ann.page.evaluate((d) => (document.documentElement.dir = d), direction);
      for (const who of ["Bob", "Ann"])
        for (const text of texts) {
          const its = card(ann, `${who}: ${text}`);
          await message(ann, `${who}: ${text}`).hover();
          await until("it is shown", () => shown(its));
          assert.deepEqual(await covered(its), [], `${who}: ${text}`);
          const [box, bubble] = [(await its.boundingBox())!, (await ann.bubble(`${who}: ${text}`).boundingBox())!];
          assert.ok(box.y < bubble.y && box.y + box.height > bubble.y, "it overlaps the upper edge");
          assert.ok(box.x < bubble.x + bubble.width && box.x + box.width > bubble.x, "and the side");
          const names = await its.getByRole("button").evaluateAll((all) => all.map((e) => e.ariaLabel));
          assert.deepEqual(names, ["React", "Reply", "What to do with this message"]);
        }
      assert.equal(await ann.sideways(), false);
    });

  it("comes with the focus of the keyboard, and not of the mouse", async (t) => {
    const [ann, bob] = await pair(t, "card-keys");
    await talk(ann, bob);
    await ann.draft.press("Shift+Tab");
    await ann.page.keyboard.press("ArrowUp");
    await until("it is shown", () => shown(card(ann, "Ann: so")));
    await ann.page.keyboard.press("ArrowRight");
    assert.equal(await ann.page.locator(":focus").getAttribute("aria-label"), "React");
    assert.ok(await shown(card(ann, "Ann: so")));
    await ann.bubble("Bob: ok").click();
    await ann.draft.hover();
    await until("none is shown", async () => (await hidden(card(ann, "Bob: ok"))) && (await hidden(card(ann, "Ann: so"))));
  });

  it("is no more than the button of the menu on a phone, next to the message", async (t) => {
    for (const density of ["", "compact"]) {
      const [ann, bob] = await pair(t, `card-phone${density}`, phone);
      await talk(ann, bob);
      if (density) await ann.page.evaluate((d) => (document.documentElement.dataset.density = d), density);
      for (const text of ["Bob: a long", "Bob: ok", "Ann: a long", "Ann: another one"]) {
        await message(ann, text).locator(".content").tap();
        const its = card(ann, text);
        await until("it is shown", () => shown(its));
        assert.deepEqual(await covered(its), [], text);
        const more = its.getByRole("button", { name: "What to do with this message" });
        const box = (await more.boundingBox())!;
        assert.ok(box.width >= 44 && box.height >= 44, JSON.stringify(box));
        await more.tap();
        await ann.page.getByRole("menuitem", { name: "Reply" }).waitFor();
        await ann.page.keyboard.press("Escape");
        await ann.page.getByRole("menu").waitFor({ state: "detached" });
      }
      assert.equal(await ann.sideways(), false);
    }
  });
});
