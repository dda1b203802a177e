import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import axe, { type AxeResults } from "axe-core";
import type { BrowserContextOptions, Page } from "playwright-core";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { Server, until } from "./server.ts";

/** Ann, who owns the room, and Bob, who joined after her. */
async function pair(t: TestContext, room: string, options: BrowserContextOptions = {}): Promise<[Visitor, Visitor]> {
  const url = `${server.url}r/${room}`;
  const ann = await Visitor.open(t, browser, url, options);
  await ann.enter("Ann");
  const bob = await Visitor.open(t, browser, url, options);
  await bob.enter("Bob");
  return [ann, bob];
}

const message = (v: Visitor, text: string) => v.page.locator(".message").filter({ hasText: text });
const note = (v: Visitor, text: string | RegExp) => v.page.locator(".presence").filter({ hasText: text }).waitFor();
const item = (v: Visitor, name: string | RegExp) => v.page.getByRole("menuitem", { name, exact: true });
const press = (v: Visitor, name: string) => v.page.getByRole("button", { name, exact: true }).click();

async function menuOf(v: Visitor, text: string): Promise<void> {
  await message(v, text).hover();
  await message(v, text).getByRole("button", { name: "What to do with this message" }).click();
  await v.page.getByRole("menu").waitFor();
}

async function memberMenu(v: Visitor, nick: string): Promise<void> {
  await v.page.locator(".aside").getByRole("button", { name: `What to do with \u2068${nick}\u2069` }).click();
  await v.page.getByRole("menu").waitFor();
}

/** Removes a member from the room, without a reason. */
async function kick(v: Visitor, nick: string): Promise<void> {
  await memberMenu(v, nick);
  await item(v, /^Remove .+…$/).click();
  await press(v, "Remove");
}

/** Carries out a command as somebody else than their page does it: over HTTP. */
async function command(of: Visitor, room: string, fields: object): Promise<void> {
  const answer = await fetch(`${server.url}r/${room}/commands`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Snug-Seat": (await of.place(room)).seat },
    body: JSON.stringify(fields),
  });
  assert.ok(answer.ok, await answer.text());
}

/** The labels of the open menu, without emoji. */
const offered = (v: Visitor): Promise<string[]> => v.page.locator(".menu > [role=menuitem]").allInnerTexts();
const trimmed = async (texts: Promise<string[]>): Promise<string[]> => (await texts).map((s) => s.trim());

async function settings(v: Visitor): Promise<void> {
  await press(v, "Settings");
  await press(v, "Room settings…");
  await v.page.getByRole("dialog", { name: "Room settings" }).waitFor();
}

async function refused(t: TestContext, room: string, title: string): Promise<Visitor> {
  const stranger = await Visitor.open(t, browser, `${server.url}r/${room}`);
  await stranger.page.getByRole("textbox", { name: "Your name" }).fill("Zoe");
  await press(stranger, "Enter the room");
  await stranger.page.getByRole("heading", { name: title }).waitFor();
  return stranger;
}

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

  it("removes a member, tells them by whom and why, and keeps them out for a while", async (t) => {
    const [ann, bob] = await pair(t, "kick");
    await ann.say("what a day");
    await bob.bubble("what a day").waitFor();
    await memberMenu(ann, "Bob");
    await item(ann, /^Remove .+…$/).click();
    await ann.page.getByRole("textbox", { name: "Reason (everyone can read it)" }).fill("calm down");
    await press(ann, "Remove");
    await note(ann, /You removed .*Bob.* from the room: .*calm down/);
    const told = bob.page.getByRole("alert").filter({ hasText: /Ann.* removed you from the room: .*calm down/ });
    await told.waitFor();
    await told.getByRole("heading", { name: "You were removed from this room" }).waitFor();
    await told.filter({ hasText: "You can come back at" }).waitFor();
    await bob.page.getByText(/^You can come back in [01]:\d\d\.$/).waitFor();
    assert.deepEqual(await bob.contents(), ["what a day"], "what he has read stays");
    assert.equal(await bob.draft.count(), 0, "nothing can be written");
    await bob.page.getByRole("log").getByText("what a day").waitFor({ state: "attached" });
    assert.equal(await bob.page.getByRole("log").getByText(/removed/).count(), 0, "a screen reader says it once");
    assert.ok(await bob.page.getByRole("button", { name: "Come back" }).isDisabled());
    await bob.page.locator(".status.bad").getByText("Not connected").waitFor();
    assert.equal(await bob.page.locator(".people").count(), 0, "who is there now isn't known");
    await bob.page.reload();
    await bob.page.getByRole("heading", { name: "You can't join this room" }).waitFor();
    await bob.page.getByText("The reason given: \u2068calm down\u2069", { exact: true }).waitFor();
    await bob.page.getByText(/You can come back in/).waitFor();
  });

  it("lets a removed member come back as soon as that is allowed, without a reload", async (t) => {
    const [ann, bob] = await pair(t, "ban-over");
    await bob.say("before");
    await bob.draft.fill("half a thought");
    await bob.page.clock.install();
    const { member } = await bob.place("ban-over");
    await command(ann, "ban-over", { type: "ban", id: "b1", member, seconds: 3600, reason: "calm down" });
    const back = bob.page.getByRole("button", { name: "Come back" });
    await back.waitFor();
    assert.ok(await back.evaluate((e) => e === document.activeElement), "he was writing: the panel has the focus");
    await bob.page.keyboard.press("Enter"); // does nothing yet
    assert.ok(await back.isDisabled());
    await bob.page.clock.fastForward(3_601_000);
    await bob.page.getByRole("status").getByText("You can come back now.").waitFor();
    assert.ok(await back.isEnabled());
    // His clock was ahead: the server says how long it still takes, and what he has read is still there.
    await bob.page.evaluate(() => ((window as { loadedOnce?: boolean }).loadedOnce = true));
    await bob.page.keyboard.press("Enter");
    await bob.page.getByText(/^You can come back in (1:00|\d\d):\d\d\.$/).waitFor();
    await bob.page.getByRole("alert").filter({ hasText: /Ann.* banned you/ }).waitFor();
    assert.deepEqual(await bob.contents(), ["before"]);
    await command(ann, "ban-over", { type: "unban", id: "u1", member });
    await bob.page.clock.fastForward(3_601_000);
    await back.click();
    await bob.connected();
    await until("he is where he was", async () => (await bob.contents()).includes("before"));
    assert.equal(await bob.draft.inputValue(), "half a thought");
    assert.equal(await bob.page.evaluate(() => (window as { loadedOnce?: boolean }).loadedOnce), true);
    await ann.say("welcome back");
    await bob.bubble("welcome back").waitFor();
  });

  it("leaves the focus where it is if a removed member wasn't writing", async (t) => {
    const [ann, bob] = await pair(t, "kick-focus");
    await bob.page.getByRole("button", { name: "Settings", exact: true }).focus();
    await kick(ann, "Bob");
    await bob.page.getByRole("button", { name: "Come back" }).waitFor();
    assert.equal(await bob.page.locator(":focus").getAttribute("aria-label"), "Settings");
  });

  it("bans for a time, also newcomers from the same address, and lifts the ban", async (t) => {
    const [ann, bob] = await pair(t, "ban");
    await memberMenu(ann, "Bob");
    await item(ann, /^Ban .+…$/).click();
    await ann.page.getByRole("radio", { name: "1 day" }).check();
    await ann.page.getByRole("textbox", { name: "Reason (everyone can read it)" }).fill("spam");
    await press(ann, "Ban");
    await note(ann, /You banned .*Bob.* until .*: .*spam/);
    await bob.page.getByRole("alert").filter({ hasText: "banned you until" }).waitFor();
    await bob.page.getByRole("heading", { name: "You are banned from this room" }).waitFor();
    await bob.page.getByText(/^You can come back in (1 day |23:)/).waitFor();
    const zoe = await refused(t, "ban", "You can't join this room");
    await zoe.page.getByText("The reason given: \u2068spam\u2069", { exact: true }).waitFor();
    assert.doesNotMatch(await zoe.page.getByRole("alert").innerText(), /banned from this room/, "in the page's own words alone");

    await settings(ann);
    await ann.page.locator(".bans").getByText("Bob").waitFor();
    await ann.page.getByRole("button", { name: "Lift the ban of \u2068Bob\u2069" }).click();
    await ann.page.getByText("Nobody is banned.").waitFor();
    assert.ok(await zoe.page.getByRole("button", { name: "Come back" }).isDisabled());
    await zoe.page.reload();
    await zoe.connected();
    await bob.page.reload();
    await bob.connected();
  });

  it("bans for good, until somebody lifts the ban", async (t) => {
    const [ann, bob] = await pair(t, "ban-for-good");
    const { member } = await bob.place("ban-for-good");
    await command(ann, "ban-for-good", { type: "ban", id: "b1", member });
    await bob.page.getByRole("alert").filter({ hasText: "Only a moderator of the room can lift this." }).waitFor();
    await press(bob, "Try again");
    await bob.page.getByRole("alert").filter({ hasText: /Ann.* banned you/ }).waitFor();
    await command(ann, "ban-for-good", { type: "unban", id: "u1", member });
    await until("he is in", async () => {
      if (await bob.page.locator(".status.good").isVisible()) return true;
      await bob.page.getByRole("button", { name: "Try again" }).click({ timeout: 1000 }).catch(() => {}); // it may have gone
      return false;
    });
  });

  it("locks the room, and says so to newcomers", async (t) => {
    const [ann, bob] = await pair(t, "lock");
    await settings(ann);
    await ann.page.getByRole("checkbox", { name: "Lock the room" }).check();
    await note(bob, "Ann⁩ locked the room");
    await refused(t, "lock", "This room is locked");
    await bob.page.reload(); // he has a seat
    await bob.connected();
  });

  it("asks for the room's password", async (t) => {
    const [ann, bob] = await pair(t, "password");
    await settings(ann);
    await ann.page.getByRole("textbox", { name: "Topic" }).fill("Tea & cake");
    await ann.page.locator("form").filter({ hasText: "Topic" }).getByRole("button").click();
    await bob.page.locator(".topic").getByText("Tea & cake").waitFor();
    await ann.page.getByLabel("Password").fill("open sesame");
    await ann.page.locator("form").filter({ hasText: "Password" }).getByRole("button", { name: "Save" }).click();
    await note(bob, "set a password");
    const zoe = await refused(t, "password", "This room has a password");
    await zoe.page.getByLabel("Password").fill("open barley");
    await zoe.page.keyboard.press("Enter");
    await zoe.page.getByRole("alert").filter({ hasText: "This isn't the password." }).waitFor();
    await zoe.page.getByLabel("Password").fill("open sesame");
    await zoe.page.keyboard.press("Enter");
    await zoe.connected();
    await zoe.page.reload(); // it is asked once
    await zoe.connected();
    await zoe.page.getByRole("link", { name: "All rooms" }).click();
    await zoe.page.locator(".visits").getByText("Tea & cake").waitFor();
    await bob.page.goto(server.url); // he was there when it was set
    await bob.page.locator(".visits").getByText("Tea & cake").waitFor();
  });

  it("says that the room is full, and joins when there is a place", async (t) => {
    const small = await Server.start("--max-members=1");
    t.after(() => small.remove());
    const ann = await Visitor.open(t, browser, `${small.url}r/full`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${small.url}r/full`);
    await bob.page.getByRole("textbox", { name: "Your name" }).fill("Bob");
    await press(bob, "Enter the room");
    await bob.page.getByRole("heading", { name: "This room is full" }).waitFor();
    await bob.page.getByText(/Trying again in \d:\d\d/).waitFor();
    await ann.page.close();
    await bob.page.locator(".status.good").waitFor(); // by itself
  });

  it("says that too much came from the address", async (t) => {
    const strict = await Server.start("--new-rooms-per-minute=1");
    t.after(() => strict.remove());
    const ann = await Visitor.open(t, browser, `${strict.url}r/one`);
    await ann.enter("Ann");
    await ann.page.goto(`${strict.url}r/two`);
    await ann.page.getByRole("heading", { name: "Too many attempts" }).waitFor();
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

  it("works by touch: a tap on a message shows its actions", async (t) => {
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

/** The serious violations that axe finds. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({ resultTypes: ["violations"] }));
  return violations.filter((v) => v.impact === "serious" || v.impact === "critical").map((v) => `${v.id}: ${v.nodes[0]?.html}`);
}

for (const colorScheme of ["light", "dark"] as const) {
  it(`has no fault that axe finds, in ${colorScheme}`, async (t) => {
    const [ann, bob] = await pair(t, `axe-${colorScheme}`, { colorScheme, reducedMotion: "reduce" });
    await bob.say("hello");
    await ann.say("mine");
    await bob.bubble("mine").waitFor();
    await menuOf(ann, "hello");
    assert.deepEqual(await faults(ann.page), [], "a message's menu");
    await ann.page.getByRole("menuitemcheckbox", { name: "👍" }).click();
    await memberMenu(ann, "Bob");
    assert.deepEqual(await faults(ann.page), [], "a member's menu");
    await item(ann, "Make a moderator").click();
    await note(ann, "a moderator");
    await message(ann, "hello").hover();
    await message(ann, "hello").getByRole("button", { name: "React", exact: true }).click();
    await ann.page.getByRole("textbox", { name: "Find an emoji" }).waitFor();
    assert.deepEqual(await faults(ann.page), [], "the emoji");
    await ann.page.keyboard.press("Escape");
    await menuOf(ann, "mine");
    await item(ann, "Delete message…").click();
    assert.deepEqual(await faults(ann.page), [], "what is asked before erasing");
    await ann.page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await bob.page.locator(".erased").waitFor();
    await memberMenu(ann, "Bob");
    await item(ann, /^Ban .+…$/).click();
    assert.deepEqual(await faults(ann.page), [], "what is asked before a ban");
    await press(ann, "Ban");
    await bob.page.getByRole("alert").waitFor();
    assert.deepEqual(await faults(bob.page), [], "the panel in the composer's place");
    await settings(ann);
    await ann.page.locator(".bans").getByText("Bob").waitFor();
    assert.deepEqual(await faults(ann.page), [], "the room's settings");
    await bob.page.reload();
    await bob.page.getByRole("heading", { name: "You can't join this room" }).waitFor();
    assert.deepEqual(await faults(bob.page), [], "the refusal");
  });
}
