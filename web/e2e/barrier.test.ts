// The panel that says why somebody isn't in a room, and what they can do.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { command, item, memberMenu, note, pair, press, settings } from "./acting.ts";
import { Visitor } from "./browser.ts";
import { Network } from "./network.ts";
import { browser, server } from "./running.ts";
import { Server, until } from "./server.ts";

/** Removes a member from the room, without a reason. */
async function kick(v: Visitor, nick: string): Promise<void> {
  await memberMenu(v, nick);
  await item(v, /^Remove .+…$/).click();
  await press(v, "Remove");
}

/** Somebody whom the room doesn't let in. */
async function refused(t: TestContext, room: string, title: string): Promise<Visitor> {
  const stranger = await Visitor.open(t, browser, `${server.url}r/${room}`);
  await stranger.page.getByRole("textbox", { name: "Your name" }).fill("Zoe");
  await press(stranger, "Enter the room");
  await stranger.page.getByRole("heading", { name: title }).waitFor();
  return stranger;
}

describe("a person who isn't in the room", () => {
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
    await bob.bubble("what a day").hover();
    assert.deepEqual(await bob.page.locator(".message .actions button").evaluateAll((all) => all.map((b) => b.getAttribute("title"))), ["What to do with this message"]);
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
    await command(ann, "ban-over", { type: "ban", member, seconds: 3600, reason: "calm down" });
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
    await command(ann, "ban-over", { type: "unban", member });
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
    assert.ok(await zoe.page.getByRole("button", { name: "Try again" }).isDisabled());
    await zoe.page.reload();
    await zoe.connected();
    await bob.page.reload();
    await bob.connected();
  });

  it("bans for good, until somebody lifts the ban", async (t) => {
    const [ann, bob] = await pair(t, "ban-for-good");
    const { member } = await bob.place("ban-for-good");
    await command(ann, "ban-for-good", { type: "ban", member });
    await bob.page.getByRole("alert").filter({ hasText: "Only a moderator of the room can lift this." }).waitFor();
    await press(bob, "Try again");
    await bob.page.getByRole("alert").filter({ hasText: /Ann.* banned you/ }).waitFor();
    await command(ann, "ban-for-good", { type: "unban", member });
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

  for (const limit of ["--max-members=2", "--max-connections=2"])
    it(`comes back by themselves to what has become full meanwhile, ${limit}`, async (t) => {
      const small = await Server.start(limit);
      t.after(() => small.remove());
      const network = await Network.to(t, small);
      const ann = await Visitor.open(t, browser, `${small.url}r/full`);
      await ann.enter("Ann");
      const bob = await Visitor.open(t, browser, `${network.url}r/full`);
      await bob.enter("Bob");
      await ann.say("what a day");
      await bob.bubble("what a day").waitFor();
      await bob.draft.fill("half a thought");
      network.cut();
      await ann.page.locator(".people").getByText("Bob").waitFor({ state: "detached" });
      const cid = await Visitor.open(t, browser, `${small.url}r/full`);
      await cid.enter("Cid");
      network.mend();
      await bob.page.getByText(/Trying again in \d:\d\d\./).waitFor();
      assert.deepEqual(await bob.contents(), ["what a day"]);
      if (limit.includes("members")) {
        await bob.page.getByRole("heading", { name: "This room is full" }).waitFor();
        assert.equal(await bob.draft.count(), 0);
      } else {
        // A server that can't take more for a moment stops nobody from writing.
        await bob.page.locator(".notice").getByText("the server has as many connections as it accepts.").waitFor();
        assert.equal(await bob.draft.inputValue(), "half a thought");
      }
      await cid.page.close();
      await bob.back();
      assert.equal(await bob.draft.inputValue(), "half a thought");
    });

  it("says that too much came from the address", async (t) => {
    const strict = await Server.start("--new-rooms-per-minute=1");
    t.after(() => strict.remove());
    const ann = await Visitor.open(t, browser, `${strict.url}r/one`);
    await ann.enter("Ann");
    await ann.page.goto(`${strict.url}r/two`);
    await ann.page.getByRole("heading", { name: "Too many attempts" }).waitFor();
  });

  it("knocks and is let in while what they have read stays, and nobody else loses them by ignoring it", async (t) => {
    const [ann, bob] = await pair(t, "knock-again");
    await ann.say("what a day");
    await bob.bubble("what a day").waitFor();
    await command(ann, "knock-again", { type: "set", locked: true });
    await note(bob, "locked the room");
    await command(ann, "knock-again", { type: "revoke", member: (await bob.place("knock-again")).member });
    await bob.page.getByRole("heading", { name: "You were signed out" }).waitFor();
    await press(bob, "Come back");
    await bob.page.getByRole("heading", { name: "This room is locked" }).waitFor();
    assert.deepEqual(await bob.contents(), ["what a day"]);
    await press(bob, "Knock");
    await bob.page.getByRole("heading", { name: "You knocked" }).waitFor();
    assert.deepEqual(await bob.contents(), ["what a day"]);
    await ann.page.getByText("wants to come in.").waitFor();
    await press(ann, "Ignore \u2068Bob\u2069");
    await ann.page.getByText("wants to come in.").waitFor({ state: "detached" });
    await ann.page.reload(); // he still waits, so she is asked again
    await press(ann, "Let \u2068Bob\u2069 in");
    await bob.connected();
    await bob.say("here I am");
    await ann.bubble("here I am").waitFor();
  });

  it("asks who waits for the password of a room that is unlocked", async (t) => {
    const [ann] = await pair(t, "knock-password");
    await command(ann, "knock-password", { type: "set", locked: true, password: "open sesame" });
    const zoe = await refused(t, "knock-password", "This room is locked");
    await press(zoe, "Knock");
    await zoe.page.getByRole("heading", { name: "You knocked" }).waitFor();
    await command(ann, "knock-password", { type: "set", locked: false });
    await zoe.page.getByRole("heading", { name: "This room has a password" }).waitFor();
    await ann.page.getByText("wants to come in.").waitFor({ state: "detached" });
    await zoe.page.getByLabel("Password").fill("open sesame");
    await zoe.page.keyboard.press("Enter");
    await zoe.connected();
  });

  it("can give up knocking, and is told that nobody let them in", async (t) => {
    const [ann] = await pair(t, "knock-in-vain");
    await command(ann, "knock-in-vain", { type: "set", locked: true });
    const zoe = await Visitor.open(t, browser, server.url);
    let end = (): void => {};
    // What the server does after ten minutes.
    await zoe.page.routeWebSocket(/\/ws\?/, (page) => {
      page.connectToServer();
      end = () => {
        page.send(JSON.stringify({ type: "error", code: "locked", message: "nobody has let you in" }));
        void page.close({ code: 1008, reason: "locked" });
      };
    });
    await zoe.page.goto(`${server.url}r/knock-in-vain`);
    await zoe.page.getByRole("textbox", { name: "Your name" }).fill("Zoe");
    await press(zoe, "Enter the room");
    await press(zoe, "Knock");
    await zoe.page.getByRole("heading", { name: "You knocked" }).waitFor();
    await press(zoe, "Cancel");
    await zoe.page.getByText("Nobody new can join, unless an owner or a moderator of the room lets them in.").waitFor();
    await press(zoe, "Knock");
    await zoe.page.getByRole("heading", { name: "You knocked" }).waitFor();
    end();
    await zoe.page.getByText("Nobody has let you in. You can knock again.").waitFor();
    await press(zoe, "Knock");
    await ann.page.getByText("wants to come in.").waitFor();
    await press(ann, "Let \u2068Zoe\u2069 in");
    await zoe.connected();
  });
});
