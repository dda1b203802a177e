// Takes the README's pictures of the page: make screenshots.
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { launch } from "./browser.ts";
import { Server } from "./server.ts";

const into = process.argv[2] ?? ".";
const server = await Server.start("--limits=off");
const browser = await launch();
const phone = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

async function enter(nick: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1120, height: 720 }, locale: "en-GB", ...options });
  const page = await context.newPage();
  await page.goto(`${server.url}r/k7mq-2x9d-fw3h`);
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
} finally {
  await browser.close();
  await server.remove();
}
