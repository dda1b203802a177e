// The page where WebSockets don't get through.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { launch, Visitor } from "./browser.ts";
import { Network, type Obstacle } from "./network.ts";
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

/** Ann, behind an obstacle, and Bob, who has none. */
async function pair(t: TestContext, room: string, obstacle: Obstacle): Promise<[Network, Visitor, Visitor]> {
  const network = await Network.to(t, server);
  network.obstacle = obstacle;
  const ann = await Visitor.open(t, browser, network.url);
  await ann.context.addInitScript(recordNotices);
  await ann.page.goto(`${network.url}r/${room}`);
  await ann.enter("Ann");
  const bob = await Visitor.open(t, browser, `${server.url}r/${room}`);
  await bob.enter("Bob");
  return [network, ann, bob];
}

/** In the page: records the notices that are shown. */
function recordNotices(): void {
  const shown: string[] = ((window as unknown as { notices: string[] }).notices = []);
  new MutationObserver(() => {
    for (const notice of document.querySelectorAll<HTMLElement>(".notice")) shown.push(notice.innerText);
  }).observe(document, { childList: true, subtree: true });
}
const notices = (v: Visitor) => v.page.evaluate(() => (window as unknown as { notices: string[] }).notices);

const numbered = (who: string, from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${who} ${from + i}`);

/** A window in which many messages are in the document. */
const tall = { viewport: { width: 1100, height: 4000 } };

/** Waits until both show all messages, and returns them. */
async function agreed(a: Visitor, b: Visitor, count: number): Promise<string[]> {
  await until(`${count} messages are with both`, async () => (await a.contents()).length >= count && (await b.contents()).length >= count);
  await Promise.all([a.settled(), b.settled()]);
  const [one, other] = await Promise.all([a.contents(), b.contents()]);
  assert.deepEqual(one, other);
  return one;
}

describe("the page behind a proxy", () => {
  for (const obstacle of [403, "stripped", "swallowed"] satisfies Obstacle[]) {
    const how = obstacle === "swallowed" ? "swallows the frames of WebSockets" : obstacle === 403 ? "refuses WebSockets" : "strips Upgrade";
    it(`that ${how} talks, sees who is there and types, and loses nothing when the server is killed`, async (t) => {
      const [network, ann, bob] = await pair(t, `proxy-${obstacle}`, obstacle);
      await ann.say("ann 0");
      await bob.bubble("ann 0").waitFor();
      await bob.say("bob 0");
      await ann.bubble("bob 0").waitFor();
      for (const visitor of [ann, bob]) await until("both are there", async () => (await visitor.page.locator(".people li").count()) === 2);
      for (const [typist, nick, other] of [[ann, "Ann", bob], [bob, "Bob", ann]] as const) {
        const line = other.page.locator(".typing").filter({ hasText: new RegExp(`${nick}\\S* is typing`) });
        await until(`${nick} is seen typing`, async () => {
          await typist.draft.pressSequentially("m");
          return line.isVisible();
        });
        await typist.draft.fill("");
      }
      assert.deepEqual(await notices(ann), [], "nothing is wrong, and nothing is said");
      mkdirSync(".out/shots", { recursive: true });
      await ann.page.screenshot({ path: `.out/shots/proxy-${obstacle}.png` });

      const tried = network.handshakes;
      const talk = (from: number, to: number) => Promise.all([[ann, "ann"] as const, [bob, "bob"] as const].map(async ([visitor, who]) => {
        for (const text of numbered(who, from, to)) await visitor.say(text);
      }));
      await Promise.all([talk(1, 5), server.kill()]);
      await talk(5, 7);
      await ann.draft.pressSequentially("half a sent");
      await server.start();
      await Promise.all([ann.back(), bob.back()]);
      assert.equal(await ann.draft.inputValue(), "half a sent");
      await ann.draft.press("End");
      await ann.draft.pressSequentially("ence");
      await ann.draft.press("Enter");
      const all = await agreed(ann, bob, 15);
      assert.deepEqual(all.filter((m) => m.startsWith("ann")), numbered("ann", 0, 7));
      assert.deepEqual(all.filter((m) => m.startsWith("bob")), numbered("bob", 0, 7));
      assert.equal(all.filter((m) => m === "half a sentence").length, 1);

      await ann.page.reload();
      await ann.connected();
      await until("her messages are hers", async () => (await ann.page.locator(".message.own").count()) === 8);
      assert.deepEqual(await notices(ann), []);
      assert.equal(network.handshakes, tried, "what worked is used again, also after a reload");
    });
  }

  it("that lets WebSockets through later moves to one, which nobody notices", async (t) => {
    const network = await Network.to(t, server);
    network.obstacle = "stripped";
    const ann = await Visitor.open(t, browser, network.url, tall);
    await ann.context.addInitScript(recordNotices);
    await ann.page.clock.install();
    await ann.page.goto(`${network.url}r/proxy-later`);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, `${server.url}r/proxy-later`, tall);
    await bob.enter("Bob");
    network.obstacle = undefined;
    const tried = network.handshakes;
    const said: string[] = [];
    // Small steps: a stream in which nothing arrives for long has stalled.
    for (let i = 0; i < 20 && network.handshakes === tried; i++) {
      await ann.page.clock.fastForward(10_000);
      for (const [speaker, listener] of [[ann, bob], [bob, ann]] as const) {
        said.push(`line ${said.length}.`);
        await speaker.say(said.at(-1)!);
        await listener.bubble(said.at(-1)!).waitFor();
      }
    }
    assert.equal(network.handshakes, tried + 1);
    await ann.say("over and out");
    assert.deepEqual(await agreed(ann, bob, said.length + 1), [...said, "over and out"]);
    assert.deepEqual(await notices(ann), []);
    await ann.page.reload();
    await ann.connected();
    assert.equal(network.handshakes, tried + 2, "it begins with a WebSocket again");
  });
});
