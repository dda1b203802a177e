import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { phone, Visitor } from "./browser.ts";
import { closePanel } from "./notifications.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

const go = '```go\n// Hello\nfunc main() { println("hi", 42) }\n```';

describe("what is written", () => {
  it("has lists with room for their marks on the side where they begin, whatever the page's direction is", async (t) => {
    const { page } = await entered(t, "directions");
    const bob = await Speaker.enter(t, server, "directions", "Bob");
    await bob.say("- one\n- [ ] task", "- واحد\n- [ ] مهمة", "1. mixed\n2. أول", "- 123 ثان", "998. many\n999. more\n1000. most");
    for (const direction of ["ltr", "rtl"]) {
      await page.evaluate((direction) => (document.documentElement.dir = direction), direction);
      await until("all lists are there", async () => (await page.locator(".content :is(ul, ol)").count()) === 5);
      const lists = await page.locator(".content :is(ul, ol)").evaluateAll((all) => all.map((list) => {
        const style = getComputedStyle(list);
        const bubble = list.closest(".bubble")!.getBoundingClientRect();
        const boxes = [...list.querySelectorAll(".task")].map((e) => e.getBoundingClientRect());
        return {
          direction: style.direction,
          room: parseFloat(style.direction === "rtl" ? style.paddingRight : style.paddingLeft) / parseFloat(style.fontSize) >= (list.matches("[start='998']") ? 3 : 1.4),
          within: boxes.every((b) => b.left >= bubble.left && b.right <= bubble.right),
        };
      }));
      assert.deepEqual(lists.map((l) => l.direction), ["ltr", "rtl", "ltr", "rtl", "ltr"], direction);
      assert.ok(lists.every((l) => l.room && l.within), JSON.stringify(lists));
    }
  });

  it("has headings, tables, tasks and quotes", async (t) => {
    const bob = await Speaker.enter(t, server, "blocks", "Bob");
    await bob.say("# Title\n## *Part*\ntext\n\n> quoted", "| a | b | c |\n|:--|:-:|--:|\n| 1 | **2** | `x \\| y` |\n| @Ann |", "- [x] done\n- [ ] to do");
    const { page } = await entered(t, "blocks");
    assert.deepEqual(await page.locator(".content h3").allInnerTexts(), ["Title", "Part"]);
    await page.getByRole("columnheader", { name: "a" }).waitFor();
    assert.deepEqual(await page.locator("td").allInnerTexts(), ["1", "2", "x | y", "@Ann", "", ""]); // a row that is short has all columns
    assert.deepEqual(await page.locator("th").evaluateAll((all) => all.map((e) => getComputedStyle(e).textAlign)), ["left", "center", "right"]);
    assert.equal(await page.locator("td .mention.you").innerText(), "@Ann");
    assert.ok(await page.getByRole("checkbox", { name: "Done" }).isChecked());
    assert.ok(!(await page.getByRole("checkbox", { name: "To do" }).isChecked()));
  });

  it("has code with its language, its colours and a button that copies it", async (t) => {
    const ann = await entered(t, "code");
    const { page } = ann;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const asked: string[] = [];
    page.on("request", (r) => asked.push(r.url()));
    await ann.say("```\nplain\n```");
    const block = page.locator(".code").last();
    await block.getByRole("button", { name: "Copy" }).waitFor();
    assert.ok(!asked.some((url) => url.includes("code-colours")), "nothing is loaded for code without a language");
    await ann.say(go);
    await page.locator(".code .hljs-keyword").first().waitFor();
    assert.ok(asked.some((url) => url.includes("code-colours")));
    assert.equal(await block.locator(".language").innerText(), "go");
    assert.deepEqual(await block.locator(".hljs-keyword, .hljs-string, .hljs-number").allInnerTexts(), ["func", '"hi"', "42"]);
    await block.getByRole("button", { name: "Copy" }).click();
    await block.getByRole("button", { name: "Copied" }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '// Hello\nfunc main() { println("hi", 42) }');
  });

  it("has formulas, which are loaded with the first one, and prices stay prices", async (t) => {
    const ann = await entered(t, "formulas");
    const { page } = ann;
    const asked: string[] = [];
    page.on("request", (r) => asked.push(r.url()));
    await ann.say("from $5 to $10, `$x$`, $HOME/$USER");
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["from $5 to $10, $x$, $HOME/$USER"]);
    assert.ok(!asked.some((url) => url.includes("typeset")));
    await ann.say("so $e^{i\\pi}+1=0$ and\n$$\n\\frac{a}{b}\n$$");
    await page.locator("math mfrac").waitFor();
    assert.equal(await page.locator("math").count(), 2);
    assert.ok(asked.some((url) => url.includes("typeset")));
    await ann.say("not $\\frac{$ TeX");
    await page.locator(".formula-in-line code", { hasText: "\\frac{" }).waitFor(); // as it was written
  });

  it("shows where a link leads before it is followed", async (t) => {
    const bob = await Speaker.enter(t, server, "links", "Bob");
    await bob.say("[the docs](https://docs.example/a) and https://x.example/y");
    const { page } = await entered(t, "links");
    assert.equal(await page.locator(".content").innerText(), "the docs (docs.example) and https://x.example/y");
    assert.equal(await page.getByRole("link", { name: "the docs" }).getAttribute("title"), "https://docs.example/a");
  });
});

describe("a run of messages", () => {
  it("has its name and time once, and the others' when they are pointed at", async (t) => {
    const bob = await Speaker.enter(t, server, "runs", "Bob");
    await bob.say("one", "two", "three");
    const ann = await entered(t, "runs");
    const { page } = ann;
    await page.mouse.move(5, 5);
    const shown = () => page.locator(".message time").evaluateAll((all) => all.filter((e) => e.checkVisibility({ opacityProperty: true, checkOpacity: true })).length);
    assert.equal(await shown(), 1);
    assert.equal(await page.locator(".sender").getByText("Bob").count(), 1);
    await page.locator(".message").nth(1).hover();
    await until("its time is shown", async () => (await shown()) === 2);
    assert.match((await page.locator(".message time").first().getAttribute("title"))!, /\d{4}.*\d:\d\d:\d\d/);
  });

  it("keeps its author in view while it scrolls by", async (t) => {
    const bob = await Speaker.enter(t, server, "long-run", "Bob");
    await bob.say(...Array.from({ length: 60 }, (_, i) => `line ${i}`));
    const { page } = await entered(t, "long-run");
    const author = page.locator(".author");
    await author.getByText("Bob").waitFor();
    await page.locator(".scroller").evaluate((s) => (s.scrollTop = 0));
    await author.waitFor({ state: "detached" }); // the name is in view
  });

  it("has no author in view where another one follows", async (t) => {
    const [bob, cid] = [await Speaker.enter(t, server, "two-runs", "Bob"), await Speaker.enter(t, server, "two-runs", "Cid")];
    await bob.say(...Array.from({ length: 60 }, (_, i) => `line ${i}`));
    await cid.say(...Array.from({ length: 20 }, (_, i) => `answer ${i}`));
    const { page } = await entered(t, "two-runs");
    const author = page.locator(".author");
    /** Scrolls until so much of Bob's last message is in view. */
    const show = (px: number) =>
      page.locator("li").filter({ hasText: "line 59" }).evaluate((row, px) => {
        const scroller = row.closest(".scroller")!;
        scroller.scrollTop += row.getBoundingClientRect().bottom - scroller.getBoundingClientRect().top - px;
      }, px);
    await show(200);
    await author.getByText("Bob").waitFor();
    await show(25);
    await author.waitFor({ state: "detached" });
  });
});

describe("the density", () => {
  it("is chosen in the settings, and remembered", async (t) => {
    const bob = await Speaker.enter(t, server, "density", "Bob");
    await bob.say("one", "two");
    const ann = await entered(t, "density");
    const { page } = ann;
    await ann.say("three");
    await ann.settled();
    const height = async () => (await page.locator(".rows").boundingBox())!.height;
    const comfortable = await height();
    assert.equal(await page.locator(".sender").getByText("Ann").isVisible(), false);
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByRole("radio", { name: "Compact" }).check();
    await closePanel(page);
    await until("messages take up less room", async () => (await height()) < comfortable - 40);
    await page.locator(".sender").getByText("Ann").waitFor();
    await page.reload();
    await ann.connected();
    await until("it is still so", async () => (await height()) < comfortable - 40);
    assert.ok(!(await ann.sideways()));
  });

  it("fits on a phone", async (t) => {
    const bob = await Speaker.enter(t, server, "dense-phone", "Bob".padEnd(32, "b"));
    await bob.say("one", go, "w".repeat(200), "| a | b |\n|-|-|\n| " + "c ".repeat(100) + "| d |");
    const ann = await Visitor.open(t, browser, `${server.url}r/dense-phone`, phone);
    await ann.page.evaluate(() => localStorage.setItem("snug:settings", JSON.stringify({ density: "compact" })));
    await ann.page.reload();
    await ann.enter("Ann");
    await ann.page.locator("table").waitFor();
    assert.ok(!(await ann.sideways()));
  });
});

describe("joins and leaves", () => {
  it("are folded into a line", async (t) => {
    const ann = await entered(t, "folded");
    for (const nick of ["Bob", "Cid", "Dora", "Eve"]) await Speaker.enter(t, server, "folded", nick);
    await until("they are", async () => (await lines(ann)).includes("Bob, Cid and 2 others joined"));
    assert.match((await ann.page.locator(".presence").last().getAttribute("title"))!, /Dora.*Eve.* joined/);
  });

  it("aren't shown of who is back shortly, or beside the line about a removal", async (t) => {
    const ann = await entered(t, "quiet");
    const { page } = ann;
    const cid = await Speaker.enter(t, server, "quiet", "Cid");
    const context = await browser.newContext({ locale: "en-GB" });
    t.after(() => context.close());
    const bob = await context.newPage();
    await bob.goto(`${server.url}r/quiet`);
    await bob.getByRole("textbox", { name: "Your name" }).fill("Bob");
    await bob.getByRole("button", { name: "Enter the room" }).click();
    const says = (line: string) => until(line, async () => (await lines(ann)).includes(line));
    await says("Cid and Bob joined");
    await ann.say("hello");
    await bob.goto("about:blank");
    await says("Bob left");
    await ann.say("are you there?");
    await bob.goto(`${server.url}r/quiet`);
    await until("it is as if he had stayed", async () => !(await lines(ann)).includes("Bob left"));
    await page.locator(".people").getByText("Bob", { exact: true }).waitFor();
    assert.equal((await lines(ann)).filter((line) => line.endsWith("Bob joined")).length, 1, "the first time");
    await page.locator(".people li").filter({ hasText: "Bob" }).getByRole("button").last().click();
    await page.getByRole("menuitem", { name: /^Remove .+…$/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await says("You removed Bob from the room");
    await page.locator(".people").getByText("Bob", { exact: true }).waitFor({ state: "detached" });
    await bob.locator(".status.good").waitFor({ state: "detached" });
    await cid.say("so quiet"); // what is sent of Bob came before
    await ann.bubble("so quiet").waitFor();
    assert.ok(!(await lines(ann)).includes("Bob left"));
  });
});

/** The lines between messages, without the characters around names that keep their direction apart. */
async function lines(visitor: Visitor): Promise<string[]> {
  return (await visitor.page.locator(".presence").allInnerTexts()).map((line) => line.replace(/[\u2066-\u2069]/g, ""));
}

async function entered(t: Parameters<typeof Visitor.open>[0], room: string): Promise<Visitor> {
  const ann = await Visitor.open(t, browser, `${server.url}r/${room}`);
  await ann.enter("Ann");
  await until("what is loaded later is there", () => ann.page.evaluate(() => performance.getEntriesByType("resource").some((r) => r.name.includes("/later-"))));
  return ann;
}
