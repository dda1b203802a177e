// A room in the page of another site, by <snug-room>. The site is http://localhost, the server is at http://127.0.0.1: so
// what the page in the frame stores is a third party's.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server as Listener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Browser, Frame } from "playwright-core";
import { launch, launchProfile, Visitor } from "./browser.ts";
import { firefox, openFirefox } from "./browsers/firefox.ts";
import { freePort, Server, until } from "./server.ts";
import { now, secret, sign } from "./tokens.ts";

/** The token of somebody, for so many seconds. */
const token = (sub: string, seconds = 600, key = secret): string => sign({ sub, name: sub, iat: now(), exp: now() + seconds }, key);

/** The element, as far as tests use it. */
type Element = HTMLElement & { token: unknown };

const dir = mkdtempSync(join(tmpdir(), "snug-embed-"));
let site: Listener;
let allowed: string; // the site's address, as the server allows it
let foreign: string; // the same site by another name
let server: Server;
let browser: Browser;
/** What the site's pages have in them, by path. */
const pages = new Map<string, string>();
/** The token that it has for whoever asks. */
let handed: () => string;

before(async () => {
  const port = await freePort();
  [allowed, foreign] = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  writeFileSync(join(dir, "secret"), secret, { mode: 0o600 });
  [server, browser] = await Promise.all([Server.start(`--frame-ancestors=${allowed}`), launch({ whole: true })]);
  pages.set("/", readFileSync("../examples/embed/index.html", "utf8").replaceAll("http://localhost:8080/", server.url));
  pages.set("/favicon.ico", "");
  site = createServer((request, response) => {
    const page = request.url === "/token" ? handed() : pages.get(request.url!);
    response.writeHead(page === undefined ? 404 : 200, { "Content-Type": "text/html; charset=utf-8" }).end(page);
  });
  await new Promise<void>((listens) => site.listen(port, "127.0.0.1", listens));
});
after(async () => {
  site.closeAllConnections();
  site.close();
  await browser.close();
  await server.remove();
  rmSync(dir, { recursive: true });
});

/** A page of the site with elements in it, and its path. */
function page(path: string, elements: string, of = server): string {
  pages.set(path, `<!doctype html><title>A site</title><script type="module" src="${of.url}embed.js"></script><body>${elements}`);
  return path;
}

/** Somebody whose Chromium lets third parties store something. In contexts of `browser` it doesn't, as in a private window. */
async function storing(t: TestContext, path: string, of = server): Promise<Visitor> {
  const profile = mkdtempSync(join(dir, "profile-"));
  mkdirSync(join(profile, "Default"));
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify({ profile: { cookie_controls_mode: 0 } }));
  const { context } = await launchProfile(profile);
  t.after(() => context.close());
  return Visitor.in(t, context, allowed + path, hostOf(of));
}

const hostOf = (of: Server) => `127.0.0.1:${of.port}`;

/** The page in the frame of an element, once it shows something. */
async function room(visitor: Visitor, code: string): Promise<Frame> {
  const frame = await visitor.page.locator(`snug-room[code="${code}"] iframe`).elementHandle();
  const inner = await frame!.contentFrame();
  await inner!.locator("#page > *").first().waitFor();
  return inner!;
}

const connected = (frame: Frame) => frame.locator(".status.good").waitFor({ state: "attached" });

async function enter(frame: Frame, nick: string): Promise<void> {
  await frame.getByRole("textbox", { name: "Your name" }).fill(nick);
  await frame.getByRole("button", { name: "Enter the room" }).click();
  await connected(frame);
}

async function say(frame: Frame, text: string): Promise<void> {
  const draft = frame.getByRole("textbox", { name: "Write a message" });
  await draft.fill(text);
  await draft.press("Enter");
}

const hears = (frame: Frame, text: string) => frame.locator(".bubble").filter({ hasText: text }).waitFor();

/** A custom property of the page's own style, as a colour. */
const colourIn = (frame: Frame, name: string) => frame.evaluate((name) => {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${name})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}, name);

const showsColour = (frame: Frame, name: string, colour: string) => until(`${name} is ${colour}`, async () => (await colourIn(frame, name)) === colour);

const set = (visitor: Visitor, attributes: Record<string, string>) => visitor.page.evaluate((attributes) => {
  for (const [name, value] of Object.entries(attributes)) document.querySelector("snug-room")!.setAttribute(name, value);
}, attributes);

describe("a room in another site's page", () => {
  it("is the example: as large as its container, in the site's colours, and one talks in it", async (t) => {
    const ann = await storing(t, "/");
    const bob = await Visitor.open(t, browser, `${server.url}r/tea`);
    let frame = await room(ann, "tea");
    assert.equal(await ann.page.evaluate(() => document.activeElement?.localName), "body", "the focus stays in the site's page");
    await enter(frame, "Ann");
    await bob.enter("Bob");
    await say(frame, "in a frame");
    await bob.bubble("in a frame").waitFor();
    await bob.say("in a window");
    await hears(frame, "in a window");
    await ann.page.reload();
    frame = await room(ann, "tea");
    await hears(frame, "in a window"); // she is known again
    assert.equal(await frame.getByRole("link", { name: "All rooms" }).count(), 0, "there is one room");

    await showsColour(frame, "--ground", "rgb(253, 252, 248)");
    await ann.page.getByRole("button", { name: "Dark or light" }).click();
    await showsColour(frame, "--ground", "rgb(28, 35, 33)");
    await ann.page.locator(".chat").evaluate((chat) => void chat.toggleAttribute("hidden", true));
    await ann.page.getByRole("button", { name: "Dark or light" }).click(); // while the room isn't displayed
    await ann.page.locator(".chat").evaluate((chat) => void chat.toggleAttribute("hidden", false));
    await showsColour(frame, "--ground", "rgb(253, 252, 248)");
    await ann.page.getByRole("button", { name: "Dark or light" }).click();
    await until("the rest is dark, too", () => frame.evaluate(() => document.documentElement.dataset.theme === "dark"));

    for (const width of [24, 17]) {
      await ann.page.locator(".chat").evaluate((chat, width) => { chat.style.width = `${width}rem`; }, width);
      const outer = await ann.page.locator(".chat").evaluate((chat) => [chat.clientWidth, chat.clientHeight].join());
      await until("the frame is as large", async () => (await frame.evaluate(() => [innerWidth, innerHeight].join())) === outer);
      assert.equal(await frame.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "nothing is wider");
    }

    await ann.page.locator("snug-room").evaluate((e) => e.remove());
    await until("she has left", async () => (await bob.page.locator(".people li").count()) === 1);
  });

  it("takes theme, language and nick from attributes, and changes of them", async (t) => {
    const path = page("/attributes", '<snug-room code="attributes" nick="Ann" theme="dark" language="de"></snug-room>');
    const ann = await Visitor.open(t, browser, allowed + path, { colorScheme: "light" }, hostOf(server));
    const frame = await room(ann, "attributes");
    await connected(frame);
    const html = () => frame.evaluate((): Record<string, string | undefined> => ({ lang: document.documentElement.lang, ...document.documentElement.dataset }));
    const shown = await html();
    assert.deepEqual([shown.lang, shown.theme], ["de", "dark"]);
    await set(ann, { theme: "contrast", language: "fr", nick: "Anna" });
    await until("it is in French, with high contrast", async () => (await html()).lang === "fr" && "contrast" in (await html()));
    await frame.locator(".people").getByText("Anna", { exact: true }).waitFor();
    await set(ann, { code: "another" });
    const other = await room(ann, "another");
    await connected(other);
    await set(ann, { code: "not a code" });
    await ann.page.getByRole("alert").filter({ hasText: "snug-room a besoin d" }).waitFor();
  });

  it("lets no value into its style that isn't what it should be, and hears no other window", async (t) => {
    const path = page("/hostile", '<snug-room code="hostile" nick="Ann" style="--snug-accent: rgb(0 100 0)"></snug-room>');
    const ann = await Visitor.open(t, browser, allowed + path, {}, hostOf(server));
    const frame = await room(ann, "hostile");
    await showsColour(frame, "--accent", "rgb(0, 100, 0)");
    const fontSize = () => frame.evaluate(() => getComputedStyle(document.documentElement).fontSize);
    const own = await colourIn(frame, "--ground");
    for (const accent of ["url(//evil.example/x)", "red} body { display: none", "rgb(0 0 0 / 10%)", "var(--ink)", "inherit", "image-set('x' 1x)", "expression(1)"]) {
      await ann.page.evaluate((accent) => {
        const element = document.querySelector<Element>("snug-room")!;
        const style = { "--snug-accent": accent, "--snug-font-size": "900px", "--snug-radius": "1px; color: red", "--snug-border": "darkred", "--ground": "red" };
        element.shadowRoot!.querySelector("iframe")!.contentWindow!.postMessage({ snug: "settings", style }, "*");
      }, accent);
      await showsColour(frame, "--edge", "rgb(139, 0, 0)");
      assert.notEqual(await colourIn(frame, "--accent"), "rgb(0, 100, 0)", "it was set anew, to the page's own");
      assert.equal(await fontSize(), "16px");
      assert.equal(await colourIn(frame, "--ground"), own);
      assert.ok(await frame.locator("body").isVisible());
      await ann.page.evaluate(() => document.querySelector("snug-room")!.toggleAttribute("language")); // the element says again how it is
      await showsColour(frame, "--accent", "rgb(0, 100, 0)");
    }

    // What the element says next would set everything right again.
    await frame.evaluate(() => {
      const had = ((globalThis as { had?: (string | null)[] }).had = []) as (string | null)[];
      new MutationObserver((all) => had.push(...all.map((change) => change.oldValue))).observe(document.documentElement, { attributeFilter: ["data-theme"], attributeOldValue: true });
    });
    await ann.page.evaluate(async () => {
      const element = document.querySelector<Element>("snug-room")!;
      (globalThis as { asked?: number }).asked = 0;
      element.token = () => void (globalThis as unknown as { asked: number }).asked++;
      const other = document.body.appendChild(document.createElement("iframe"));
      (other.contentWindow as unknown as { eval: (code: string) => void }).eval(`
        const room = parent.document.querySelector("snug-room").shadowRoot.querySelector("iframe").contentWindow;
        room.postMessage({ snug: "settings", theme: "dark", language: "es", style: {} }, "*");
        parent.postMessage({ snug: "token" }, "*");
      `);
      postMessage({ snug: "token" }, "*");
      await new Promise((heard) => addEventListener("message", heard, { once: true }));
    });
    await set(ann, { language: "fr" });
    await until("it hears the element", () => frame.evaluate(() => document.documentElement.lang === "fr"));
    assert.deepEqual(await frame.evaluate(() => [document.documentElement.dataset.theme, ...(globalThis as { had?: (string | null)[] }).had!].filter(Boolean)), []);
    assert.equal(await ann.page.evaluate(() => (globalThis as { asked?: number }).asked), 1, "by the setter alone");
  });

  it("says what to do where the server doesn't allow the site", async (t) => {
    const path = page("/refused", '<snug-room code="refused"></snug-room>');
    const ann = await Visitor.open(t, browser, foreign + path, {}, hostOf(server));
    await ann.page.getByRole("alert").filter({ hasText: `--frame-ancestors ${foreign}` }).waitFor();
    assert.equal(await ann.page.locator("snug-room iframe").isVisible(), false);
    for (const line of ann.wrong.splice(0)) assert.match(line, /frame-ancestors/); // the browser reports it
  });

  it("gets tokens from a function, asks for the next one in time, and keeps two rooms apart", async (t) => {
    const guarded = await Server.start(`--frame-ancestors=${allowed}`, `--auth=hmac:${join(dir, "secret")}`);
    t.after(() => guarded.remove());
    const path = page("/tokens", `
      <snug-room code="one" style="height: 20rem"></snug-room><snug-room code="two" token="${token("Bob")}" style="height: 20rem"></snug-room>
      <script>document.querySelector("snug-room").token = async () => (await fetch("/token")).text();</script>`, guarded);
    const given: string[] = [];
    handed = () => {
      given.push(given.length === 0 ? token("Ann", 600, "another key") : token("Ann", given.length === 1 ? 8 : 600));
      return given.at(-1)!;
    };
    const ann = await storing(t, path, guarded);
    const [one, two] = await Promise.all([room(ann, "one"), room(ann, "two")]);
    await Promise.all([connected(one), connected(two)]);
    await say(one, "from Ann");
    await say(two, "from Bob");
    await Promise.all([hears(one, "from Ann"), hears(two, "from Bob")]);
    assert.deepEqual([await one.locator(".bubble").count(), await two.locator(".bubble").count()], [1, 1]);
    await until("the token is renewed before its end", () => given.length === 3);
    await say(one, "still here");
    await hears(one, "still here");
    assert.equal(await one.locator(".barrier").count(), 0);

    // Another user comes after none, and a token that was asked for before them is late: nobody writes as anybody else.
    await ann.page.evaluate(() => {
      const element = document.querySelector<Element>("snug-room")!;
      element.token = undefined; // the frame is loaded again
      element.token = () => new Promise((given) => ((globalThis as unknown as { late: unknown[] }).late ??= []).push(given));
    });
    // It was asked for when it was set, and is by the page that has been loaded, which waits for the answer.
    await ann.page.waitForFunction(() => (globalThis as unknown as { late?: unknown[] }).late?.length === 2);
    await ann.page.evaluate(([dan, cid]) => {
      document.querySelector<Element>("snug-room")!.token = cid;
      for (const give of (globalThis as unknown as { late: ((token: string) => void)[] }).late) give(dan!);
    }, [token("Dan"), token("Cid")]);
    await connected(one);
    await set(ann, { language: "de" });
    await until("it hears the element", () => one.evaluate(() => document.documentElement.lang === "de"));
    await one.locator(".people").getByText("Cid", { exact: true }).waitFor();
    assert.equal(await one.locator(".people").getByText(/Ann|Dan/).count(), 0);
    for (const frame of [one, two]) {
      assert.equal(new URL(frame.url()).hash, "");
      assert.doesNotMatch(await frame.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])), /eyJ/, "no token is stored");
    }
  });

  it("works where the browser stores nothing for third parties, and says so", async (t) => {
    const path = page("/blocked", '<snug-room code="blocked" language="en"></snug-room>');
    const ann = await Visitor.open(t, browser, allowed + path, {}, hostOf(server));
    const frame = await room(ann, "blocked");
    assert.equal(await frame.evaluate(() => { try { return typeof localStorage; } catch { return "blocked"; } }), "blocked");
    await frame.getByText("This browser stores nothing for the chat here.").waitFor();
    await enter(frame, "Ann");
    await say(frame, "all the same");
    await hears(frame, "all the same");
    await until("it is confirmed", async () => (await frame.locator(".pending").count()) === 0);
  });

  it("works in Firefox, also without third parties' storage", { skip: firefox.missing }, async (t) => {
    const window = await openFirefox({ "network.cookie.cookieBehavior": 1 });
    t.after(() => window.close());
    await window.goto(allowed + page("/firefox", '<snug-room code="firefox" nick="Ann" style="height: 30rem; --snug-background: light-dark(ivory, #102030)"></snug-room>'));
    const shown = async () => {
      const [frame] = await window.frames();
      return frame?.call(() => ({
        connected: !!document.querySelector(".status.good"),
        ground: getComputedStyle(document.documentElement).backgroundColor,
        messages: [...document.querySelectorAll<HTMLElement>(".message .content")].map((e) => e.innerText.trim()),
        stores: (() => { try { return typeof localStorage; } catch { return "nothing"; } })(),
      }), null).catch(() => undefined); // the frame is about to load
    };
    await until("the room is open", async () => (await shown())?.connected === true);
    const first = await shown();
    assert.deepEqual([first?.ground, first?.stores], ["rgb(255, 255, 240)", "nothing"]);
    const [frame] = await window.frames();
    const field = await frame!.call(() => {
      const box = document.querySelector(".composer textarea")!.getBoundingClientRect();
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }, null);
    await frame!.click(field.x, field.y);
    await frame!.type("from Firefox\n");
    await until("it is said", async () => (await shown())?.messages.includes("from Firefox") === true);
    await window.call(() => { document.querySelector<HTMLElement>("snug-room")!.style.colorScheme = "dark"; }, null);
    await until("it is dark", async () => (await shown())?.ground === "rgb(16, 32, 48)");

    // goto would fail with the frame.
    await window.call((url) => { setTimeout(() => location.assign(url)); }, foreign + page("/refused", '<snug-room code="refused"></snug-room>'));
    const explained = () => window.call(() => location.pathname === "/refused" && document.querySelector("snug-room")!.shadowRoot!.textContent!.includes("--frame-ancestors"), null);
    await until("the refusal is explained", () => explained().catch(() => false));
  });
});
