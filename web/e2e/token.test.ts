import assert from "node:assert/strict";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { Network } from "./network.ts";
import { Server, until } from "./server.ts";
import { now, secret, sign } from "./tokens.ts";

const dir = mkdtempSync(join(tmpdir(), "snug-secret-"));
let server: Server;
let browser: Browser;
before(async () => {
  writeFileSync(join(dir, "secret"), secret, { mode: 0o600 });
  [server, browser] = await Promise.all([Server.start(`--auth=hmac:${join(dir, "secret")}`), launch()]);
});
after(async () => {
  await browser.close();
  await server.remove();
  rmSync(dir, { recursive: true });
});

/** How long after its end the server still accepts a token, in s. */
const leeway = 10;

/** A token that is valid for so many seconds. */
const token = (claims: object, seconds = 60): string => sign({ exp: now() + seconds - leeway, ...claims });

/** Enters by a token that is over soon: after a few seconds, or more where this machine needs more to enter. */
async function entersBriefly(t: TestContext, room: string, claims: object): Promise<Visitor> {
  let seconds = 4;
  const address = () => `${room}#token=${token(claims, seconds)}`;
  const visitor = await Visitor.open(t, browser, address());
  await until("there is time to enter", async () => {
    if (await visitor.page.locator(".status.good").waitFor({ timeout: 1000 * seconds }).then(() => true, () => false)) return true;
    seconds *= 2;
    await visitor.page.goto(address());
    return false;
  });
  return visitor;
}

describe("a server that asks for tokens", () => {
  it("admits the holder of one, under the name in it", async (t) => {
    const room = `${server.url}r/team`;
    const ann = await Visitor.open(t, browser, `${room}#token=${token({ sub: "1", name: "Änn" })}`);
    await ann.connected();
    assert.equal(ann.page.url(), room, "nobody sees the token, nor shares it");
    await ann.say("hello");
    const bob = await Visitor.open(t, browser, `${room}#token=${token({ sub: "2" })}`);
    await bob.enter("Bob");
    await bob.bubble("hello").waitFor();
    await bob.page.locator(".people").getByText("Änn", { exact: true }).waitFor();
    assert.equal(await ann.page.getByRole("button", { name: "Change your name" }).count(), 0, "the name is the token's");
    assert.equal(await bob.page.getByRole("button", { name: "Change your name" }).count(), 1);
    await ann.page.reload();
    await ann.connected();
  });

  it("tells others where to sign in", async (t) => {
    const room = `${server.url}r/team`;
    const eve = await Visitor.open(t, browser, room);
    await eve.page.getByRole("textbox", { name: "Your name" }).fill("Eve");
    await eve.page.getByRole("button", { name: "Enter the room" }).click();
    await eve.page.getByRole("heading", { name: "Sign in first" }).waitFor();
    await eve.page.goto(`${room}#token=${token({ sub: "3", name: "Eve" })}`);
    await eve.connected();
  });

  for (const obstacle of [undefined, "stripped"] as const)
    it(`keeps a client that shows a fresh token, and readmits one that shows it late, over ${obstacle ? "HTTP" : "a WebSocket"}`, async (t) => {
      const network = await Network.to(t, server);
      network.obstacle = obstacle;
      const room = `${network.url}r/renewed-${obstacle}`;
      const ann = await entersBriefly(t, room, { sub: "1", name: "Ann" });
      const bob = await entersBriefly(t, room, { sub: "2", name: "Bob" });
      await ann.page.goto(`${room}#token=${token({ sub: "1", name: "Ann" })}`);
      await bob.page.getByRole("alert").filter({ hasText: "Open the room from there again" }).waitFor();
      await ann.say("are you there?");
      await ann.settled();
      assert.ok(await ann.page.locator(".status.good").isVisible());
      assert.equal(await ann.page.locator(".notice").count(), 0);
      await bob.page.goto(`${room}#token=${token({ sub: "2", name: "Bob" })}`);
      await bob.bubble("are you there?").waitFor();
      await bob.say("again");
      await until("she hears it", async () => (await ann.contents()).includes("again"));
    });
});
