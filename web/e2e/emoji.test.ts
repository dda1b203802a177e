// The emoji picker, of the composer and of reactions.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { phone, Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";

const opener = (v: Visitor) => v.page.getByRole("button", { name: "Emoji", exact: true });
const picker = (v: Visitor) => v.page.locator(".picker");
const field = (v: Visitor) => v.page.getByRole("textbox", { name: "Find an emoji" });
const group = (v: Visitor, name: string) => v.page.getByRole("region", { name, exact: true });

/** What of the page has the focus: the name of a field or a button, or an emoji. */
const focused = (v: Visitor) =>
  v.page.evaluate(() => document.activeElement!.getAttribute("aria-label") ?? document.activeElement!.textContent ?? "");

async function focus(v: Visitor, name: string): Promise<void> {
  await until(`the focus is on ${name}, not on ${await focused(v)}`, async () => (await focused(v)) === name);
}

async function enter(t: TestContext, room: string, options = {}): Promise<Visitor> {
  const ann = await Visitor.open(t, browser, `${server.url}r/${room}`, options);
  await ann.enter("Ann");
  return ann;
}

/** Opens the picker, and waits until it has all emoji. */
async function open(v: Visitor): Promise<void> {
  await opener(v).click();
  await group(v, "Flags").getByRole("button").nth(200).waitFor({ state: "attached" });
}

describe("the emoji picker of the composer", () => {
  it("writes an emoji at the caret, in a step that Ctrl+Z takes back, and more of them with Shift", async (t) => {
    const ann = await enter(t, "emoji");
    await ann.draft.pressSequentially("tea  now");
    for (let i = 0; i < 4; i++) await ann.draft.press("ArrowLeft");
    await open(ann);
    await focus(ann, "Find an emoji");
    await field(ann).fill("teacup");
    await picker(ann).getByRole("button", { name: "🍵" }).click();
    await picker(ann).waitFor({ state: "detached" });
    await focus(ann, "Write a message");
    assert.equal(await ann.draft.inputValue(), "tea 🍵 now");
    await ann.draft.press("Control+z");
    assert.equal(await ann.draft.inputValue(), "tea  now");

    await open(ann);
    await group(ann, "Recent").getByRole("button", { name: "🍵" }).click({ modifiers: ["Shift"] });
    await field(ann).fill("rocket");
    await field(ann).press("Shift+Enter");
    assert.equal(await ann.draft.inputValue(), "tea 🍵🚀 now");
    await field(ann).press("Escape");
    await picker(ann).waitFor({ state: "detached" });
    await focus(ann, "Write a message");
    await ann.draft.press("Control+z");
    assert.equal(await ann.draft.inputValue(), "tea 🍵 now");

    await opener(ann).click();
    await picker(ann).waitFor();
    await opener(ann).click();
    await picker(ann).waitFor({ state: "detached" });
  });

  it("is walked through by keys: the field, categories, emoji line by line, and tones", async (t) => {
    const ann = await enter(t, "emoji-keys");
    const { keyboard } = ann.page;
    const press = async (...keys: string[]) => {
      for (const key of keys) await keyboard.press(key);
    };
    const [first, people] = ["😀", "👋"];
    await ann.draft.focus();
    await press("Tab", "Tab", "Tab");
    assert.equal(await focused(ann), "Emoji");
    await press("Enter");
    await group(ann, "Flags").getByRole("button").nth(200).waitFor({ state: "attached" });
    await focus(ann, "Find an emoji");
    await press("ArrowDown");
    await focus(ann, first);
    const all = await group(ann, "Smileys and feelings").getByRole("button").allInnerTexts();
    await press("ArrowRight", "ArrowRight", "ArrowDown");
    await focus(ann, all[9 + 2]!);
    await press("ArrowUp", "ArrowLeft");
    await focus(ann, all[1]!);
    await press("PageDown");
    await focus(ann, people);
    await press("ArrowUp");
    await focus(ann, all[Math.floor((all.length - 1) / 9) * 9]!); // in the last line
    await press("End");
    assert.ok(await ann.page.evaluate(() => {
      const [box, at] = [document.querySelector(".emoji-groups")!, document.activeElement!].map((e) => e.getBoundingClientRect());
      return at!.top >= box!.top && at!.bottom <= box!.bottom;
    }), "what has the focus is in view");
    await press("Home", "ArrowUp");
    await focus(ann, "Find an emoji");
    await press("Tab");
    await focus(ann, first);
    await press("Tab");
    await focus(ann, "Skin tone: none");
    await press("Enter", "ArrowRight", "ArrowRight");
    await focus(ann, "medium-light");
    await press("Escape");
    await focus(ann, "Skin tone: none");
    await press("Tab");
    await focus(ann, "Smileys and feelings");
    await press("ArrowRight", "Enter");
    await until("the category is shown", async () =>
      (await ann.page.getByRole("button", { name: "People" }).first().getAttribute("aria-current")) === "true" &&
      (await ann.page.locator(".emoji-groups").evaluate((e) => e.scrollTop > 0)));
    await press("ArrowDown");
    await focus(ann, people);
    await press("w", "a", "v");
    await focus(ann, "Find an emoji");
    assert.equal(await field(ann).inputValue(), "wav");
    await press("Enter");
    await focus(ann, "Write a message");
    assert.equal(await ann.draft.inputValue(), "👋");
  });

  it("keeps the skin tone and what was taken last, and offers them first", async (t) => {
    const ann = await enter(t, "emoji-tone");
    await open(ann);
    await ann.page.getByRole("button", { name: "Skin tone: none" }).click();
    await ann.page.getByRole("radio", { name: "medium-dark" }).click();
    await focus(ann, "Skin tone: medium-dark");
    await field(ann).fill("thumbsup");
    await field(ann).press("Enter");
    await open(ann);
    await field(ann).fill("tada");
    await field(ann).press("Enter");
    assert.equal(await ann.draft.inputValue(), "👍🏾🎉");
    await ann.page.reload();
    await ann.connected();
    await open(ann);
    assert.deepEqual(await group(ann, "Recent").getByRole("button").allInnerTexts(), ["🎉", "👍🏾"]);
    assert.equal(await group(ann, "People").getByRole("button").first().innerText(), "👋🏾");
    await field(ann).press("Escape");
    await ann.draft.fill("");
    await ann.draft.pressSequentially(":wave");
    await ann.draft.press("Tab");
    assert.equal(await ann.draft.inputValue(), "👋🏾 ");
  });

  it("is in the page's language", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/emoji-zh`, { locale: "zh-CN" });
    await ann.page.getByRole("textbox").fill("安");
    await ann.page.getByRole("textbox").press("Enter");
    await ann.connected();
    await ann.page.getByRole("button", { name: "表情", exact: true }).click();
    await ann.page.getByRole("textbox", { name: "查找表情" }).fill("派对");
    const party = picker(ann).getByRole("button", { name: "🎉" });
    await party.hover();
    await picker(ann).getByText("拉炮彩带").waitFor();
    await party.click();
    assert.equal(await ann.page.locator("#draft").inputValue(), "🎉");
  });

  it("comes up from the bottom of a phone, without its keyboard", async (t) => {
    const ann = await enter(t, "emoji-phone", phone);
    await opener(ann).tap();
    await group(ann, "Flags").getByRole("button").nth(200).waitFor({ state: "attached" });
    assert.equal(await ann.page.evaluate(() => document.activeElement!.tagName), "DIV");
    const { width, height } = (await group(ann, "Smileys and feelings").getByRole("button").nth(3).boundingBox())!;
    assert.ok(width >= 44 && height >= 44, `${width} by ${height}`);
    assert.ok(!(await ann.sideways()));
    await group(ann, "Smileys and feelings").getByRole("button").nth(3).tap();
    assert.notEqual(await ann.draft.inputValue(), "");
  });
});

describe("a reaction", () => {
  it("is any emoji that is pasted, in any tone and sequence", async (t) => {
    const ann = await enter(t, "emoji-pasted");
    await ann.say("hello");
    await ann.settled();
    const reactions = ann.page.locator(".reactions button");
    for (const [i, pasted] of ["🧑🏻‍❤️‍💋‍🧑🏿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤"].entries()) {
      await ann.page.locator(".message").hover();
      await ann.page.getByRole("button", { name: "What to do with this message" }).click();
      await ann.page.getByRole("menuitem", { name: "More emoji" }).click();
      await field(ann).fill(` ${pasted} `);
      await field(ann).press("Enter");
      await reactions.nth(i).waitFor();
      assert.equal(await reactions.nth(i).getAttribute("aria-pressed"), "true");
    }
    assert.deepEqual(
      (await reactions.allInnerTexts()).map((s) => s.replace(/\s*1$/, "")),
      ["🧑🏻‍❤️‍💋‍🧑🏿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️"],
    );
    await ann.page.locator(".message").hover();
    await ann.page.getByRole("button", { name: "React", exact: true }).click();
    await field(ann).fill("red heart");
    assert.equal(await picker(ann).getByRole("button", { name: "❤️" }).first().getAttribute("aria-pressed"), "true");
    await field(ann).fill("nothing of that name");
    await picker(ann).getByText("No emoji of that name.").waitFor();
    await field(ann).press("Escape");
    await focus(ann, "React");
  });
});
