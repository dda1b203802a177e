// Takes the README's pictures of the page, and a film strip to look at: every screen in each look,
// on a desktop and on a phone, with a contact sheet for each look, strip-LOOK.png: make screenshots.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { launch } from "./browser.ts";
import { Server } from "./server.ts";

const [into = ".", stripInto = "."] = process.argv.slice(2);
const code = "k7mq-2x9d-fw3h";
const server = await Server.start("--limits=off");
const browser = await launch({ whole: true });
const desktop = { width: 1120, height: 720 };
const phone = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

async function enter(nick: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ viewport: desktop, locale: "en-GB", ...options });
  const page = await context.newPage();
  await page.goto(`${server.url}r/${code}`);
  await page.getByRole("textbox", { name: "Your name" }).fill(nick);
  await page.getByRole("button", { name: "Enter the room" }).click();
  await page.locator(".status.good").waitFor();
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.locator("#draft").fill(text);
  await page.locator(".send").click();
  await page.locator(".bubble").last().waitFor();
  await page.waitForFunction(() => !document.querySelector(".pending"));
}

async function reply(page: Page, to: string, text: string): Promise<void> {
  const message = page.locator(".message").filter({ hasText: to });
  await message.hover();
  await message.getByRole("button", { name: "Reply" }).click();
  await say(page, text);
}

async function topic(page: Page, text: string): Promise<void> {
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("button", { name: "Room settings…" }).click();
  await page.getByRole("textbox", { name: "Topic" }).fill(text);
  await page.locator("form").filter({ hasText: "Topic" }).getByRole("button").click();
  await page.locator(".topic").getByText(text).waitFor();
  await page.keyboard.press("Escape");
}

async function react(page: Page, to: string, emoji: string): Promise<void> {
  const message = page.locator(".message").filter({ hasText: to });
  await message.hover();
  await message.getByRole("button", { name: "What to do with this message" }).click();
  await page.getByRole("menuitemcheckbox", { name: emoji }).click();
  await message.locator(".reactions").getByText(emoji).waitFor();
}

/** How the page can look, and who uses it so on a desktop and on a phone. */
const looks: readonly { look: string; nicks: readonly [string, string]; options: BrowserContextOptions }[] = [
  { look: "light", nicks: ["Mia", "Leo"], options: { colorScheme: "light" } },
  { look: "dark", nicks: ["Cid", "Dora"], options: { colorScheme: "dark" } },
  { look: "contrast", nicks: ["Eve", "Finn"], options: { colorScheme: "light", contrast: "more" } },
  { look: "japanese", nicks: ["美咲", "蓮"], options: { colorScheme: "light", locale: "ja-JP" } },
  { look: "arabic", nicks: ["سامي", "هدى"], options: { colorScheme: "light", locale: "ar-EG" } },
];

/** Takes the screens of one person, in whatever language they have. It returns their page, in the room, and what takes a further picture of it. */
async function takeScreens(name: string, nick: string, options: BrowserContextOptions) {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const shots: string[] = [];
  const shoot = async (screen: string) => {
    const file = `${name}-${screen}.png`;
    await page.screenshot({ path: join(stripInto, file) });
    shots.push(file);
  };
  const panel = async (screen: string, opener: string, shown: string) => {
    await page.locator(opener).click();
    await page.locator(shown).first().waitFor();
    await shoot(screen);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  };

  await page.goto(server.url);
  await page.locator(".sample").waitFor();
  await shoot("start");
  await page.goto(`${server.url}r/${code}`);
  await page.locator("form.card .here").waitFor();
  await shoot("nick");
  await page.goto(`${server.url}r/${name}`);
  await page.locator("#nick").fill(nick);
  await page.keyboard.press("Enter");
  await page.locator(".empty ul").waitFor();
  await shoot("empty");
  await page.goto(`${server.url}r/${code}`);
  await page.locator(".bubble").last().waitFor();
  await page.locator(".rooms-button").waitFor({ state: "attached" });
  await page.locator(".composer .icon-smile").waitFor();
  await shoot("room");
  await panel("settings", ".top-bar .icon-settings", ".panel.settings");
  await panel("share", ".top-bar .icon-share", ".panel.share .code");
  await panel("picker", ".composer .icon-smile", "[role=toolbar] button:nth-of-type(9)");
  await page.locator(".top-bar .icon-search").click();
  await page.locator(".panel.search input").fill("changelog");
  await page.keyboard.press("Enter");
  await page.locator("mark").first().waitFor();
  await shoot("search");
  await page.keyboard.press("Escape");
  await page.locator(".message").filter({ hasText: "it is made by" }).focus();
  await page.keyboard.press("m");
  await page.getByRole("menu").waitFor();
  await shoot("menu");
  await page.keyboard.press("Escape");
  if (await page.locator(".rooms-button button").isVisible()) await panel("rooms", ".rooms-button button", ".rooms-panel li");
  return { page, shots, shoot };
}

/** Takes each look. Ann owns the room, and removes everyone from it at the end: then nobody new can come from their address for a while. */
async function takeStrip(ann: Page): Promise<void> {
  const visitors: (Awaited<ReturnType<typeof takeScreens>> & { look: string; nick: string })[] = [];
  for (const { look, nicks, options } of looks) {
    for (const [i, nick] of nicks.entries()) {
      const screen = i === 0 ? { viewport: { width: 1280, height: 800 } } : { ...phone, deviceScaleFactor: 1 };
      visitors.push({ look, nick, ...(await takeScreens(`${look}-${i === 0 ? "desktop" : "phone"}`, nick, { ...options, ...screen })) });
    }
  }
  for (const { page, shoot, nick } of visitors) {
    await say(ann, `/kick ${nick}`);
    await page.locator(".barrier").waitFor();
    await shoot("removed");
    await page.goto(server.url);
    await page.locator(".visits").waitFor();
    await shoot("rooms-at-start");
  }
  for (const { look } of looks)
    await takeContactSheet(`strip-${look}.png`, visitors.filter((v) => v.look === look).flatMap((v) => v.shots));
}

/** Puts pictures on one. */
async function takeContactSheet(name: string, shots: readonly string[]): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 2000, height: 600 } });
  const figure = (file: string) =>
    `<figure><img src="data:image/png;base64,${readFileSync(join(stripInto, file)).toString("base64")}"><figcaption>${file}</figcaption></figure>`;
  await page.setContent(`<style>
    body { display: flex; flex-wrap: wrap; gap: 16px; margin: 16px; background: #777; font: 14px sans-serif }
    figure { margin: 0 } img { display: block; height: 380px } figcaption { padding: 4px; color: #fff }
  </style>${shots.map(figure).join("")}`);
  await page.screenshot({ path: join(stripInto, name), fullPage: true });
  await page.close();
}

try {
  const ann = await enter("Ann", { colorScheme: "light" });
  await topic(ann, "Release day");
  const bob = await enter("Bob", { colorScheme: "dark" });
  const layla = await enter("ليلى", { colorScheme: "light", ...phone });

  await say(ann, "Morning! Is the **release** still on for today?");
  await say(bob, "Yes, all green since last night 🎉");
  await say(bob, "What is left:\n- the changelog\n- a walk in the *sun*");
  await say(layla, "صباح الخير! سأتولى لقطات الشاشة");
  await reply(ann, "What is left", "I'll take the changelog. The last one is at https://example.org/releases");
  await say(bob, "@Ann it is made by\n```sh\ngit log --oneline v1.4..\n```");
  await react(bob, "I'll take the changelog", "❤️");
  await react(ann, "all green", "🎉");
  await bob.locator("#draft").pressSequentially("And then, ", { delay: 150 });
  await ann.mouse.move(5, 400);
  await ann.locator(".typing .dots").waitFor();

  await ann.screenshot({ path: join(into, "page-light.png") });
  await bob.locator("#draft").fill("");
  await bob.mouse.move(5, 400);
  await bob.screenshot({ path: join(into, "page-dark.png") });
  await layla.screenshot({ path: join(into, "page-phone.png") });
  await takeStrip(ann);
} finally {
  await browser.close();
  await server.remove();
}
