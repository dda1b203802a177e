// The life of a room in the page: its name, pins, ends, what others and other devices are given, and leaving.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { command, note, press, settings } from "./acting.ts";
import { phone, Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

const title = (v: Visitor, text: string) => v.page.getByRole("heading", { name: text, level: 1 }).waitFor();

describe("the life of a room", () => {
  it("begins with a name, which can be changed", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    await ann.page.getByRole("textbox", { name: "Name of the room (optional)" }).fill("Tea room");
    await press(ann, "New room");
    await ann.enter("Ann");
    await title(ann, "Tea room");
    await until("the tab has the name", async () => (await ann.page.title()) === "Tea room · Snug");
    const bob = await Visitor.open(t, browser, ann.page.url());
    await bob.enter("Bob");
    await title(bob, "Tea room");
    await settings(ann);
    await ann.page.getByRole("textbox", { name: "Name of the room" }).fill("Coffee room");
    await ann.page.keyboard.press("Enter");
    await title(bob, "Coffee room");
    await note(bob, /Ann.* named the room .*Coffee room/);
    await bob.page.goto(server.url);
    await bob.page.getByRole("link", { name: /Coffee room/ }).waitFor();
  });

  it("keeps in its settings what is being written, and where, while they change", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/being-set`);
    await ann.enter("Ann");
    await settings(ann);
    const field = (name: string) => ann.page.getByRole("textbox", { name });
    await field("Topic").fill("what took an hour");
    await command(ann, "being-set", { type: "set", topic: "another", expires: new Date(Date.now() + 3 * 86_400_000).toISOString() });
    await ann.page.locator(".topic").filter({ hasText: "another" }).waitFor();
    assert.equal(await field("Topic").inputValue(), "what took an hour");
    await field("Topic").press("Enter");
    await ann.page.locator(".topic").filter({ hasText: "what took an hour" }).waitFor();
    assert.ok(await field("Topic").evaluate((e) => e === document.activeElement));
    await command(ann, "being-set", { type: "set", topic: "another" });
    await until("it follows what is set", async () => (await field("Topic").inputValue()) === "another");
    const keep = ann.page.getByRole("combobox", { name: "Keep messages" });
    await keep.focus();
    await keep.selectOption({ label: "30 days" });
    await note(ann, /messages to be removed after 30 days/);
    assert.ok(await keep.evaluate((e) => e === document.activeElement));
    await keep.selectOption({ label: "Another time…" });
    await ann.page.getByRole("combobox", { name: "Unit" }).selectOption("days");
    await ann.page.getByRole("spinbutton", { name: "How many" }).fill("40");
    await ann.page.keyboard.press("Enter");
    await note(ann, /messages to be removed after 40 days/);
    await until("the form is gone", async () => (await ann.page.getByRole("combobox", { name: "Unit" }).count()) === 0);
    assert.equal(await keep.evaluate((e) => (e as HTMLSelectElement).selectedOptions[0]!.text), "40 days");
  });

  it("is described to those who are asked for their name, unless it is locked", async (t) => {
    const url = `${server.url}r/described`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await command(ann, "described", { type: "set", name: "Tea room", topic: "the kettle is on" });
    const bob = await Visitor.open(t, browser, url, phone);
    await bob.page.locator(".here").getByText("1 person here").waitFor();
    const about = bob.page.locator(".about");
    assert.deepEqual((await about.innerText()).split(/\n+/), ["Tea room", "described", "the kettle is on", "A", "1 person here"]);
    await bob.enter("Bob");
    await command(ann, "described", { type: "set", locked: true });
    const cid = await Visitor.open(t, browser, url);
    const told = cid.page.waitForResponse((r) => r.url() === url && r.request().headers().accept === "application/json");
    await cid.page.reload();
    await (await told).finished();
    assert.equal(await cid.page.locator(".about").innerText(), "described");
  });

  it("pins messages, to which everyone can go", async (t) => {
    const url = `${server.url}r/pins`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await ann.say("the rules");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");
    const message = ann.page.locator(".message").filter({ hasText: "the rules" });
    await message.hover();
    await message.getByRole("button", { name: "What to do with this message" }).click();
    await ann.page.getByRole("menuitem", { name: "Pin" }).click();
    await press(bob, "Pinned messages: 1");
    await bob.page.getByRole("button", { name: /Ann.*the rules/ }).click();
    await bob.page.getByRole("dialog").waitFor({ state: "detached" });
    await bob.bubble("the rules").waitFor();
    await press(ann, "Pinned messages: 1");
    await press(ann, "Unpin");
    await ann.page.getByText("No message is pinned.").waitFor();
    await bob.page.locator(".pins-button").waitFor({ state: "detached" });
  });

  it("shows a pinned message as it is now, however long ago it was edited", async (t) => {
    const url = `${server.url}r/agenda`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const seq = await command(ann, "agenda", { type: "send", content: "at five" });
    await command(ann, "agenda", { type: "pin", seq });
    await command(ann, "agenda", { type: "edit", seq, content: "at six" });
    const cid = await Speaker.enter(t, server, "agenda", "Cid");
    await cid.say(...Array.from({ length: 1100 }, (_, i) => `filler ${i}`));
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");
    await press(bob, "Pinned messages: 1");
    await bob.page.getByRole("button", { name: /Ann.*at six/ }).click();
    await bob.page.locator(".message.marked").filter({ hasText: "at six" }).waitFor();
  });

  it("ends messages when the owner says so, after a warning", async (t) => {
    const url = `${server.url}r/keeps`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");
    await settings(ann);
    await ann.page.getByLabel("Keep messages").selectOption({ label: "1 day" });
    await note(bob, /Ann.* set messages to be removed after 1 day/);
    await bob.page.locator(".top-bar").getByText("Kept for 1 day").waitFor();
    await ann.page.getByLabel("Keep messages").selectOption({ label: "Another time…" });
    await ann.page.getByLabel("How many").fill("90");
    await ann.page.getByLabel("Unit").selectOption("minutes");
    await ann.page.locator("form").filter({ hasText: "Keep messages" }).getByRole("button", { name: "Save" }).click();
    await note(bob, /Ann.* set messages to be removed after 90 minutes/);
    await ann.page.getByLabel("The room closes").selectOption({ label: "In 1 hour" });
    await note(bob, /Ann.* set the room to close at/);
    await note(bob, /This room closes at/);
    // In the last hour of a day, the date is there, too.
    await bob.page.locator(".top-bar").getByText(/^Kept for 90 minutes · Closes (.*, )?\d\d:\d\d$/).waitFor();
    const banner = bob.page.locator(".notice").filter({ hasText: "its messages are erased" });
    await banner.getByRole("button", { name: "Close" }).click();
    await banner.waitFor({ state: "detached" });
    await ann.page.getByLabel("The room closes").selectOption({ label: "At a date…" });
    await ann.page.getByLabel("When the room closes").fill("2035-12-24T18:00");
    await ann.page.keyboard.press("Enter");
    await note(bob, /set the room to close at .*24 Dec 2035/);
    await ann.page.getByLabel("When the room closes").waitFor({ state: "detached" }); // its label has that of the choice in it
    await ann.page.getByLabel("The room closes").selectOption({ label: "Never" });
    await note(bob, /Ann.* set the room not to close by itself/);
  });

  it("loses what is no longer kept, also in the page", async (t) => {
    const url = `${server.url}r/pruned`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, url, { viewport: phone.viewport });
    await bob.enter("Bob");
    await ann.say("old news");
    await bob.bubble("old news").waitFor();
    await bob.say("helo");
    await bob.settled();
    await bob.page.locator(".message").filter({ hasText: "helo" }).focus();
    await bob.page.keyboard.press("e");
    await bob.page.getByText("Editing your message").waitFor();
    await command(ann, "pruned", { type: "set", keep_seconds: 10 }); // shorter than the page offers
    for (const v of [ann, bob]) {
      await v.page.locator(".bubble").first().waitFor({ state: "detached" });
      assert.deepEqual(await v.contents(), []);
      await v.page.getByText("Older messages are no longer kept").waitFor();
    }
    await bob.page.getByText("Editing your message").waitFor({ state: "detached" });
    await until("nothing of it is stored", async () => !/helo|old news/.test(await bob.stored()));
    assert.equal(await bob.sideways(), false);
    await bob.page.reload();
    await bob.connected();
    assert.deepEqual(await bob.contents(), []);
  });

  it("is closed for everyone, and leaves nothing in their browsers", async (t) => {
    const url = `${server.url}r/closes`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob");
    await bob.page.getByRole("textbox", { name: "Write a message" }).fill("a secret draft");
    await ann.say("a secret message");
    await bob.bubble("a secret message").waitFor();
    await settings(ann);
    await press(ann, "Close the room…");
    await press(ann, "Close the room");
    for (const v of [ann, bob]) await v.page.getByText("Its messages were erased.").waitFor();
    assert.equal(await bob.page.getByText("a secret message").count(), 0);
    await until("nothing of it is stored", async () => !/closes/.test(await bob.stored()));
    await bob.page.reload();
    await bob.page.getByRole("heading", { name: "This room is closed" }).waitFor();
  });

  it("lets people in by invite links, as many as they are for", async (t) => {
    const url = `${server.url}r/invites`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await settings(ann);
    await ann.page.getByLabel("Lock the room").check();
    await ann.page.keyboard.press("Escape");
    await press(ann, "Share");
    const invites = ann.page.getByRole("region", { name: "Invite links" });
    await invites.getByText("There are no invite links.").waitFor();
    await ann.page.getByText("An invite link, which you make below, lets newcomers in as well.").waitFor();
    await invites.getByLabel(/^For/).selectOption({ label: "One person" });
    await press(ann, "Make an invite link");
    await invites.getByText("for 1 more person").waitFor();
    const link = await invites.getByRole("textbox", { name: "Invite link" }).inputValue();
    assert.match(link, /\/r\/invites#invite=[\w.-]+$/);
    await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await press(ann, "Copy the invite link");
    await invites.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await ann.page.evaluate(() => navigator.clipboard.readText()), link);
    const bob = await Visitor.open(t, browser, link);
    await bob.enter("Bob");
    await note(ann, /Bob.* came in by an invite link/);
    assert.doesNotMatch(bob.page.url(), /invite=/);
    await bob.page.reload();
    await bob.connected();
    const eve = await Visitor.open(t, browser, link);
    await eve.page.getByRole("textbox", { name: "Your name" }).fill("Eve");
    await press(eve, "Enter the room");
    await eve.page.getByRole("heading", { name: "This room is locked" }).waitFor();
    await ann.page.keyboard.press("Escape");
    await press(ann, "Share");
    await invites.getByText("There are no invite links.").waitFor();
    await press(ann, "Make an invite link");
    const other = await invites.getByRole("textbox", { name: "Invite link" }).inputValue();
    const cid = await Visitor.open(t, browser, server.url);
    await cid.page.getByRole("textbox", { name: "Room code" }).fill(other);
    await cid.page.keyboard.press("Enter");
    await cid.enter("Cid");
    await note(ann, /Cid.* came in by an invite link/);
    await press(ann, /Take back the invite link of/);
    await invites.getByText("There are no invite links.").waitFor();
  });

  it("is shared by the address on the network, if the page comes from the same machine", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/lan`);
    await ann.enter("Ann");
    // Whether this machine has such an address isn't the page's business (web/lan_test.go).
    const host = "192.168.1.5:8080";
    await ann.page.route("**/lan.json", (route) => route.fulfill({ json: { host } }));
    await press(ann, "Settings");
    await press(ann, "Show a code");
    const device = ann.page.getByRole("textbox", { name: "Link for the other device" });
    await until("the link is that of the network", async () => (await device.inputValue()).startsWith(`http://${host}/r/lan#transfer=`));
    await ann.page.getByRole("img", { name: "QR code of the link for the other device" }).waitFor();
    await ann.page.keyboard.press("Escape");
    await settings(ann);
    await ann.page.getByLabel("Lock the room").check();
    await ann.page.keyboard.press("Escape");
    await press(ann, "Share");
    await ann.page.getByText("This link works for everyone on your network.").waitFor();
    assert.equal(await ann.page.getByRole("textbox", { name: "Link to this room" }).inputValue(), `http://${host}/r/lan`);
    await ann.page.getByRole("img", { name: "QR code of the link", exact: true }).waitFor();
    await ann.page.getByText("only people who were in it before can come in. Others can knock.").waitFor();
    await press(ann, "Make an invite link");
    const invite = await ann.page.getByRole("textbox", { name: "Invite link" }).inputValue();
    assert.ok(invite.startsWith(`http://${host}/r/lan#invite=`), invite);
  });

  it("lets in who knocks", async (t) => {
    const url = `${server.url}r/knocks`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await settings(ann);
    await ann.page.getByLabel("Lock the room").check();
    await ann.page.keyboard.press("Escape");
    const zoe = await Visitor.open(t, browser, url);
    await zoe.page.getByRole("textbox", { name: "Your name" }).fill("Zoe");
    await press(zoe, "Enter the room");
    await zoe.page.getByRole("heading", { name: "This room is locked" }).waitFor();
    await zoe.page.getByRole("textbox", { name: "A note to those inside (optional)" }).fill("we met at the fair");
    await press(zoe, "Knock");
    await zoe.page.getByRole("heading", { name: "You knocked" }).waitFor();
    await ann.page.getByText("wants to come in.").waitFor();
    await ann.page.getByText("we met at the fair").waitFor();
    await press(ann, /^Let .*Zoe.* in$/);
    await zoe.connected();
    await note(ann, /You let .*Zoe.* in/);
    await ann.page.getByText("wants to come in.").waitFor({ state: "detached" });
    await zoe.page.reload();
    await zoe.connected();
    // Who goes away no longer waits.
    const eve = await Visitor.open(t, browser, url);
    await eve.page.getByRole("textbox", { name: "Your name" }).fill("Eve");
    await press(eve, "Enter the room");
    await press(eve, "Knock");
    await ann.page.getByText("wants to come in.").waitFor();
    await eve.page.goto(server.url);
    await ann.page.getByText("wants to come in.").waitFor({ state: "detached" });
  });

  it("is read on all of the user's devices", async (t) => {
    const url = `${server.url}r/devices`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await press(ann, "Settings");
    await press(ann, "Show a code");
    const link = await ann.page.getByRole("textbox", { name: "Link for the other device" }).inputValue();
    assert.match(link, /\/r\/devices#transfer=[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    await ann.page.getByRole("button", { name: "Copy the link for your other device" }).waitFor();
    const second = await Visitor.open(t, browser, link);
    await second.enter("Phone");
    await settings(second); // it is the owner, too
    assert.doesNotMatch(second.page.url(), /transfer/);
    const again = await Visitor.open(t, browser, link);
    await again.enter("Thief");
    await again.page.getByText("The code from your other device is wrong, was used, or is too old.").waitFor();
  });

  it("has a code for another device that can be used by a clock that is wrong", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/wrong-clock`);
    await ann.enter("Ann");
    await ann.page.clock.install({ time: Date.now() + 3_600_000 });
    await press(ann, "Settings");
    await press(ann, "Show a code");
    await ann.page.getByRole("textbox", { name: "Link for the other device" }).waitFor();
    await ann.page.getByText(/It works once, for \d+ s\./).waitFor();
    await ann.page.clock.fastForward(120_000);
    await ann.page.getByText("The code is over.").waitFor();
  });

  it("is taken along as a file", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/exports`);
    await ann.enter("Ann");
    await ann.say("to be kept");
    await ann.settled();
    await settings(ann);
    for (const [button, name] of [["To read", "exports.html"], ["As text", "exports.txt"], ["For programs", "exports.jsonl"]] as const) {
      const [file] = await Promise.all([ann.page.waitForEvent("download"), press(ann, button)]);
      assert.equal(file.suggestedFilename(), name);
      assert.match(readFileSync(await file.path(), "utf8"), /to be kept/);
    }
  });

  it("is forgotten by this browser", async (t) => {
    const url = `${server.url}r/forgets`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await press(ann, "Settings");
    await press(ann, "Forget this room…");
    await ann.page.getByText("You own this room: nobody can give it back to you.").waitFor();
    await press(ann, "Forget the room");
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
    await until("nothing of it is stored", async () => !/forgets/.test(await ann.stored()));
    await press(ann, "Settings");
    await press(ann, "Sign out of this browser…");
    const left = ann.page.waitForEvent("load");
    await press(ann, "Sign out");
    await left;
    await until("nothing is stored", async () => {
      const { localStorage: items, ...stores } = JSON.parse(await ann.stored()) as Record<string, Record<string, unknown>>;
      return [...Object.keys(items!).filter((key) => key.startsWith("snug:")), ...Object.values(stores).flatMap(Object.keys)].length === 0;
    });
  });
});
