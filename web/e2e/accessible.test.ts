import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { item, memberMenu, pair, press } from "./acting.ts";
import { phone, Visitor } from "./browser.ts";
import { photo, pick, postImage, sample } from "./files.ts";
import { Network } from "./network.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { soundInAllThemes as sound } from "./sound.ts";
import { sayPlainly, Speaker } from "./speaker.ts";

/** Opens and closes each panel of a room. */
async function panels(visitor: Visitor, buttons: readonly (string | RegExp)[]): Promise<void> {
  for (const button of buttons) {
    await visitor.page.getByRole("button", { name: button, exact: true }).click();
    await visitor.page.getByRole("dialog").waitFor();
    await sound(visitor, `${button}`);
    await visitor.page.keyboard.press("Escape");
    await visitor.page.getByRole("dialog").waitFor({ state: "detached" });
  }
}

const code = {
  go: '```go\n// Package x\nfunc f(a int) string { return "s" + fmt.Sprint(42, true) }\n```',
  ts: "```ts\n@dec class A<T> extends B { static x: number = /re/.exec(`${y}`)?.index ?? null; }\n```",
};

describe("axe-core finds no fault, in any theme, in", () => {
  it("the start page, the form for the nick, a room and its panels", async (t) => {
    const room = "axe";
    const network = await Network.to(t, server);
    const ann = await Visitor.open(t, browser, network.url);
    await sound(ann, "start");
    await ann.page.getByRole("textbox", { name: "Room code" }).fill("no code");
    await ann.page.getByRole("textbox", { name: "Room code" }).fill("?");
    await ann.page.keyboard.press("Enter");
    await ann.page.getByRole("alert").filter({ hasText: "A room code" }).waitFor();
    await sound(ann, "start, with a bad code");
    await ann.page.getByRole("textbox", { name: "Room code" }).fill(room);
    await ann.page.keyboard.press("Enter");
    await ann.page.getByRole("textbox", { name: "Your name" }).fill("x".repeat(40));
    await sound(ann, "nick");
    await ann.page.keyboard.press("Enter");
    await ann.page.getByRole("alert").waitFor();
    await sound(ann, "nick, too long");
    await ann.enter("Ann");
    await sound(ann, "empty room");

    const names = ["Bob", "Cid", "Dora", "Eve", "Finn", "Gus", "Hal", "Ida"];
    for (const name of names) {
      const one = await Speaker.enter(t, server, room, name); // a colour each
      await one.say(`hello from ${name}`);
    }
    await sayPlainly(server, room, "plain", "by hand");
    const bob = await Speaker.enter(t, server, room, "Bo");
    await bob.say("**bold** *it* ~~no~~ `code` https://example.org and @Ann, @Bob\n> quoted\n\n- one\n- two\n```\nwide code\n```", "🚀", "word ".repeat(700));
    await ann.bubble("word").hover();
    await ann.page.locator(".message").filter({ hasText: "word" }).getByRole("button", { name: "Reply" }).click();
    await sound(ann, "replying");
    await ann.say("an answer");
    await ann.bubble("an answer").locator(".answered").waitFor();
    await ann.settled();
    await ann.draft.fill(":ro");
    await ann.page.getByRole("listbox").waitFor();
    await sound(ann, "a room with messages, and suggestions");
    await ann.draft.fill("");
    await ann.draft.pressSequentially("@");
    await ann.page.getByRole("option").first().waitFor();
    await sound(ann, "suggestions for a mention");
    await ann.draft.fill("too long ".repeat(460));
    await ann.page.locator(".left.over").waitFor();
    await sound(ann, "a draft that is too long");
    await ann.draft.fill("");
    await ann.draft.evaluate((field) => {
      const data = new DataTransfer();
      data.setData("text/plain", "x".repeat(5000));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await ann.page.getByRole("button", { name: "Attach as a file" }).waitFor();
    await ann.page.getByRole("button", { name: "Formatting", exact: true }).click();
    await sound(ann, "a long paste, and buttons that format");
    await ann.page.getByRole("button", { name: "Cancel" }).click();
    await panels(ann, ["Share", "Settings", "Emoji"]);
    await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
    await ann.page.getByRole("radio", { name: "Mentions" }).check();
    await ann.page.getByRole("checkbox", { name: "Quiet time, without alerts" }).check();
    await ann.page.getByLabel("Until").scrollIntoViewIfNeeded();
    await sound(ann, "settings with notifications and a quiet time");
    await ann.page.keyboard.press("Escape");
    await ann.page.getByRole("button", { name: "Change your name" }).click();
    await ann.page.getByRole("textbox", { name: "Your name" }).fill("Bob");
    await ann.page.keyboard.press("Enter");
    await ann.page.getByRole("alert").filter({ hasText: "Somebody here" }).waitFor();
    await sound(ann, "a nick that is taken");

    await ann.page.locator(".scroller").evaluate((s) => (s.scrollTop = 0));
    await ann.page.locator(".latest").waitFor();
    await bob.say("meanwhile");
    await ann.page.locator(".latest .count").waitFor();
    await sound(ann, "read back, with a count of what is new");
    await ann.page.locator(".latest").click();

    const blocks = ["# Title\n- [x] a\n- [ ] b\n\n> q [x](https://x.example)", "| a | b |\n|-|-|\n| $x_1$ | 2 |", "$$\n\\frac{a}{b}\n$$", code.go, code.ts];
    await bob.say(...blocks);
    await ann.say(blocks.concat("```diff\n- a\n+ b\n```").join("\n\n"));
    await ann.settled();
    await ann.page.locator(".own .hljs-deletion").waitFor();
    await ann.page.locator(".own mfrac").waitFor();
    for (const density of ["Compact", "Comfortable"]) {
      await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
      await ann.page.getByRole("radio", { name: density }).check();
      await ann.page.keyboard.press("Escape");
      await sound(ann, `code, tables and formulas, ${density}`);
    }

    network.cut();
    await ann.page.locator(".notice").waitFor();
    await ann.say("on its way");
    await ann.page.locator(".pending").waitFor();
    await sound(ann, "disconnected, with a message that waits");

    const again = await Visitor.open(t, browser, server.url);
    await again.page.evaluate(() => localStorage.setItem("snug:rooms", JSON.stringify([{ code: "k7mq-2x9d-fw3h", at: Date.now() - 4e6 }])));
    await again.page.reload();
    await again.page.getByRole("region", { name: "Your rooms" }).waitFor();
    await sound(again, "start, with rooms");
    await panels(again, ["Settings"]);
  });

  it("the list of rooms, next to a room and in a panel", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/axe-one`, { viewport: { width: 1280, height: 720 } });
    await ann.enter("Ann");
    await ann.say("hello");
    await ann.settled();
    await ann.page.goto(`${server.url}r/axe-two`);
    await ann.connected();
    await sayPlainly(server, "axe-one", "Bob", "are you there?");
    await ann.page.getByRole("navigation", { name: "Your rooms" }).getByText("1 new message").waitFor();
    await sound(ann, "the list of rooms");
    await ann.page.setViewportSize(phone.viewport);
    await panels(ann, [/^Rooms/]);
  });

  it("files of messages, files that are uploaded or couldn't be, and an image shown large", async (t) => {
    const room = "axe-files";
    const png = sample("animated.png");
    await postImage(server, room, "described", "a.png", png, "a test picture");
    await postImage(server, room, "not described", "b.png", png);
    await postImage(server, room, "film", "film.mp4", sample("video.mp4"));
    await postImage(server, room, "notes", "notes.txt", Buffer.from("hello"));
    for (const options of [{}, phone]) {
      const ann = await Visitor.open(t, browser, `${server.url}r/${room}`, options);
      await ann.enter("Ann");
      await ann.page.getByRole("img", { name: "a test picture" }).waitFor();
      await sound(ann, "messages with files");
      const original = { name: "photo.jpg", mimeType: "image/jpeg", buffer: await photo(ann, 3000, 2000, 1) };
      let fail = () => {};
      const failing = new Promise<void>((done) => (fail = done));
      await ann.page.route("**/files?name=**", async (route) => {
        await failing;
        await route.abort();
      });
      await pick(ann, original);
      await ann.page.getByRole("progressbar").waitFor();
      await sound(ann, "a file that is uploaded");
      fail();
      await ann.page.locator(".attachments .failed").waitFor();
      await sound(ann, "a file that couldn't be uploaded");
      await ann.page.unroute("**/files?name=**");
      await ann.page.getByRole("button", { name: /^Retry: .*photo/ }).click();
      await ann.page.getByRole("progressbar").waitFor({ state: "detached" });
      await ann.page.getByRole("textbox", { name: /^What does .*photo\.jpg.* show/ }).waitFor();
      await sound(ann, "a file that is uploaded");
      assert.equal(await ann.sideways(), false);
      await ann.page.getByRole("img", { name: "a test picture" }).click();
      await ann.page.getByRole("dialog").waitFor();
      await sound(ann, "an image shown large");
      await ann.page.keyboard.press("ArrowRight");
      await ann.page.getByRole("status").filter({ hasText: "Image 2 of" }).waitFor();
      await sound(ann, "another one");
      await ann.page.keyboard.press("Escape");
    }
  });

  it("a room's settings, pins, invites, and its end", async (t) => {
    const ann = await Visitor.open(t, browser, server.url, { viewport: phone.viewport });
    const { page } = ann;
    await page.getByRole("textbox", { name: "Name of the room (optional)" }).fill("Book club");
    await press(ann, "New room");
    await ann.enter("Ann");
    await ann.say("on Friday");
    await ann.settled();
    await page.getByRole("button", { name: "Emoji", exact: true }).waitFor(); // what handles keys is loaded
    await page.locator(".message").focus();
    await page.keyboard.press("m");
    await page.getByRole("menuitem", { name: "Pin", exact: true }).click();
    await panels(ann, ["Pinned messages: 1"]);
    await press(ann, "Settings");
    await press(ann, "Room settings…");
    await page.getByLabel("Keep messages").selectOption("1 hour");
    await page.getByLabel("The room closes").selectOption("In 1 hour");
    await page.getByLabel("Keep messages").selectOption("Another time…");
    await page.getByLabel("The room closes").selectOption("At a date…");
    await sound(ann, "room settings");
    await page.keyboard.press("Escape");
    await page.locator(".notice").filter({ hasText: "This room closes at" }).waitFor();
    await sound(ann, "a room that closes soon");
    assert.equal(await ann.sideways(), false);
    await press(ann, "Share");
    await press(ann, "Make an invite link");
    await page.getByRole("textbox", { name: "Invite link" }).waitFor();
    await sound(ann, "invites");
    await page.keyboard.press("Escape");
    await press(ann, "Settings");
    await press(ann, "Forget this room…");
    await sound(ann, "forgetting the room");
    await press(ann, "Cancel");
    await press(ann, "Settings");
    await press(ann, "Room settings…");
    await press(ann, "Close the room…");
    await sound(ann, "closing the room");
    await press(ann, "Close the room");
    await page.getByRole("heading", { name: "This room is closed" }).waitFor();
    await sound(ann, "a closed room");
  });

  it("the panel of a member who was removed", async (t) => {
    const [ann, bob] = await pair(t, "axe-removed");
    await memberMenu(ann, "Bob");
    await item(ann, /^Remove .+…$/).click();
    await press(ann, "Remove");
    await bob.page.getByRole("alert").filter({ hasText: "removed you" }).waitFor();
    await sound(bob, "a member who was removed");
  });

  it("the list of members on a phone, and a message that can't be sent", async (t) => {
    const room = "axe-phone";
    await sayPlainly(server, room, "plain", "by hand");
    await Speaker.enter(t, server, room, "Bob");
    const ann = await Visitor.open(t, browser, server.url, phone);
    await ann.page.evaluate((key) => localStorage.setItem(key, JSON.stringify({
      id: "failed", content: "not sent", at: Date.now(), failed: { code: "too-old", message: "the message is too old to be sent again safely" },
    })), `snug:outbox:${room}:failed`);
    await ann.page.goto(`${server.url}r/${room}`);
    await ann.enter("Ann");
    await ann.page.getByRole("button", { name: "Retry" }).waitFor();
    await sound(ann, "a failed message");
    await panels(ann, [/^People/, "Share", "Settings", "Emoji"]);
    await ann.page.getByRole("button", { name: "Retry" }).click();
    await ann.settled();
    assert.equal((await ann.contents()).at(-1), "not sent");
  });
});

describe("high contrast", () => {
  it("is chosen in the settings, or by the system where nothing else is", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    const shown = (high: boolean) =>
      until(high ? "high contrast is shown" : "the usual contrast is shown", () =>
        ann.page.evaluate((ground) => getComputedStyle(document.documentElement).backgroundColor === ground, high ? "rgb(0, 0, 0)" : "rgb(27, 26, 24)"));
    const choice = (name: string) => ann.page.getByRole("radio", { name, exact: true }).first();
    const settings = () => press(ann, "Settings");
    const bar = () => ann.page.locator("meta[name=theme-color][media*=dark]").getAttribute("content");
    await ann.page.emulateMedia({ colorScheme: "dark" });
    await shown(false);
    await settings();
    await choice("High contrast").check();
    await shown(true);
    assert.equal(await bar(), "#000000");
    await ann.page.reload();
    await settings();
    await shown(true);
    await choice("System").check();
    await shown(false);
    assert.equal(await bar(), "#1b1a18");
    await ann.page.emulateMedia({ contrast: "more" });
    await shown(true);
    await choice("Dark").check();
    await shown(false);
    await ann.page.evaluate(() => localStorage.setItem("snug:settings", JSON.stringify({ theme: "a later one" })));
    await ann.page.reload();
    await shown(true);
    await settings();
    assert.ok(await choice("System").isChecked());
  });
});

describe("a screen reader", () => {
  it("reads new messages, and not those that were there before", async (t) => {
    const bob = await Speaker.enter(t, server, "spoken", "Bob");
    await bob.say("old 1", "old 2");
    const ann = await Visitor.open(t, browser, `${server.url}r/spoken`);
    await ann.enter("Ann");
    await ann.bubble("old 2").waitFor();
    await bob.say("**new** :wave:");
    const log = ann.page.getByRole("log");
    await log.getByText("Bob: new :wave:").waitFor();
    assert.equal(await log.getAttribute("aria-live"), "polite");
    await ann.say("mine");
    await ann.settled();
    assert.deepEqual(await log.locator("p").allInnerTexts(), ["Bob: new :wave:"]);
  });
});

describe("the tree of a screen reader", () => {
  const tree = async (visitor: Visitor): Promise<string[]> =>
    (await visitor.page.locator("body").ariaSnapshot()).split("\n").flatMap((line) => /- (?<what>(heading|button|textbox|link|article|main|banner|complementary|dialog|combobox|radio)\b( "[^"]*")?)/.exec(line)?.groups?.what ?? []);

  it("has what there is, in its order, from the start page to a message", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    await ann.page.locator(".scene").waitFor();
    assert.deepEqual(await tree(ann), [
      "main", 'button "Settings"', 'heading "Snug"', 'textbox "Name of the room (optional)"', 'button "New room"', 'textbox "Room code"', 'button "Join"',
    ]);
    await ann.page.getByRole("textbox", { name: "Room code" }).fill("tree");
    await ann.page.keyboard.press("Enter");
    await ann.page.getByRole("textbox", { name: "Your name" }).waitFor();
    assert.deepEqual(await tree(ann), ["main", 'link "All rooms"', 'heading "What is your name?"', 'textbox "Your name"', 'button "Enter the room"']);
    await ann.enter("Ann");
    await ann.page.getByRole("button", { name: "Say hello" }).waitFor();
    await ann.page.getByRole("button", { name: "Emoji", exact: true }).waitFor();
    await ann.page.getByRole("complementary").getByText("Ann").waitFor();
    assert.deepEqual(await tree(ann), [
      "banner", 'link "All rooms"', 'heading "tree"', 'button "Search messages"', 'button "Share"', 'button "Settings"',
      "main", 'button "Invite others"', 'button "Say hello"', 'button "Name the room"', 'heading "Today"', 'button "Room settings"',
      'textbox "Write a message"', 'button "Attach files"', 'button "Formatting"', 'button "Emoji"', 'button "Send the message"',
      'complementary "People"', 'button "Change your name"', 'button "What to do with \u2068Ann\u2069"',
    ]);
    await ann.say("hello");
    await ann.settled();
    assert.match((await tree(ann)).join(), /,article "\u2068Ann\u2069, [0-9:]+",.*textbox "Write a message"/);
  });
});

describe("motion", () => {
  for (const reducedMotion of ["no-preference", "reduce"] as const) {
    it(reducedMotion === "reduce" ? "is off for people who prefer reduced motion" : "is on for others", async (t) => {
      const network = await Network.to(t, server);
      const ann = await Visitor.open(t, browser, `${network.url}r/motion`, { reducedMotion });
      await ann.enter("Ann");
      network.cut();
      await ann.page.locator(".status.waiting").waitFor();
      const moving = await ann.page.evaluate(() => document.getAnimations().length);
      if (reducedMotion === "reduce") assert.equal(moving, 0);
      else assert.ok(moving > 0);
    });
  }
});
