// Takes the README's pictures of the page, and a film strip of its screens with a contact sheet,
// strip.png, to look at: make screenshots.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { launch } from "./browser.ts";
import { Server } from "./server.ts";

const [into = ".", stripInto = "."] = process.argv.slice(2);
const code = "k7mq-2x9d-fw3h";
const server = await Server.start("--limits=off");
const browser = await launch();
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

const shots: string[] = [];

async function shoot(page: Page, name: string): Promise<void> {
  const file = `${name}.png`;
  await page.screenshot({ path: join(stripInto, file), animations: "disabled" });
  shots.push(file);
}

async function start(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ viewport: desktop, locale: "en-GB", ...options });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator(".card").waitFor();
  return page;
}

const otherRooms = [
  { room: "garden", name: "Garden", from: "Cid", text: "The first tomatoes are red" },
  { room: "books", name: "Book club", from: "Dora", text: "Chapter nine on Thursday?" },
  { room: "climbing", name: "Climbing", from: "Eve", text: "Are you coming tonight?" },
];

/** Has somebody visit other rooms, where something is new afterwards, and come back. */
async function visitOtherRooms(page: Page): Promise<void> {
  for (const { room, name } of otherRooms) {
    await page.goto(`${server.url}r/${room}`);
    await say(page, "Hello!");
    await say(page, `/name ${name}`);
    await page.locator("h1").getByText(name, { exact: true }).waitFor();
  }
  await page.goto(`${server.url}r/${code}`);
  await page.locator(".status.good").waitFor();
  for (const { room, from, text } of otherRooms)
    await fetch(`${server.url}r/${room}`, { method: "POST", headers: { "Snug-Nick": from }, body: text });
  for (const { text } of otherRooms) await page.locator(".rooms .said").filter({ hasText: text }).waitFor();
}

/** Chooses the language of the page. */
async function speak(page: Page, language: "ar" | "en"): Promise<void> {
  await page.locator("header").getByRole("button", { name: language === "ar" ? "Settings" : "الإعدادات", exact: true }).click();
  await page.getByRole("combobox", { name: /^(Language|اللغة)$/ }).selectOption(language);
  await page.locator(`html[lang=${language}]`).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** Ends with Bob outside: Ann removes him. */
async function takeStrip(ann: Page, bob: Page, layla: Page): Promise<void> {
  await shoot(await start({ colorScheme: "light" }), "start");
  await shoot(await start({ colorScheme: "dark", ...phone }), "start-phone-dark");
  await shoot(ann, "room");
  await shoot(bob, "room-dark");
  await shoot(layla, "room-phone");

  await visitOtherRooms(ann);
  await shoot(ann, "rooms");
  await ann.setViewportSize({ width: 390, height: 780 });
  await ann.getByRole("button", { name: /^Rooms/ }).click();
  await ann.getByRole("dialog").waitFor();
  await shoot(ann, "rooms-phone");
  await ann.keyboard.press("Escape");
  await ann.setViewportSize(desktop);

  await ann.getByRole("button", { name: "Emoji", exact: true }).click();
  await ann.getByRole("toolbar").getByRole("button").nth(8).waitFor();
  await shoot(ann, "picker");
  await ann.keyboard.press("Escape");

  for (const [page, name] of [[layla, "room-phone-arabic"], [ann, "room-arabic"]] as const) {
    await speak(page, "ar");
    await shoot(page, name);
    await speak(page, "en");
  }

  await ann.getByRole("button", { name: "Settings", exact: true }).click();
  await ann.getByRole("dialog").waitFor();
  await shoot(ann, "settings");
  await ann.keyboard.press("Escape");

  await ann.getByRole("button", { name: "Search messages" }).click();
  await ann.getByRole("textbox", { name: "Search for" }).fill("changelog");
  await ann.getByRole("textbox", { name: "Search for" }).press("Enter");
  await ann.locator("mark").first().waitFor();
  await shoot(ann, "search");
  await ann.keyboard.press("Escape");

  const message = ann.locator(".message").filter({ hasText: "it is made by" });
  await message.hover();
  await message.getByRole("button", { name: "What to do with this message" }).click();
  await ann.getByRole("menu").waitFor();
  await shoot(ann, "menu");
  await ann.getByRole("menuitem", { name: "Remove" }).click();
  await ann.getByRole("button", { name: "Remove", exact: true }).click();
  await bob.getByRole("button", { name: "Come back" }).waitFor();
  await shoot(bob, "kicked-dark");

  await bob.goto(server.url);
  await bob.locator(".visits").waitFor();
  await shoot(bob, "start-with-rooms-dark");
}

/** Puts all pictures of the strip on one. */
async function takeContactSheet(): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1800, height: 600 } });
  const figure = (file: string) =>
    `<figure><img src="data:image/png;base64,${readFileSync(join(stripInto, file)).toString("base64")}"><figcaption>${file}</figcaption></figure>`;
  await page.setContent(`<style>
    body { display: flex; flex-wrap: wrap; gap: 16px; margin: 16px; background: #777; font: 14px sans-serif }
    figure { margin: 0 } img { display: block; height: 380px } figcaption { padding: 4px; color: #fff }
  </style>${shots.map(figure).join("")}`);
  await page.screenshot({ path: join(stripInto, "strip.png"), fullPage: true });
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
  await takeStrip(ann, bob, layla);
  await takeContactSheet();
} finally {
  await browser.close();
  await server.remove();
}
