import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { Network } from "./network.ts";
import { Server, until } from "./server.ts";

let server: Server;
let browser: Browser;
before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});
after(async () => {
  await browser.close();
  await server.remove();
});

/** Waits until both show the same messages and none is pending, and returns them. */
async function agreed(a: Visitor, b: Visitor, count: number): Promise<string[]> {
  let both: string[][] = [];
  await until(`${count} messages are with both`, async () => {
    both = await Promise.all([a.contents(), b.contents()]);
    return both.every((all) => all.length >= count);
  });
  await Promise.all([a.settled(), b.settled()]);
  both = await Promise.all([a.contents(), b.contents()]);
  assert.deepEqual(both[0], both[1]);
  return both[0]!;
}

const numbered = (who: string, from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${who} ${from + i}`);

describe("an outage", () => {
  it("by kill -9 loses, doubles and reorders no message", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/killed`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${server.url}r/killed`);
    await bob.enter("Bob");
    const talk = async (from: number, to: number) => {
      await Promise.all([[ann, "ann"] as const, [bob, "bob"] as const].map(async ([visitor, who]) => {
        for (const text of numbered(who, from, to)) await visitor.say(text);
      }));
    };
    await talk(0, 4);
    await Promise.all([talk(4, 8), server.kill()]);
    await talk(8, 11);
    await ann.page.locator(".notice").waitFor();
    await ann.page.locator(".pending").first().waitFor();
    await Promise.all([talk(11, 13), server.start()]);
    await Promise.all([ann.back(), bob.back()]);
    await talk(13, 14);
    const all = await agreed(ann, bob, 28);
    for (const who of ["ann", "bob"]) assert.deepEqual(all.filter((m) => m.startsWith(who)), numbered(who, 0, 14));
  });

  it("keeps unsent messages when the page is closed and opened again", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/closed`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${server.url}r/closed`);
    await bob.enter("Bob");
    await ann.say("before");
    await bob.bubble("before").waitFor();
    await server.kill();
    await ann.page.locator(".notice").waitFor();
    await ann.say("in between");
    await ann.page.locator(".pending").waitFor();
    await ann.page.close();
    await server.start();
    await bob.back();
    ann.page = await ann.tab(`${server.url}r/closed`);
    assert.deepEqual(await agreed(ann, bob, 2), ["before", "in between"]);
  });

  it("of the network is shown, and messages of the meantime arrive on both sides", async (t) => {
    const network = await Network.to(t, server);
    const ann = await Visitor.open(t, browser, `${network.url}r/cut`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${server.url}r/cut`);
    await bob.enter("Bob");
    await ann.say("one");
    await bob.bubble("one").waitFor();

    for (const [first, second] of [["two", "three"], ["four", "five"]] as const) {
      network.cut();
      await ann.page.locator(".status.waiting").waitFor();
      await ann.page.locator(".notice").waitFor();
      await bob.say(first);
      await bob.settled();
      await ann.say(second);
      await ann.page.locator(".pending").waitFor();
      network.mend();
      await ann.back();
      await bob.bubble(second).waitFor();
    }
    assert.deepEqual(await agreed(ann, bob, 5), ["one", "two", "three", "four", "five"]);
    await ann.page.locator(".notice").waitFor({ state: "detached" });
    assert.equal(await ann.page.locator(".people li").count(), 2);
  });

  it("of the person's own network is shown as such, and ends by itself", async (t) => {
    const network = await Network.to(t, server);
    const ann = await Visitor.open(t, browser, `${network.url}r/offline`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${server.url}r/offline`);
    await bob.enter("Bob");
    network.cut();
    await ann.context.setOffline(true);
    await ann.page.locator(".notice").filter({ hasText: "You are offline" }).waitFor();
    await ann.say("from below ground");
    await bob.say("are you there?");
    await bob.settled();
    network.mend();
    await ann.context.setOffline(false);
    await ann.connected();
    assert.deepEqual(await agreed(ann, bob, 2), ["are you there?", "from below ground"]);
  });

  it("without a sign, as of a machine that sleeps, is noticed when the network changes", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/silent`);
    await ann.enter("Ann");
    server.pause();
    try {
      await ann.context.setOffline(true);
      await ann.page.locator(".status.waiting").waitFor();
      await ann.context.setOffline(false);
      await ann.say("later");
    } finally {
      server.resume();
    }
    await ann.back();
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["later"]);
  });

  it("while the page loads leaves nothing out for long", async (t) => {
    const context = await browser.newContext({ locale: "de" });
    let broken = true;
    const refused = new Set<string>();
    await context.route(/\/assets\/(?:later|de)-/, (route) => {
      if (!broken) return route.fallback();
      refused.add(/(later|de)-[^/]*$/.exec(route.request().url())![1]!);
      return route.abort();
    });
    const ann = await Visitor.in(t, context, `${server.url}r/half-loaded`);
    await until("both can't be loaded", () => refused.size === 2);
    broken = false;
    await ann.page.getByRole("button", { name: "Raum betreten" }).waitFor();
  });
});
