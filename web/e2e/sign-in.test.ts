// Sign-in at a real OpenID Provider (test/provider).
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { freePort, Server } from "./server.ts";
import { secret } from "./tokens.ts";

const dir = mkdtempSync(join(tmpdir(), "snug-provider-"));
let provider: ChildProcess | undefined;
let issuer: string | undefined; // undefined if the provider can't be built
let server: Server;
let browser: Browser;
before(async () => {
  const program = join(dir, "provider");
  const build = spawnSync("go", ["build", "-C", "../test/provider", "-o", program, "."], { encoding: "utf8" });
  if (build.status !== 0) return console.log(`NOT TESTED: sign-in in a browser: the provider can't be built: ${build.stderr}`);
  const port = await freePort();
  provider = spawn(program, [secret, `http://127.0.0.1:${port}/sign-in/callback`], { stdio: ["pipe", "pipe", "inherit"] });
  issuer = await new Promise<string>((listens) => provider!.stdout!.once("data", (line) => listens(String(line).trim())));
  writeFileSync(join(dir, "secret"), secret, { mode: 0o600 });
  [server, browser] = await Promise.all([
    Server.startAt(port, `--auth=oidc:${issuer}`, "--oidc-client-id=snug", `--oidc-secret-file=${join(dir, "secret")}`, `--public-url=http://127.0.0.1:${port}/`, "--oidc-groups=staff=*:moderator"),
    launch(),
  ]);
});
after(async () => {
  await browser?.close();
  await server?.remove();
  provider?.stdin!.end();
  rmSync(dir, { recursive: true });
});

/** Opens a room's page. */
const open = (t: TestContext): Promise<Visitor> => Visitor.open(t, browser, `${server.url}r/team`, {}, new URL(issuer!).host);

async function signIn(visitor: Visitor, name: string): Promise<void> {
  const { page } = visitor;
  await page.getByRole("heading", { name: "Sign in first" }).waitFor();
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Username:").fill(name);
  await page.getByLabel("Password:").fill("verysecure");
  await page.getByRole("button", { name: "Login" }).click();
}

describe("a server whose users sign in", () => {
  it("brings a user back to the room under the provider's name, and lets them go", async (t) => {
    if (!issuer) return t.skip("NOT TESTED");
    const ann = await open(t);
    await signIn(ann, "ann");
    await ann.connected();
    assert.equal(ann.page.url(), `${server.url}r/team`);
    await ann.say("hello");
    await ann.page.locator(".people").getByText("Ann Archer", { exact: true }).waitFor();
    await ann.page.reload();
    await ann.connected();
    await ann.bubble("hello").waitFor();
    const stored = await ann.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.doesNotMatch(stored, /eyJ|session/, "no token is stored, and no script reads the session");
    await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
    await ann.page.getByRole("button", { name: "Sign out of this browser…" }).click();
    await ann.page.getByRole("button", { name: "Sign out", exact: true }).click();
    await ann.page.getByRole("link", { name: "Sign in" }).waitFor();
    assert.deepEqual(await ann.context.cookies(server.url), []);
    await ann.page.goto(`${server.url}r/team`);
    await ann.page.getByRole("heading", { name: "Sign in first" }).waitFor();
  });

  it("says why somebody can't come in", async (t) => {
    if (!issuer) return t.skip("NOT TESTED");
    const bob = await open(t);
    await signIn(bob, "bob");
    await bob.page.getByRole("alert").filter({ hasText: "Your account opens no room here." }).waitFor();
    assert.equal(bob.page.url(), `${server.url}r/team`, "the reason is not in the address any more");
  });
});
