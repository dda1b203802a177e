import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { phone, Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { sayPlainly, Speaker } from "./speaker.ts";

// If any of this ran, it would open a dialog or make a request, which fails the test. So
// does a script or a style that the policy blocks.
const markup = [
  `<script>alert("script")</script>`,
  `"><script src="https://evil.example/x.js"></script>`,
  `<img src=x onerror="alert('img')">`,
  `<svg/onload=alert("svg")><animate onbegin=alert(1) attributeName=x></svg>`,
  `<style>*{display:none!important}body{background:url(https://evil.example/css)}</style>`,
  `<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>`,
  `<a href="javascript:alert(1)" onclick="alert(1)">click</a>`,
  `<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example/">`,
  `<form action="https://evil.example/"><button autofocus onfocus=alert(1)>x</button></form>`,
  `<b style="position:fixed;inset:0;font-size:900px">big</b>`,
  `</textarea></div></body></html><h1>out</h1>`,
  `{{constructor.constructor("alert(1)")()}} \${alert(1)} <%= alert(1) %>`,
  `constructor toString __proto__ hasOwnProperty :__proto__: :constructor: @constructor @__proto__`,
];
const links = [
  `[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](\u0001javascript:alert(1)) [d](java\tscript:alert(1))`,
  `[e](data:text/html,<script>alert(1)</script>) [f](vbscript:x) [g](file:///etc/passwd) [h](blob:x) [i](//evil.example)`,
  `javascript:alert(1) data:text/html,x [good](https://example.org/"onmouseover="alert(1)) ![pic](https://evil.example/pic.png)`,
  `[https://bank.example/](https://evil.example/) <https://example.org/x> mailto:a@example.org`,
  "[x](https://example.org/\u202egnp.exe)",
];
/** Formulas, tables, headings and code that would do something, or fill the page. */
const rich = [
  String.raw`$$\href{javascript:alert(1)}{x} \url{javascript:alert(1)} \includegraphics{https://evil.example/x.png}$$`,
  String.raw`$\class{composer}{x} \id{page}{x} \style{position:fixed;inset:0}{x} \data{x=1}{x} \html{<img src=x onerror=alert(1)>}$`,
  String.raw`$\htmlStyle{position:fixed}{x} \text{<img src=x onerror=alert(1)>} \unicode{x3c}script$`,
  String.raw`$$\rule{9999em}{9999em} \kern-9999em x \raise999em{y} \hspace{-9999px} \llap{zzzzzzzzzzzzzzzzzzzzzzzz}$$`,
  String.raw`$\def\a{\b\b\b\b}\def\b{\c\c\c\c}\def\c{\d\d\d\d}\def\d{\e\e\e\e}\def\e{\a\a}\a$ $\def\x{\x}\x$`,
  "$$" + "{".repeat(1900) + "}$$",
  "$$" + String.raw`\sqrt{`.repeat(280) + "}$$",
  "$$" + String.raw`\frac{x}{`.repeat(40) + "x" + "}".repeat(40) + "$$",
  "$$" + "x+".repeat(900) + "$$",
  "$" + "x".repeat(900) + "_1$",
  String.raw`$$\begin{matrix}` + "a&".repeat(400) + String.raw`\end{matrix}$$`,
  "|a".repeat(300) + "|\n" + "|-".repeat(300) + "|\n" + "|b".repeat(300),
  "| a |\n|---|\n" + "|".repeat(900),
  `| <b onclick=alert(1)> | [x](javascript:alert(1)) |\n|---|---|\n| ${"w".repeat(900)} | \u202eabc |`,
  "# " + "h".repeat(900) + "\n###### [x](data:text/html,x) <script>alert(1)</script>",
  "- [x] <input autofocus onfocus=alert(1)>\n- [ ] " + "t".repeat(900),
  "```html\n<script>alert(1)</script><img src=x onerror=alert(1)>\n```",
  "```__proto__\nx\n```\n```constructor\nx\n```\n```js \"><img src=x onerror=alert(1)>\n`${a}`\n```",
  "```js\n" + "`${".repeat(700) + "\n```",
];
const shapes = [
  "w".repeat(4000),
  "你".repeat(1000),
  `https://example.org/${"long/".repeat(400)}`,
  "`" + "c".repeat(3000) + "`",
  "```\n" + "code ".repeat(600) + "\n```",
  "\u202eright to left override \u2067and isolate, never closed\u202e".repeat(3),
  "\u200f\u061c\u202bעברית and English (brackets) \u202e!",
  Array.from("zalgo rises from below", (c) => c + "\u0300\u0316\u0489\u035c\u0321\u0348\u0353\u034c".repeat(12)).join(""),
  "﷽".repeat(60),
  "𒐫".repeat(60),
  "\n".repeat(200) + "far below",
  "a\n".repeat(400),
  "> ".repeat(60) + "quoted",
  "- ".repeat(60) + "listed",
  "*".repeat(500) + "_".repeat(500) + "`".repeat(499) + "[".repeat(500),
  "👩‍👩‍👧‍👦".repeat(100),
  "a\u0000b\u0007c\u001b[31md\u2028e\u2029f\ufefff",
  "\u200b\u200d\u2060",
  "1. ".repeat(40) + "9999) x",
];

/** It reaches far above its line. Here it is in a name, outside any bubble. */
const towers = Array.from("towers", (c) => c + "\u0301\u0302\u0303\u0308".repeat(20)).join("");

/** What no message may put into the page: unexpected elements, attributes with effects, links of other schemes. */
function strangers(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const found: string[] = [];
    for (const e of document.querySelectorAll(".room *, dialog *")) {
      const shown = e.outerHTML.slice(0, 120);
      if (/^(script|iframe|style|object|embed|base|meta|link|img|image|video|audio|semantics|annotation|annotation-xml|maction|mglyph|animate|foreignObject)$/i.test(e.tagName)) found.push(shown);
      for (const { name, value } of e.attributes) {
        if (e.closest("math") && /^(id|href|xlink:href|src|actiontype)$/.test(name)) found.push(shown);
        if (name.startsWith("on") || name === "srcdoc" || /^\s*(javascript|data|vbscript|file|blob):/i.test(name === "href" || name === "src" ? value : "")) found.push(shown);
      }
      if (e instanceof HTMLAnchorElement && e.closest(".content")) {
        if (!["http:", "https:", "mailto:"].includes(e.protocol)) found.push(`leads to ${e.href}`);
        if (e.target !== "_blank" || !e.relList.contains("noopener") || !e.relList.contains("noreferrer")) found.push(`has an opener: ${shown}`);
      }
    }
    return found;
  });
}

/** Parts of bubbles that are outside the box of their bubble, and bubbles outside the list. */
function escapes(visitor: Visitor): Promise<string[]> {
  return visitor.page.evaluate(() => {
    const found: string[] = [];
    const clips = "pre, .cut, .table, .formula, .formula-in-line";
    const inside = (inner: DOMRect, outer: DOMRect, sides: ("left" | "right" | "top" | "bottom")[]) =>
      sides.every((s) => (s === "left" || s === "top" ? inner[s] >= outer[s] - 1 : inner[s] <= outer[s] + 1));
    const list = document.querySelector(".rows")!.getBoundingClientRect();
    let above = -Infinity;
    for (const bubble of document.querySelectorAll(".bubble")) {
      const box = bubble.getBoundingClientRect();
      const name = bubble.textContent!.slice(0, 40);
      if (!inside(box, list, ["left", "right"])) found.push(`the bubble leaves the list: ${name}`);
      if (box.top < above - 1) found.push(`the bubble lies on the one above: ${name}`);
      above = box.bottom;
      for (const e of bubble.querySelectorAll("*")) {
        if (e.closest(clips) && !e.matches(clips)) continue; // these clip and scroll by themselves
        for (const r of e.getClientRects()) if (!inside(r, box, ["left", "right", "top", "bottom"])) found.push(`${e.tagName} leaves its bubble: ${name}`);
      }
    }
    return [...new Set(found)];
  });
}

/** How many pixels outside the bubbles change when the contents of the bubbles are hidden. */
async function spilled(visitor: Visitor): Promise<number> {
  const { page } = visitor;
  await page.evaluate(() => {
    const view = document.querySelector(".scroller")!.getBoundingClientRect();
    for (const bubble of document.querySelectorAll(".bubble")) {
      const box = bubble.getBoundingClientRect();
      const around = 2; // the edges themselves aren't painted the same each time
      const [left, top] = [Math.floor(box.left) - around, Math.max(Math.floor(box.top) - around, view.top)];
      const [right, bottom] = [Math.ceil(box.right) + around, Math.min(Math.ceil(box.bottom) + around, view.bottom)];
      if (bottom <= top) continue;
      const cover = document.body.appendChild(document.createElement("div"));
      cover.className = "cover";
      Object.assign(cover.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    }
  });
  const shot = async (inside: string) => {
    await page.evaluate((inside) => {
      const sheet = new CSSStyleSheet(); // a style element would break the policy
      sheet.replaceSync(`
        * { animation: none !important; transition: none !important; caret-color: transparent !important; }
        .cover { position: fixed; z-index: 9; background: #777; }
        .bubble * { ${inside} }`);
      document.adoptedStyleSheets = [sheet];
    }, inside);
    return `data:image/png;base64,${(await page.screenshot({ caret: "initial" })).toString("base64")}`;
  };
  const pictures = [await shot(""), await shot("visibility: hidden !important;")];
  return page.evaluate(async (pictures) => {
    document.adoptedStyleSheets = [];
    for (const cover of document.querySelectorAll(".cover")) cover.remove();
    const [one, other] = await Promise.all(pictures.map(async (src) => {
      const image = Object.assign(new Image(), { src });
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
      canvas.drawImage(image, 0, 0);
      return canvas.getImageData(0, 0, image.width, image.height).data;
    }));
    let count = 0;
    for (let i = 0; i < one!.length; i++) if (Math.abs(one![i]! - other![i]!) > 80) count++; // round corners differ by less
    return count;
  }, pictures);
}

/** Goes through the whole log from its end, a view at a time. */
async function lookThrough(visitor: Visitor, look: () => Promise<void>): Promise<void> {
  const scroller = visitor.page.locator(".scroller");
  for (let views = 0; views < 60; views++) {
    await look();
    const moved = await scroller.evaluate((s) => new Promise<boolean>((done) => {
      const before = s.scrollTop;
      s.scrollTop -= s.clientHeight * 0.8;
      requestAnimationFrame(() => requestAnimationFrame(() => done(before > 0)));
    }));
    if (!moved) return;
  }
  assert.fail("the log has no end");
}

describe("a room full of hostile content", () => {
  it("runs nothing, loads nothing, and shows nothing outside its bubbles", async (t) => {
    const mallory = await Speaker.enter(t, server, "hostile", `<b onclick=alert(1)>M</b>`);
    await mallory.say(...markup, ...links, ...shapes.slice(0, 10));
    await mallory.say(...shapes.slice(10));
    await mallory.say(...rich);
    for (const author of [`<img src=x onerror=alert(1)>`, `"'><svg onload=1>`, "عليّ", `z${"\u0336\u0353".repeat(15)}`]) await sayPlainly(server, "hostile", author, towers);
    for (const [options, sizes] of [[{ colorScheme: "light" }, "desktop"], [{ ...phone, colorScheme: "dark" }, "phone"]] as const) {
      const ann = await Visitor.open(t, browser, `${server.url}r/hostile`, { ...options, deviceScaleFactor: 1 });
      await ann.enter("Ann");
      await ann.page.locator(".bubble").last().waitFor();
      await ann.page.locator(".hljs-tag").first().waitFor();
      const seen = new Set<string>();
      await lookThrough(ann, async () => {
        assert.deepEqual(await strangers(ann), [], sizes);
        assert.deepEqual(await escapes(ann), [], sizes);
        assert.ok(!(await ann.sideways()), sizes);
        assert.equal(await spilled(ann), 0, `something is painted outside the bubbles (${sizes})`);
        for (const c of await ann.contents()) seen.add(c);
      });
      assert.ok([...seen].some((c) => c.includes("<script>alert(1)</script><img src=x")), "code is shown as it was written");
      for (const text of markup) assert.ok([...seen].some((c) => c.includes(text.slice(0, 20))), `it is shown as it was written: ${text}`);
    }
  });

  it("shows all of a long message when asked to, and that stays in its bubble", async (t) => {
    const mallory = await Speaker.enter(t, server, "unfolded", "Mallory");
    await mallory.say(shapes[0]!, shapes[11]!);
    const ann = await Visitor.open(t, browser, `${server.url}r/unfolded`);
    await ann.enter("Ann");
    for (let left = 2; left > 0; left--) await ann.page.getByRole("button", { name: "Show all" }).first().click();
    await until("both are open", async () => (await ann.page.getByRole("button", { name: "Show less" }).count()) === 2);
    assert.deepEqual(await escapes(ann), []);
    assert.ok(!(await ann.sideways()));
  });

  it("shows names as plain text everywhere", async (t) => {
    const nick = `<img src=x onerror=1>`;
    const ann = await Visitor.open(t, browser, `${server.url}r/names`);
    await ann.enter(`<u>&amp;"'\`Ann`);
    const mallory = await Speaker.enter(t, server, "names", nick);
    const long = await Speaker.enter(t, server, "names", "W".repeat(32));
    await mallory.say(`@<u>&amp;"'\`Ann look`);
    await long.say("hello");
    await ann.page.locator(".people").getByText(nick, { exact: true }).waitFor();
    await ann.page.locator(".presence").filter({ hasText: nick }).waitFor();
    await ann.bubble("look").locator(".mention.you").waitFor();
    await ann.bubble("look").hover();
    await ann.page.locator(".message").filter({ hasText: "look" }).getByRole("button", { name: "Reply" }).click();
    await ann.page.locator(".answering").getByText(nick).waitFor();
    await ann.draft.fill("@<");
    await ann.page.getByRole("option", { name: nick }).waitFor();
    await ann.draft.fill("answer");
    await ann.draft.press("Enter");
    await ann.page.locator(".answered").getByText(nick).waitFor();
    mallory.leave();
    await ann.page.locator(".people").getByText(nick, { exact: true }).waitFor({ state: "detached" });
    assert.deepEqual(await strangers(ann), []);
    for (const name of await ann.page.locator(".people .name").all()) {
      const box = (await name.boundingBox())!;
      assert.ok(box.x + box.width <= 1100, "a name leaves the window");
    }
    assert.ok(!(await ann.sideways()));
  });

  it("isn't created by a hostile URL", async (t) => {
    for (const code of [`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "javascript:alert(1)", "../../etc", "%00", "%zz", "a".repeat(300), "\u202eabc", "..", "{{7*7}}"]) {
      const ann = await Visitor.open(t, browser, `${server.url}r/${code === "%zz" ? code : encodeURIComponent(code)}`);
      const start = ann.page.getByRole("button", { name: "New room" });
      const answer = await ann.page.evaluate(() => document.contentType);
      if (answer === "text/html") await start.waitFor();
      assert.deepEqual(await strangers(ann), [], code);
      assert.ok(!(await ann.sideways()), code);
      await ann.context.close();
    }
  });

  it("isn't joined by a hostile code that is typed", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    for (const code of [`<script>alert(1)</script>`, "javascript:alert(1)", "https://evil.example/r/%3Cscript%3E", "//evil.example", "a/../../b"]) {
      await ann.page.getByRole("textbox", { name: "Room code" }).fill(code);
      await ann.page.getByRole("button", { name: "Join" }).click();
      await ann.page.getByRole("alert").filter({ hasText: "A room code has" }).waitFor();
      assert.equal(ann.page.url(), server.url);
    }
  });

  it("runs nothing that others have put into the browser's storage", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    await ann.page.evaluate(() => {
      localStorage.setItem("snug:rooms", JSON.stringify([{ code: "<script>alert(1)</script>", at: Date.now() }, { code: "javascript:alert(1)", at: 0 }]));
      localStorage.setItem("snug:nick", JSON.stringify("<img src=x onerror=alert(1)>"));
      localStorage.setItem("snug:settings", `{"theme":"\\"><script>","language":"system"`);
    });
    await ann.page.reload();
    await ann.page.getByText("javascript:alert(1)").waitFor();
    for (const link of await ann.page.locator(".visits a").all()) assert.match((await link.getAttribute("href"))!, /^http:\/\/127\.0\.0\.1:\d+\/r\//);
    assert.deepEqual(await strangers(ann), []);
  });
});
