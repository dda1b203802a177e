// Two people in a room and what they press, for tests of what is done to messages and members.
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";

/** Ann, who owns the room, and Bob, who joined after her. */
export async function pair(t: TestContext, room: string, options: BrowserContextOptions = {}): Promise<[Visitor, Visitor]> {
  const url = `${server.url}r/${room}`;
  const ann = await Visitor.open(t, browser, url, options);
  await ann.enter("Ann");
  const bob = await Visitor.open(t, browser, url, options);
  await bob.enter("Bob");
  return [ann, bob];
}

export const message = (v: Visitor, text: string) => v.page.locator(".message").filter({ hasText: text });
export const note = (v: Visitor, text: string | RegExp) => v.page.locator(".presence").filter({ hasText: text }).waitFor();
export const item = (v: Visitor, name: string | RegExp) => v.page.getByRole("menuitem", { name, exact: true });
export const press = (v: Visitor, name: string | RegExp) => v.page.getByRole("button", { name, exact: true }).click();

export async function memberMenu(v: Visitor, nick: string): Promise<void> {
  await v.page.locator(".aside").getByRole("button", { name: `What to do with \u2068${nick}\u2069` }).click();
  await v.page.getByRole("menu").waitFor();
}

/** Opens the room's settings. */
export async function settings(v: Visitor): Promise<void> {
  await press(v, "Settings");
  await press(v, "Room settings…");
  await v.page.getByRole("dialog", { name: "Room settings" }).waitFor();
}

/** Carries out a command of the person's over HTTP: also what the page doesn't offer. It resolves to the event's seq. */
export async function command(of: Visitor, room: string, fields: object): Promise<number> {
  const answer = await fetch(`${server.url}r/${room}/commands`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Snug-Seat": (await of.place(room)).seat },
    body: JSON.stringify({ id: crypto.randomUUID(), ...fields }),
  });
  assert.ok(answer.ok, await answer.clone().text());
  return ((await answer.json()) as { seq: number }).seq;
}
