import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { command, item, memberMenu, message, note, pair, press, settings } from "./acting.ts";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { sound } from "./sound.ts";
import { Speaker } from "./speaker.ts";

async function menuOf(v: Visitor, text: string): Promise<void> {
  await message(v, text).hover();
  await message(v, text).getByRole("button", { name: "What to do with this message" }).click();
  await v.page.getByRole("menu").waitFor();
}

/** The labels of the open menu, without emoji. */
const offered = (v: Visitor): Promise<string[]> => v.page.locator(".menu > [role=menuitem]").allInnerTexts();
const trimmed = async (texts: Promise<string[]>): Promise<string[]> => (await texts).map((s) => s.trim());

describe("who moderates", () => {
  it("asks before a ban by command, with the reason that was written", async (t) => {
    const [ann, bob] = await pair(t, "ban-reason");
    await ann.say("/ban Bob he sells carpets");
    await ann.page.getByRole("dialog", { name: "Ban \u2068Bob\u2069?" }).waitFor();
    await press(ann, "Ban");
    await bob.page.getByRole("alert").filter({ hasText: "he sells carpets" }).waitFor();
  });

  it("is asked before deleting what the message says now", async (t) => {
    const [ann, bob] = await pair(t, "delete-edited");
    await bob.say("at nine");
    await menuOf(ann, "at nine");
    await item(ann, "Delete message…").click();
    await menuOf(bob, "at nine");
    await item(bob, "Edit").click();
    await bob.draft.fill("at ten");
    await bob.draft.press("Enter");
    await ann.page.getByRole("dialog").getByText("at ten").waitFor();
  });

  it("has the focus nearby when the member is gone whose menu is open, or whom they have removed", async (t) => {
    const [ann, bob] = await pair(t, "nearby");
    const focus = (name: string) => until(`the focus is on ${name}`, () => ann.page.evaluate((name) => document.activeElement?.ariaLabel === name, name));
    await memberMenu(ann, "Bob");
    await bob.page.close();
    await ann.page.locator(".aside").getByText("1 person here").waitFor();
    await ann.page.keyboard.press("Escape");
    await focus("Messages");
    bob.page = await bob.tab(`${server.url}r/nearby`);
    await ann.page.locator(".aside").getByRole("button", { name: "What to do with \u2068Bob\u2069" }).press("Enter");
    await item(ann, /^Remove .+…$/).press("Enter");
    await ann.page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).press("Enter");
    await note(ann, /You removed/);
    await focus("What to do with \u2068Ann\u2069");
  });

  it("ends what the removed have begun, and tells them in words why it failed", async (t) => {
    const [ann, bob] = await pair(t, "begun");
    await bob.say("mine");
    await menuOf(bob, "mine");
    await item(bob, "Delete message…").click();
    const { member } = await bob.place("begun");
    await command(ann, "begun", { type: "kick", member });
    await bob.page.getByRole("alert").filter({ hasText: "You were removed" }).waitFor();
    assert.equal(await bob.page.getByRole("dialog").count(), 0);
    await press(bob, "Search messages");
    await bob.page.keyboard.type("mine");
    const failed = bob.page.getByRole("dialog").getByRole("alert");
    await failed.waitFor();
    assert.equal(await failed.innerText(), "Not connected");
  });

  it("can remove somebody from a crowd, whose members aren't listed", async (t) => {
    const room = "crowd";
    const ann = await Visitor.open(t, browser, `${server.url}r/${room}`);
    await ann.enter("Ann");
    const all = Array.from({ length: 200 }, (_, i) => `Guest ${i}`);
    const [bob, zoe] = await Promise.all(["Bob", "Zoe", ...all].map((nick) => Speaker.enter(t, server, room, nick)));
    await ann.page.getByText("There are too many people to list.").waitFor();
    await bob!.say("hello from Bob");
    await zoe!.say("hello from Zoe");
    await menuOf(ann, "hello from Bob");
    await item(ann, /^Remove .+…$/).click();
    await press(ann, "Remove");
    await note(ann, "You removed \u2068Bob\u2069 from the room");
    await ann.say("/kick Zoe");
    await note(ann, "You removed \u2068Zoe\u2069 from the room");
  });
});

describe("the page of a room", () => {
  it("edits a message and keeps the draft", async (t) => {
    const [ann, bob] = await pair(t, "edit");
    await ann.say("helo");
    await bob.bubble("helo").waitFor();
    await ann.draft.fill("half a thought");
    await menuOf(ann, "helo");
    await item(ann, "Edit").click();
    assert.equal(await ann.draft.inputValue(), "helo");
    await ann.draft.fill("hello **Bob**");
    await ann.draft.press("Enter");
    await bob.bubble("hello Bob").waitFor();
    await bob.bubble("edited").waitFor();
    assert.equal(await ann.draft.inputValue(), "half a thought");
    assert.equal(await ann.page.locator(".pending").count(), 0);

    await menuOf(ann, "hello Bob");
    await item(ann, "Edit").click();
    await ann.draft.fill("never mind");
    await ann.draft.press("Escape");
    assert.equal(await ann.draft.inputValue(), "half a thought");
    assert.deepEqual(await bob.contents(), ["hello Bob"]);
    await ann.page.reload();
    await ann.connected();
    await ann.bubble("hello Bob").waitFor();
    assert.equal(await ann.draft.inputValue(), "half a thought");
    assert.deepEqual(await ann.contents(), ["hello Bob"]);
  });

  it("edits the last message by ArrowUp", async (t) => {
    const [ann, bob] = await pair(t, "up");
    await ann.say("older");
    await ann.say("helo");
    await bob.say("hm?");
    await bob.settled();
    await ann.draft.press("ArrowUp");
    assert.equal(await ann.draft.inputValue(), "helo", "what was said in this visit comes back as it was");
    assert.equal(await ann.page.locator(".answering").count(), 0);
    await ann.draft.fill("");
    await ann.page.reload();
    await ann.connected();
    await ann.bubble("helo").waitFor();
    await ann.draft.press("ArrowUp");
    await ann.page.getByText("Editing your message").waitFor();
    assert.equal(await ann.draft.inputValue(), "helo");
    await ann.draft.fill("hello");
    await ann.draft.press("Enter");
    await bob.bubble("hello").waitFor();
    assert.deepEqual(await bob.contents(), ["older", "hello", "hm?"]);
  });

  it("reacts, and shows whose it is", async (t) => {
    const [ann, bob] = await pair(t, "react");
    await ann.say("cake?");
    await bob.bubble("cake?").waitFor();
    await menuOf(bob, "cake?");
    await bob.page.getByRole("menuitemcheckbox", { name: "👍" }).click();
    const mine = bob.page.locator(".reactions button[aria-pressed=true]").filter({ hasText: "👍" });
    await mine.waitFor();
    const theirs = ann.page.getByRole("button", { name: /👍.*: Bob|👍.*Bob/ });
    await theirs.waitFor();
    assert.equal(await theirs.getAttribute("aria-pressed"), "false");
    await theirs.click();
    await bob.page.locator(".reactions").getByText("2").waitFor();
    await mine.click();
    await ann.page.locator(".reactions").getByText("1").waitFor();

    await message(bob, "cake?").hover();
    await message(bob, "cake?").getByRole("button", { name: "React", exact: true }).click();
    await bob.page.getByRole("textbox", { name: "Find an emoji" }).fill("tada");
    await bob.page.keyboard.press("Enter");
    await ann.page.locator(".reactions").getByText("🎉").waitFor();
  });

  it("deletes own messages, and for a moderator those of others", async (t) => {
    const [ann, bob] = await pair(t, "erase");
    await bob.say("canary one");
    await bob.say("canary two");
    await ann.say("hers");
    await bob.bubble("hers").waitFor();
    await menuOf(bob, "hers");
    assert.deepEqual(await trimmed(offered(bob)), ["Reply", "Copy text", "Copy link"]);
    await bob.page.keyboard.press("Escape");
    await menuOf(bob, "canary one");
    await item(bob, "Delete message…").click();
    await bob.page.getByRole("dialog", { name: "Delete this message?" }).getByRole("button", { name: "Delete" }).click();
    await ann.page.locator(".erased").waitFor();
    await menuOf(ann, "canary two");
    assert.deepEqual(await trimmed(offered(ann)), ["Reply", "Copy text", "Copy link", "Pin", "Delete message…", "Remove \u2068Bob\u2069…", "Ban \u2068Bob\u2069…"]);
    await item(ann, "Delete message…").click();
    await ann.page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    for (const v of [ann, bob]) await note(v, "2 messages were deleted"); // in one line
    assert.equal(await bob.page.locator(".erased").count(), 0);
    for (const v of [ann, bob]) {
      const html = await v.page.locator("#page").innerHTML(); // with what a screen reader is told
      assert.ok(!html.includes("canary"), "no word of it is left");
    }
  });

  it("passes ownership on", async (t) => {
    const [ann, bob] = await pair(t, "handed");
    assert.equal(await bob.page.getByRole("button", { name: /What to do with/ }).count(), 0);
    await memberMenu(ann, "Bob");
    await item(ann, "Make a moderator").click();
    await note(bob, /made you a moderator/);
    await bob.page.locator(".people .tag.moderator").waitFor();
    await memberMenu(ann, "Bob");
    await item(ann, "Make an owner…").click();
    await press(ann, "Make an owner");
    await note(bob, /made you an owner/);
    await memberMenu(ann, "Ann");
    await item(ann, "Step down to member…").click();
    await press(ann, "Step down");
    await note(bob, /made themselves a member/);
    await until("she has no menu", async () => (await ann.page.locator(".people .more").count()) === 0);
    await memberMenu(bob, "Ann");
    assert.deepEqual(await trimmed(offered(bob)), ["Make an owner…", "Make a moderator", "Remove \u2068Ann\u2069…", "Ban \u2068Ann\u2069…"]);
  });

  it("says that the last owner can't step down", async (t) => {
    const [ann] = await pair(t, "last");
    await memberMenu(ann, "Ann");
    await item(ann, "Step down to member…").click();
    await press(ann, "Step down");
    await ann.page.getByRole("alert").filter({ hasText: "at least one owner" }).waitFor();
  });

  it("shows how long slow mode waits, and sends when it is over", async (t) => {
    const [ann, bob] = await pair(t, "slow");
    await settings(ann);
    await ann.page.getByRole("combobox", { name: "Slow mode" }).selectOption({ label: "5 seconds" });
    await note(bob, /slow mode: one message every 5 seconds/);
    await bob.say("one");
    await bob.page.getByText(/Slow mode: your next message goes in 0:0\d/).waitFor();
    await bob.say("two");
    await bob.page.locator(".pending").filter({ hasText: "two" }).waitFor();
    await ann.bubble("two").waitFor();
    assert.deepEqual(await ann.contents(), ["one", "two"]);
  });

  it("works by keyboard alone", async (t) => {
    const [ann, bob] = await pair(t, "keys");
    const { keyboard } = ann.page;
    const focused = () => ann.page.evaluate(() => document.activeElement?.className ?? "");
    await ann.say("mine");
    await bob.bubble("mine").waitFor();
    await ann.draft.press("Shift+Tab");
    await keyboard.press("ArrowUp");
    assert.match(await focused(), /message/);
    await keyboard.press("m");
    await ann.page.getByRole("menu").waitFor();
    await keyboard.press("Escape");
    assert.equal(await ann.page.getByRole("menu").count(), 0);
    assert.match(await focused(), /message/, "the focus comes back");
    await keyboard.press("m");
    await ann.page.getByRole("menu").waitFor();
    await keyboard.press("ArrowRight");
    await keyboard.press("Enter");
    await bob.page.locator(".reactions").getByText("❤️").waitFor();
    await keyboard.press("e");
    await keyboard.type(" and good");
    await keyboard.press("Enter");
    await bob.bubble("mine and good").waitFor();
    await ann.draft.press("Shift+Tab");
    await keyboard.press("ArrowUp");
    await keyboard.press("Delete");
    await ann.page.getByRole("dialog", { name: "Delete this message?" }).waitFor();
    assert.equal(await ann.page.locator(":focus").innerText(), "Cancel");
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await bob.page.locator(".erased").waitFor();
  });

  it("works by touch: a tap on a message shows the button of its menu", async (t) => {
    const [ann, bob] = await pair(t, "touch", { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true });
    await bob.say("tap me");
    await bob.page.locator(".send").tap().catch(() => {}); // Enter is for lines there
    await ann.bubble("tap me").waitFor();
    await ann.bubble("tap me").tap();
    const more = message(ann, "tap me").getByRole("button", { name: "What to do with this message" });
    await more.tap();
    await ann.page.getByRole("menuitemcheckbox", { name: "🎉" }).tap();
    await bob.page.locator(".reactions").getByText("🎉").waitFor();
    await ann.page.getByRole("button", { name: /^People/ }).tap();
    await ann.page.getByRole("dialog", { name: "People" }).getByRole("button", { name: "What to do with \u2068Bob\u2069" }).tap();
    await ann.page.getByRole("menuitem", { name: /^Ban .+…$/ }).tap();
    await ann.page.getByRole("dialog", { name: /^Ban/ }).getByRole("button", { name: "Cancel" }).tap();
    assert.equal(await ann.page.getByRole("dialog").count(), 0);
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  it(`has no fault that axe finds, in ${colorScheme}`, async (t) => {
    const [ann, bob] = await pair(t, `axe-${colorScheme}`, { colorScheme, reducedMotion: "reduce" });
    await bob.say("hello");
    await ann.say("mine");
    await bob.bubble("mine").waitFor();
    await menuOf(ann, "hello");
    await sound(ann, "a message's menu");
    await ann.page.getByRole("menuitemcheckbox", { name: "👍" }).click();
    await memberMenu(ann, "Bob");
    await sound(ann, "a member's menu");
    await item(ann, "Make a moderator").click();
    await note(ann, "a moderator");
    await message(ann, "hello").hover();
    await message(ann, "hello").getByRole("button", { name: "React", exact: true }).click();
    await ann.page.getByRole("textbox", { name: "Find an emoji" }).waitFor();
    await sound(ann, "the emoji");
    await ann.page.keyboard.press("Escape");
    await menuOf(ann, "mine");
    await item(ann, "Delete message…").click();
    await sound(ann, "what is asked before erasing");
    await ann.page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await bob.page.locator(".erased").waitFor();
    await memberMenu(ann, "Bob");
    await item(ann, /^Ban .+…$/).click();
    await sound(ann, "what is asked before a ban");
    await press(ann, "Ban");
    await bob.page.getByRole("alert").waitFor();
    await sound(bob, "the panel in the composer's place");
    await settings(ann);
    await ann.page.locator(".bans").getByText("Bob").waitFor();
    await sound(ann, "the room's settings");
    await bob.page.reload();
    await bob.page.getByRole("heading", { name: "You can't join this room" }).waitFor();
    await sound(bob, "the refusal");
  });
}
