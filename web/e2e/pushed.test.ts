// The whole way of a push: Firefox subscribes with a push service of our own, the page
// registers it, the server encrypts and sends, Firefox decrypts, and the worker notifies.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { firefox, openFirefox } from "./browsers/firefox.ts";
import { FirefoxPush } from "./browsers/firefox-push.ts";
import type { Window } from "./browsers/window.ts";
import { Server, until } from "./server.ts";
import { Speaker } from "./speaker.ts";

/** The notifications that are shown now: titles and texts. */
const shown = (window: Window): Promise<[string, string][]> =>
  window.call(async () => {
    const registration = await navigator.serviceWorker.ready;
    const plain = (text: string) => text.replace(/[\u2068\u2069]/g, "");
    return (await registration.getNotifications()).map((n): [string, string] => [plain(n.title), plain(n.body)]);
  }, null);

/** Clicks an element when it is there. */
const click = (window: Window, selector: string): Promise<void> =>
  until(`${selector} is there`, () =>
    window.call((selector) => {
      const element = document.querySelector<HTMLElement>(selector);
      element?.click();
      return element !== null;
    }, selector),
  );

describe("a message to a member who is away", { skip: firefox.missing }, () => {
  it("is notified of in Firefox: for mentions, replaced with a count, and not after the user wants none", async (t) => {
    const server = await Server.start("--limits=off", "--push=private");
    t.after(() => server.remove());
    const service = await FirefoxPush.start(t);
    const window = await openFirefox(service.preferences);
    t.after(() => window.close());
    await window.goto(`${server.url}r/tea`);
    await click(window, "input");
    await window.type("Ann\n");
    await until("the room is open", () => window.call(() => document.querySelector(".status.good") !== null, null));
    await window.call(() => navigator.serviceWorker.ready.then(() => {}), null);
    await click(window, ".top-bar button:last-child");
    await click(window, '.settings label:nth-child(2) > input[name="level"]');
    await until("it is registered", () => window.call(() => document.querySelector(".settings")!.textContent!.includes("You get them also while Snug is closed."), null));
    assert.equal(service.subscriptions, 1);

    await window.goto(server.url); // the room isn't seen
    const bob = await Speaker.enter(t, server, "tea", "Bob");
    await bob.say("nothing for anybody", "the **kettle** is on, @Ann");
    await until("it is shown", async () => (await shown(window)).length > 0);
    assert.deepEqual(await shown(window), [["Bob in tea", "the kettle is on, @Ann"]]);
    assert.equal(service.received.length, 1, "of mentions only");
    await bob.say("@ann again");
    await until("it is replaced", async () => (await shown(window))[0]?.[0] === "2 new messages in tea");
    assert.deepEqual(await shown(window), [["2 new messages in tea", "Bob: @ann again"]]);

    service.forget();
    await until("the worker subscribes again", () => service.subscriptions === 1);
    let n = 0;
    await until("the room knows the new subscription", async () => {
      await bob.say(`@Ann, are you there? ${++n}`);
      return service.received.length > 2;
    });
    await until("it is shown", async () => (await shown(window))[0]?.[1].startsWith("Bob: @Ann, are you there?") === true);

    await window.goto(`${server.url}r/tea`);
    await until("it is closed as it is read", async () => (await shown(window)).length === 0);
    await click(window, ".top-bar button:last-child");
    await click(window, '.settings label:nth-child(3) > input[name="level"]');
    await until("Firefox is unsubscribed", () => service.subscriptions === 0);
  });
});
