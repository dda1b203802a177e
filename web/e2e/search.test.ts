// Searching a room: what is found, and going there and back.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import { command } from "./acting.ts";
import { phone, Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { Server, until } from "./server.ts";
import { sound } from "./sound.ts";
import { Speaker } from "./speaker.ts";

const lines = (what: string, count: number) => Array.from({ length: count }, (_, i) => `${what} ${i}`);

async function enter(t: TestContext, room: string, options: BrowserContextOptions = {}): Promise<Visitor> {
  const ann = await Visitor.open(t, browser, `${server.url}r/${room}`, options);
  await ann.enter("Ann");
  return ann;
}

const field = (v: Visitor) => v.page.getByRole("textbox", { name: "Search for" });
const found = (v: Visitor) => v.page.getByRole("list", { name: "Messages found" }).getByRole("button");
const dialogs = (v: Visitor) => v.page.getByRole("dialog");
const marked = (v: Visitor) => v.page.locator(".message.marked");

async function searchFor(v: Visitor, q: string): Promise<void> {
  await v.page.getByRole("button", { name: "Search messages" }).click();
  await field(v).fill(q);
}

/** Whether an element is within the view of the list. */
async function inView(v: Visitor, text: string): Promise<boolean> {
  const [box, view] = await Promise.all([v.bubble(text).boundingBox(), v.page.locator(".scroller").boundingBox()]);
  return box !== null && view !== null && box.y >= view.y - 1 && box.y + box.height <= view.y + view.height + 1;
}

describe("a search", () => {
  it("shows what messages say, without their Markdown", async (t) => {
    const ann = await enter(t, "marks");
    const bob = await Speaker.enter(t, server, "marks", "Bob");
    await bob.say(
      `${"# Long\n\n"}${"**word** ".repeat(100)}\n\n- the **saffron** *is* \`red\`\n- [x] bought${" and more".repeat(100)}`,
      "see [the shop](https://saffron.example/red)",
    );
    await searchFor(ann, "saffron red");
    await found(ann).nth(1).waitFor();
    const [link, list] = await found(ann).locator(".text").allInnerTexts();
    assert.equal(link, "see [the shop](https://saffron.example/red)", "what was searched for is only in the address");
    assert.match(list!, /^… ?(word )+the saffron is red, bought and more.*…$/);
    assert.deepEqual(await found(ann).nth(1).locator("mark").allInnerTexts(), ["saffron", "red"]);
  });

  it("finds a message far back, goes there among its neighbours, on to newer ones, and back to the latest", async (t) => {
    const bob = await Speaker.enter(t, server, "far", "Bob");
    await bob.say(...lines("early", 150), "the treasure is near the Café <b>oak</b>", ...lines("after", 150), ...lines("filler", 1300), "the end");
    const ann = await enter(t, "far");
    await ann.bubble("the end").waitFor();
    await searchFor(ann, "TREASURE cafe <b>");
    await found(ann).waitFor();
    assert.match(await found(ann).innerText(), /Bob[^]*Today, \d\d:\d\d[^]*the treasure is near the Café <b>oak<\/b>/);
    assert.deepEqual(await found(ann).locator("mark").allInnerTexts(), ["treasure", "Café", "<b>"], "text is never HTML");
    await ann.page.getByRole("status").filter({ hasText: "1 message found." }).waitFor();
    await field(ann).press("ArrowDown");
    await ann.page.keyboard.press("Enter");
    await marked(ann).filter({ hasText: "treasure" }).waitFor();
    assert.equal(await dialogs(ann).count(), 0);
    assert.ok(await inView(ann, "treasure"));
    for (const neighbour of ["early 149", "after 0"]) assert.ok(await inView(ann, neighbour), neighbour);
    assert.equal(await ann.bubble("the end").count(), 0);
    await until("it has the focus", () => marked(ann).evaluate((e) => e === document.activeElement));

    await bob.say("meanwhile");
    await ann.page.getByRole("button", { name: "Go to the latest messages: 1 new message" }).waitFor();
    assert.ok(await inView(ann, "treasure"), "it stays");

    await until("older ones are read on the way up", async () => {
      await ann.page.locator(".scroller").evaluate((s) => (s.scrollTop = 0));
      return (await ann.contents()).includes("early 0");
    });
    await until("newer ones are read on the way down, up to the newest", async () => {
      await ann.page.locator(".scroller").evaluate((s) => (s.scrollTop = s.scrollHeight));
      return (await ann.contents()).includes("meanwhile");
    });
    await until("it is the end", async () => (await ann.page.locator(".latest").count()) === 0);
    await ann.page.locator(".scroller").evaluate((s) => (s.scrollTop = s.scrollHeight / 2));
    await until("none is missing in between", async () => {
      const all = (await ann.contents()).filter((c) => c.startsWith("filler")).map((c) => Number(c.slice(7)));
      return all.length > 10 && all.every((n, i) => n === all[0]! + i);
    });
  });

  it("goes back to the latest by Escape, by the button, and when something is sent", async (t) => {
    const bob = await Speaker.enter(t, server, "back", "Bob");
    await bob.say("needle", ...lines("filler", 1300), "the end");
    const ann = await enter(t, "back");
    for (const back of [
      () => ann.page.keyboard.press("Escape"),
      () => ann.page.getByRole("button", { name: "Go to the latest messages" }).click(),
    ]) {
      await ann.bubble("the end").waitFor();
      await ann.page.getByRole("button", { name: "Search messages" }).click();
      await field(ann).fill("needle");
      await found(ann).click();
      await marked(ann).filter({ hasText: "needle" }).waitFor();
      await ann.page.getByText("Back to the latest").waitFor();
      await back();
      await ann.bubble("the end").waitFor();
      assert.ok(await inView(ann, "the end"));
      assert.equal(await ann.page.locator(".latest").count(), 0);
    }
    await ann.page.getByRole("button", { name: "Search messages" }).click();
    assert.equal(await field(ann).inputValue(), "needle", "the search is still there");
    await found(ann).click();
    await marked(ann).filter({ hasText: "needle" }).waitFor();
    await ann.say("mine");
    await ann.bubble("mine").waitFor();
    await ann.settled();
    assert.ok(await inView(ann, "the end"));
  });

  it("goes to what is loaded without leaving the newest part, and shows what an edit made of a message", async (t) => {
    const bob = await Speaker.enter(t, server, "edits", "Bob");
    const ann = await enter(t, "edits");
    const seq = await command(ann, "edits", { type: "send", content: "first wording" });
    await bob.say(...lines("filler", 1300));
    await command(ann, "edits", { type: "edit", seq, content: "second wording" });
    const other = await Visitor.open(t, browser, `${server.url}r/edits`);
    await other.enter("Cid");
    await other.page.getByRole("button", { name: "Search messages" }).click();
    await until("the edit is found", async () => {
      await field(other).fill("");
      await field(other).fill("second");
      await other.page.getByRole("status").filter({ hasText: /found\./ }).waitFor();
      return (await found(other).count()) === 1;
    });
    await found(other).click();
    await marked(other).filter({ hasText: "second wording" }).waitFor();
    await ann.page.getByRole("button", { name: "Search messages" }).click();
    await field(ann).fill('"filler 1290"');
    await found(ann).click();
    await marked(ann).filter({ hasText: "filler 1290" }).waitFor();
    assert.equal(await ann.page.getByText("Back to the latest").count(), 0);
  });

  it("shows older results, that there are none, and what was erased no longer", async (t) => {
    const ann = await enter(t, "more");
    const bob = await Speaker.enter(t, server, "more", "Bob");
    await bob.say(...lines("tea", 45));
    await ann.say("tea to be erased");
    await ann.settled();
    await searchFor(ann, "tea");
    await until("a page is found", async () => (await found(ann).count()) === 20);
    assert.match(await found(ann).first().innerText(), /tea to be erased/);
    await ann.page.getByRole("status").filter({ hasText: "The 20 newest messages found." }).waitFor();
    for (const count of [40, 46]) {
      await ann.page.getByRole("button", { name: "Show older messages" }).click();
      await until("older ones are found", async () => (await found(ann).count()) === count);
    }
    await ann.page.getByRole("status").filter({ hasText: "46 messages found." }).waitFor();
    assert.match(await found(ann).last().innerText(), /tea 0$/);
    assert.equal(await ann.page.getByRole("button", { name: "Show older messages" }).count(), 0);
    const second = await ann.tab(ann.page.url());
    await second.locator(".message").filter({ hasText: "erased" }).focus();
    await second.keyboard.press("Delete");
    await second.getByRole("button", { name: "Delete", exact: true }).click();
    await until("it is gone", async () => (await found(ann).count()) === 45);
    await field(ann).fill("coffee");
    await ann.page.getByRole("status").filter({ hasText: "Nothing was found." }).waitFor();
    assert.equal(await found(ann).count(), 0);
    await field(ann).fill("from:Bob \"tea 4\"");
    await ann.page.getByRole("status").filter({ hasText: "6 messages found." }).waitFor();
    await field(ann).fill("");
    await ann.page.getByText("Quotes").waitFor();
    assert.equal(await found(ann).count(), 0);
  });

  it("says when the server is still indexing the room", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    await ann.page.routeWebSocket(/\/ws/, (ws) => {
      const to = ws.connectToServer();
      to.onMessage((m) => ws.send(String(m).startsWith('{"type":"search"') ? String(m).replace(/}$/, ',"incomplete":true}') : m));
    });
    await ann.page.goto(`${server.url}r/incomplete`);
    await ann.enter("Ann");
    await searchFor(ann, "tea");
    await ann.page.getByText("The server is still indexing this room").waitFor();
  });

  it("keeps what is typed as soon as the field is there", async (t) => {
    const ann = await enter(t, "typed");
    await ann.say("green tea");
    await ann.page.evaluate(() => new MutationObserver((_, observer) => {
      const field = document.querySelector<HTMLInputElement>("form[role=search] input");
      if (!field) return;
      observer.disconnect();
      field.value = "tea"; // before the panel is painted
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }).observe(document.body, { childList: true, subtree: true }));
    await ann.page.getByRole("button", { name: "Search messages" }).click();
    await found(ann).filter({ hasText: "green tea" }).waitFor();
    assert.equal(await field(ann).inputValue(), "tea");
    assert.deepEqual(await field(ann).evaluate((e: HTMLInputElement) => [e.selectionStart, e.selectionEnd]), [3, 3]);
  });

  it("is opened by pressing Ctrl+F twice, walked by the arrow keys, and gives the focus back", async (t) => {
    const ann = await enter(t, "keys");
    await ann.say("tea one");
    await ann.say("tea two");
    await ann.settled();
    await ann.page.locator(".scroller").focus();
    await ann.page.keyboard.press("Control+F");
    assert.equal(await dialogs(ann).count(), 0, "the first is the browser's");
    await ann.page.keyboard.press("Control+F");
    await dialogs(ann).waitFor();
    await until("the field has the focus", () => field(ann).evaluate((e) => e === document.activeElement));
    await ann.page.keyboard.type("tea");
    await ann.page.keyboard.press("Enter");
    await until("both are found", async () => (await found(ann).count()) === 2);
    const at = () => ann.page.evaluate(() => document.activeElement?.textContent ?? "");
    for (const [key, text] of [["ArrowDown", "tea two"], ["ArrowDown", "tea one"], ["ArrowDown", "tea one"], ["ArrowUp", "tea two"], ["ArrowUp", ""]] as const) {
      await ann.page.keyboard.press(key);
      assert.ok((await at()).endsWith(text), `${key}: ${await at()}`);
    }
    assert.ok(await field(ann).evaluate((e) => e === document.activeElement));
    await ann.page.keyboard.press("Escape");
    await dialogs(ann).waitFor({ state: "detached" });
    await until("the list has the focus again", () => ann.page.locator(".scroller").evaluate((e) => e === document.activeElement));
  });

  it("isn't offered where the server has none", async (t) => {
    const without = await Server.start("--search=off");
    t.after(() => without.remove());
    const ann = await Visitor.open(t, browser, `${without.url}r/without`);
    await ann.enter("Ann");
    assert.equal(await ann.page.getByRole("button", { name: "Search messages" }).count(), 0);
    await ann.page.locator(".scroller").focus();
    await ann.page.keyboard.press("Control+F");
    await ann.page.keyboard.press("Control+F");
    assert.equal(await dialogs(ann).count(), 0);
  });
});

for (const [name, options] of [["on a phone", phone], ["in the dark", { colorScheme: "dark" }], ["in forced colours", { forcedColors: "active" }]] as const) {
  it(`${name} the panel is whole, has no fault that axe-core finds, and closes by Back`, async (t) => {
    const room = `look-${name.replaceAll(" ", "-")}`;
    const bob = await Speaker.enter(t, server, room, "Bob");
    await bob.say("a long word: " + "treasure".repeat(40), ...lines("treasure", 30));
    const ann = await enter(t, room, options);
    await ann.page.getByRole("button", { name: "Search messages" }).click();
    await dialogs(ann).waitFor();
    await sound(ann, "before a search");
    await field(ann).fill("treasure");
    await until("it is found", async () => (await found(ann).count()) === 20);
    await sound(ann, "results");
    assert.equal(await ann.sideways(), false);
    assert.ok(await field(ann).evaluate((e) => parseFloat(getComputedStyle(e).fontSize) >= 16), "a phone doesn't zoom in");
    const panel = (await dialogs(ann).boundingBox())!;
    const { width, height } = ann.page.viewportSize()!;
    if (options === phone) assert.deepEqual([panel.x, panel.y, panel.width, panel.height], [0, 0, width, height]);
    await ann.page.goBack();
    await dialogs(ann).waitFor({ state: "detached" });
    await ann.connected();
    await ann.page.getByRole("button", { name: "Search messages" }).click();
    await found(ann).last().click();
    await marked(ann).waitFor();
    await sound(ann, "a message that was gone to");
  });
}
