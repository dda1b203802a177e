import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { Server, until } from "./server.ts";
import { sayPlainly, Speaker } from "./speaker.ts";

let server: Server;
let browser: Browser;
before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});
after(async () => {
  await browser.close();
  await server.remove();
});

describe("the page", () => {
  it("opens a new room, and two people talk in it", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    await ann.page.getByRole("button", { name: "New room" }).click();
    await ann.enter("Ann");
    assert.match(ann.page.url(), /\/r\/[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}$/);

    await ann.page.getByRole("button", { name: "Share", exact: true }).click();
    await ann.page.getByText("This link works on this computer only.").waitFor(); // the test's server is there alone
    await ann.page.keyboard.press("Escape");

    const bob = await Visitor.open(t, browser, ann.page.url());
    await bob.enter("Bob");
    await ann.say("hello **Bob**");
    await bob.bubble("hello Bob").waitFor();
    assert.equal(await bob.page.locator(".content strong").innerText(), "Bob");
    await bob.say("hello :wave:");
    await ann.bubble("hello :wave:").waitFor();
    assert.deepEqual(await ann.contents(), ["hello Bob", "hello :wave:"]);
    assert.equal(await ann.page.locator(".pending").count(), 0);
  });

  it("sends and shows :name: as it was written", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/as-written`);
    await ann.enter("Ann");
    const texts = ["user:key:42", "`user:lock:7`", "http://x.example/a:heart:b", "a :tada: b"];
    for (const text of texts) await ann.say(text);
    await ann.settled();
    assert.deepEqual(await ann.contents(), texts.map((text) => text.replaceAll("`", "")));
    await ann.draft.pressSequentially("done :tad");
    await ann.page.getByRole("option", { name: ":tada:" }).waitFor();
    await ann.draft.press("Enter");
    assert.equal(await ann.draft.inputValue(), "done 🎉 ");
  });

  it("shows the field for a code and its button in one line", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    const code = (await ann.page.getByRole("textbox", { name: "Room code" }).boundingBox())!;
    const join = (await ann.page.getByRole("button", { name: "Join" }).boundingBox())!;
    assert.deepEqual([join.y, join.height], [code.y, code.height]);
    await ann.page.getByRole("textbox", { name: "Room code" }).fill("by hand");
    await ann.page.keyboard.press("Enter");
    await ann.enter("Ann");
    assert.equal(ann.page.url(), `${server.url}r/by-hand`);
  });

  it("shows a right-to-left name next to its badges", async (t) => {
    const layla = await Visitor.open(t, browser, `${server.url}r/rtl`);
    await layla.enter("ليلى");
    const own = layla.page.locator(".people .who");
    const [name, marks] = [(await own.locator(".name").boundingBox())!, (await own.locator(".marks").boundingBox())!];
    assert.equal(name.x, marks.x);
  });

  it("says that a nick is taken", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/taken`);
    await ann.enter("Ann");
    const other = await Visitor.open(t, browser, `${server.url}r/taken`);
    await other.enter("Ann");
    await other.page.locator(".notice").filter({ hasText: "Somebody here already has" }).waitFor();
    await other.page.getByRole("button", { name: "Change your name" }).click();
    await other.page.getByRole("textbox", { name: "Your name" }).fill("Anna");
    await other.page.keyboard.press("Enter");
    await ann.page.locator(".people").getByText("Anna", { exact: true }).waitFor();
    await other.page.locator(".notice").waitFor({ state: "detached" });
    assert.equal(await other.page.locator(".notice").count(), 0);
  });

  it("says that a nick is taken which looks as if the server had made it", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/taken-twice`);
    await ann.enter("Ann-2");
    const other = await Visitor.open(t, browser, `${server.url}r/taken-twice`);
    await other.enter("Ann-2");
    await other.page.locator(".notice").filter({ hasText: "already has the name \u2068Ann-2\u2069" }).waitFor();
  });

  it("counts two tabs of one person as one member", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/tabs`);
    await ann.enter("Ann");
    const tab = await ann.tab(`${server.url}r/tabs`);
    await tab.locator(".status.good").waitFor();
    await ann.say("from the first");
    await tab.locator(".message.own").filter({ hasText: "from the first" }).waitFor();
    const bob = await Visitor.open(t, browser, `${server.url}r/tabs`);
    await bob.enter("Bob");
    for (const page of [tab, ann.page, bob.page]) await until("two are there", async () => (await page.locator(".people li").count()) === 2);
    await tab.close();
    await bob.say("to those who stay");
    await ann.bubble("to those who stay").waitFor();
    assert.equal(await bob.page.locator(".people li").count(), 2, "who closes one of two tabs is still there");
    assert.equal(await bob.page.locator(".presence").filter({ hasText: "left" }).count(), 0);
  });

  it("shows /me as an action, and asks about what looks like another command", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/actions`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${server.url}r/actions`);
    await bob.enter("Bob");
    await ann.say("/me waves at **@Bob**");
    await bob.bubble("Ann waves at @Bob").waitFor();
    assert.equal(await bob.page.locator(".emote strong .mention.you").innerText(), "@Bob");
    assert.equal(await bob.page.locator(".sender").count(), 0, "it names her itself");
    assert.equal(await bob.page.locator("[role=log]").innerText(), "Ann waves at @Bob");
    await ann.say("hello");
    await bob.page.locator(".sender").getByText("Ann", { exact: true }).waitFor();
    await ann.settled();
    assert.equal(await ann.page.locator(".emote .content").innerText(), "Ann waves at @Bob");

    await ann.say("//help me");
    await bob.bubble("/help me").waitFor();
    await ann.say("   ");
    await until("what says nothing is gone", async () => (await ann.draft.inputValue()) === "");
    assert.equal((await bob.contents()).length, 3);
  });

  it("copies code as it was written", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/code`);
    await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await ann.enter("Ann");
    await ann.say("so:\n```\nfunc main() {\n\treturn\n}\n```");
    await ann.settled();
    const pre = ann.page.locator(".content pre");
    assert.deepEqual(await pre.evaluate((e) => [getComputedStyle(e).fontSize, getComputedStyle(e).tabSize]), ["14px", "4"]);
    await pre.hover();
    await ann.page.getByRole("button", { name: "Copy", exact: true }).click();
    await ann.page.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await ann.page.evaluate(() => navigator.clipboard.readText()), "func main() {\n\treturn\n}");
  });

  it("shows a plain client as a guest, by the name it gives itself", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/guests`);
    await ann.enter("Ann");
    const heard = await sayPlainly(server, "guests", "client 1", "content1");
    assert.deepEqual(JSON.parse(heard), { Author: "client 1", Content: "content1" });
    await ann.bubble("content1").waitFor();
    const message = ann.page.locator(".message.other").filter({ hasText: "content1" });
    assert.deepEqual(await message.locator(".sender > :not(time)").allInnerTexts(), ["client 1", "guest"]);
    await ann.say("hello, client 1");
    await ann.settled();
    assert.equal(await ann.page.locator(".message.own .tag.guest").count(), 0, "who came by the page is no guest");
  });

  it("shows who types, joins, leaves and changes their name", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/who`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${server.url}r/who`);
    await bob.enter("Bob");
    await ann.page.locator(".people").getByText("Bob", { exact: true }).waitFor();
    await bob.draft.pressSequentially("a");
    await ann.page.locator(".typing").filter({ hasText: /Bob\S* is typing/ }).waitFor();
    await bob.draft.press("Enter");
    await ann.bubble("a").waitFor();
    await until("nobody types", async () => (await ann.page.locator(".typing").innerText()) === "");
    await bob.page.getByRole("button", { name: "Change your name" }).click();
    await bob.page.getByRole("textbox", { name: "Your name" }).fill("Rob");
    await bob.page.keyboard.press("Enter");
    await ann.page.locator(".presence").filter({ hasText: "is now \u2068Rob\u2069" }).waitFor();
    await bob.page.getByRole("link", { name: "All rooms" }).click();
    await ann.page.locator(".people").getByText("Rob", { exact: true }).waitFor({ state: "detached" });
    assert.equal(await ann.page.locator(".people li").count(), 1);
  });

  it("opens links in another tab, which can't reach it", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/links`);
    await ann.enter("Ann");
    await ann.say(`see ${server.url}healthz`);
    const [opened] = await Promise.all([ann.context.waitForEvent("page"), ann.page.locator(".content a").click()]);
    await opened.waitForLoadState();
    assert.deepEqual(await opened.evaluate(() => [opener, document.referrer]), [null, ""]);
  });

  it("is in Chinese if the browser is", async (t) => {
    const ann = await Visitor.open(t, browser, server.url, { locale: "zh-CN" });
    await ann.page.getByRole("button", { name: "新建房间" }).click();
    await ann.page.getByRole("textbox", { name: "你的名字" }).fill("安");
    await ann.page.keyboard.press("Enter");
    await ann.connected();
    assert.equal(await ann.page.locator("html").getAttribute("lang"), "zh");
    const english = async () => (await ann.page.locator("#page").evaluate((page) => [
      (page as HTMLElement).innerText, ...[...page.querySelectorAll("[aria-label], [title], [placeholder]")].flatMap((e) => [e.ariaLabel, e.getAttribute("title"), e.getAttribute("placeholder")]),
    ])).join("\n").replaceAll(ann.page.url().split("/r/")[1]!, "").match(/[A-Za-z]{3,}/g);
    assert.equal(await english(), null);
    await ann.page.getByRole("button", { name: "更改名字" }).click();
    // The last begins with a Cyrillic letter. Each error is another one than that before it.
    for (const nick of ["admin", "n".repeat(33), "Аnn"]) {
      await ann.page.getByRole("textbox", { name: "你的名字" }).fill(nick);
      await ann.page.keyboard.press("Enter");
      await ann.page.locator(".people .wrong").filter({ hasText: nick.length > 32 ? "32" : "保留名" }).waitFor();
      assert.equal(await english(), null, nick);
    }
    await ann.page.keyboard.press("Escape");
    await ann.page.getByRole("button", { name: "设置", exact: true }).click();
    await ann.page.getByRole("combobox", { name: "语言" }).selectOption("English");
    await ann.page.getByRole("heading", { name: "Settings" }).waitFor();
    await ann.page.keyboard.press("Escape");
    assert.equal(await ann.page.getByRole("textbox", { name: "Write a message" }).count(), 1);
  });

  it("is in German if the browser is, and in Japanese as soon as that is chosen, without a reload", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/languages`, { locale: "de-DE" });
    const loaded: string[] = [];
    ann.page.on("request", (r) => loaded.push(r.isNavigationRequest() ? "the page" : new URL(r.url()).pathname));
    await ann.page.getByRole("textbox", { name: "Dein Name" }).fill("Ann");
    await ann.page.getByRole("button", { name: "Raum betreten" }).click();
    await ann.connected();
    assert.equal(await ann.page.locator("html").getAttribute("lang"), "de");
    await ann.page.locator(".hint").getByText("1 Person hier").waitFor();
    await ann.page.getByText("Dieser Raum gehört dir").waitFor();
    const bob = await Speaker.enter(t, server, "languages", "Bob");
    await bob.say("hello");
    const joined = (text: string) => ann.page.locator(".presence").filter({ hasText: text }).waitFor();
    await joined("\u2068Bob\u2069 ist beigetreten");
    await ann.page.getByRole("button", { name: "Einstellungen", exact: true }).click();
    await ann.page.getByRole("combobox", { name: "Sprache" }).selectOption("日本語");
    await ann.page.getByRole("heading", { name: "設定" }).waitFor();
    assert.equal(await ann.page.locator("html").getAttribute("lang"), "ja");
    await ann.page.keyboard.press("Escape");
    await ann.page.locator(".hint").getByText("2人が参加中").waitFor();
    await joined("\u2068Bob\u2069が参加しました");
    await ann.page.getByRole("textbox", { name: "メッセージを入力" }).waitFor();
    assert.ok(!loaded.includes("the page"), "it was loaded again");
    assert.deepEqual(loaded.filter((path) => /\/(es|fr|zh)-/.test(path)), [], "no other language was loaded");
  });
});
