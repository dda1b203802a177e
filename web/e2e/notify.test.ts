// Notifications of an open page, as the browser has them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Visitor } from "./browser.ts";
import { Network } from "./network.ts";
import { choose, closePanel, enterAsAnn, look, lookAway, shown, withoutPushService } from "./notifications.ts";
import { browser, server, useWholeBrowser } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

useWholeBrowser();

describe("a notification", () => {
  it("comes with each mention and each reply, and with no code, link or other nick", async (t) => {
    const bob = await Speaker.enter(t, server, "notified", "Bob");
    const visitor = await enterAsAnn(t, "notified", "Mentions");
    await visitor.say("who is there?");
    await visitor.settled();
    await lookAway(visitor.page);
    await Speaker.enter(t, server, "notified", "Ann.B");
    await bob.say("`@Ann` in code", "https://x.example/@Ann", "@Ann.B is another", "mail a@Ann", "@Ann one");
    await until("it is shown", async () => (await shown(visitor.page)).length > 0);
    assert.deepEqual(await shown(visitor.page), [["Bob in notified", "@Ann one"]]);
    await bob.say("@Ann two", "你好@Ann你好");
    await until("it is replaced, with a count", async () => (await shown(visitor.page))[0]?.[0] === "3 new messages in notified");
    assert.deepEqual(await shown(visitor.page), [["3 new messages in notified", "Bob: 你好@Ann你好"]]);
    assert.deepEqual(await visitor.page.locator(".message.calls .content").allInnerTexts(), ["@Ann one", "@Ann two", "你好@Ann你好"], "the marks agree");
  });

  it("comes with a reply to a message that is far above, which the page hasn't loaded", async (t) => {
    const bob = await Speaker.enter(t, server, "far-reply", "Bob");
    const ann = await enterAsAnn(t, "far-reply", "Mentions");
    await ann.say("who is there?");
    await ann.settled();
    const { events } = (await (await fetch(`${server.url}r/far-reply/messages?limit=1`)).json()) as { events: { seq: number }[] };
    const asked = events[0]!.seq;
    await bob.say(...Array.from({ length: 400 }, (_, i) => `line ${i}`));
    await ann.bubble("line 399").waitFor(); // she has read them
    await ann.page.reload();
    await ann.connected();
    await ann.bubble("line 399").waitFor();
    await lookAway(ann.page);
    await bob.say("for nobody");
    await bob.reply(asked, "I am");
    await until("it is shown", async () => (await shown(ann.page)).length > 0);
    assert.deepEqual(await shown(ann.page), [["Bob in far-reply", "I am"]]);
    await ann.page.locator(".message.calls").filter({ hasText: "I am" }).waitFor();
  });

  it("comes once for all that was said while the page had no connection, when it is back", async (t) => {
    const network = await Network.to(t, server);
    const bob = await Speaker.enter(t, server, "missed", "Bob");
    const { page } = await enterAsAnn(t, "missed", "Mentions", {}, network.url);
    const times = await page.evaluateHandle(() => {
      const times = { shown: 0 };
      const { showNotification } = ServiceWorkerRegistration.prototype;
      ServiceWorkerRegistration.prototype.showNotification = function (...note) {
        times.shown++;
        return showNotification.apply(this, note);
      };
      return times;
    });
    const back = async (last: string) => {
      network.mend();
      await until("the page has heard it", async () => {
        if (await page.locator(".bubble").filter({ hasText: last }).isVisible()) return true;
        await page.getByRole("button", { name: "Try now" }).click({ timeout: 1000 }).catch(() => {}); // it may try by itself
        return false;
      });
    };
    await lookAway(page);
    network.cut();
    await page.locator(".status.waiting").waitFor();
    await bob.say("@Ann one", "for nobody", "@Ann two", "the last");
    await back("the last");
    await until("it is shown", async () => (await shown(page)).length > 0);
    assert.deepEqual(await shown(page), [["2 new messages in missed", "Bob: @Ann two"]]);
    await bob.say("@Ann three");
    await until("it is replaced", async () => (await shown(page))[0]?.[0] === "3 new messages in missed");
    assert.equal(await times.evaluate((times) => times.shown), 2);

    await look(page);
    await until("it is closed", async () => (await shown(page)).length === 0);
    network.cut();
    await page.locator(".status.waiting").waitFor();
    await bob.say("@Ann four");
    await back("four");
    await lookAway(page);
    await bob.say("@Ann five");
    await until("the next is shown", async () => (await shown(page)).length > 0);
    assert.deepEqual(await shown(page), [["Bob in missed", "@Ann five"]], "the one before was seen as it came");
  });

  it("comes with all messages, mentions or nothing, as chosen for the room", async (t) => {
    const rooms = ["level-all", "level-mentions", "level-none", "level-unset"];
    const [all, mentions, none, unset] = await Promise.all(rooms.map((room) => Speaker.enter(t, server, room, "Bob")));
    const visitor = await enterAsAnn(t, rooms[0]!, "All");
    const pages = [visitor.page];
    for (const [i, level] of ([undefined, "Mentions", "None", undefined] as const).entries()) {
      if (i === 0) continue;
      const page = await visitor.tab(`${server.url}r/${rooms[i]}`);
      await page.locator(".status.good").waitFor();
      if (level) await choose(page, level);
      pages.push(page);
    }
    for (const page of pages) await lookAway(page);
    for (const bob of [all, mentions, none, unset]) await bob!.say("hello", "@Ann hello");
    await until("all have come", async () => {
      for (const page of pages) if ((await page.locator(".message").count()) < 2) return false;
      return true;
    });
    const byRoom = async (i: number) => (await shown(pages[i]!)).filter(([title]) => title.endsWith(rooms[i]!));
    await until("there are two of the first", async () => (await byRoom(0))[0]?.[0] === "2 new messages in level-all");
    await until("there is one of the second", async () => (await byRoom(1)).length > 0);
    assert.deepEqual(await byRoom(1), [["Bob in level-mentions", "@Ann hello"]]);
    assert.deepEqual(await byRoom(2), []);
    assert.deepEqual(await byRoom(3), []);
    await pages[0]!.reload();
    await pages[0]!.getByRole("button", { name: "Settings", exact: true }).click();
    assert.ok(await pages[0]!.getByRole("radio", { name: "All", exact: true }).isChecked(), "it is kept");
  });

  it("is shown once by two tabs of one room, and by none while the user looks at one of them", async (t) => {
    const bob = await Speaker.enter(t, server, "twice", "Bob");
    const visitor = await enterAsAnn(t, "twice", "All");
    const tab = await visitor.tab(`${server.url}r/twice`);
    await tab.locator(".status.good").waitFor();
    const pages = [visitor.page, tab];
    await tab.getByRole("button", { name: "Settings", exact: true }).click(); // what alerts is loaded
    await tab.keyboard.press("Escape");
    await lookAway(visitor.page);
    await lookAway(tab);
    await bob.say("one");
    const titles = async () => (await Promise.all([...new Set(pages)].map(shown))).flat().map(([title]) => title);
    await until("it is shown", async () => (await titles()).length > 0);
    await bob.say("two");
    await until("the next, too", async () => (await titles())[0] === "2 new messages in twice");
    assert.equal(new Set(await titles()).size, 1);

    await look(visitor.page); // the other tab is behind it
    await until("it is read in both", async () => (await titles()).length === 0);
    await bob.say("three");
    for (const page of pages) await page.locator(".bubble").filter({ hasText: "three" }).waitFor();
    await lookAway(visitor.page);
    await bob.say("four");
    await until("the fourth is shown", async () => (await titles()).length > 0);
    assert.deepEqual([...new Set(await titles())], ["Bob in twice"], "nothing was shown of the third");
  });

  it("is closed when its message is read on another device, or erased", async (t) => {
    const bob = await Speaker.enter(t, server, "devices", "Bob");
    const visitor = await enterAsAnn(t, "devices", "All");
    const other = await Visitor.open(t, browser, server.url);
    const { seats } = JSON.parse(await visitor.stored()) as { seats: Record<string, object> };
    await other.page.evaluate((place) => {
      localStorage.setItem("snug:nick", '"Ann"');
      localStorage.setItem("snug:seat:devices", JSON.stringify(place)); // as an earlier build of the page had it
    }, seats.devices);
    await other.page.goto(`${server.url}r/devices`);
    await other.connected();
    for (const { page } of [visitor, other]) await lookAway(page);
    await bob.say("hello");
    await until("it is shown", async () => (await shown(visitor.page)).length === 1);
    await look(other.page);
    await until("it is closed", async () => (await shown(visitor.page)).length === 0);

    await lookAway(other.page);
    const mod = await Visitor.open(t, browser, `${server.url}r/devices`);
    await mod.enter("Cid");
    await mod.say("a slip");
    await mod.settled();
    await until("it is shown", async () => (await shown(visitor.page)).length === 1);
    await mod.page.locator(".message").filter({ hasText: "a slip" }).focus();
    await mod.page.keyboard.press("m");
    await mod.page.getByRole("menuitem", { name: "Delete message…" }).click();
    await mod.page.getByRole("button", { name: "Delete", exact: true }).click();
    await until("it is closed", async () => (await shown(visitor.page)).length === 0);
  });

  it("doesn't come in the quiet time", async (t) => {
    const bob = await Speaker.enter(t, server, "quiet", "Bob");
    const visitor = await enterAsAnn(t, "quiet", "All");
    const { page } = visitor;
    await page.clock.setFixedTime(new Date(2026, 2, 1, 23, 30));
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByRole("checkbox", { name: "Quiet time, without alerts" }).check();
    assert.deepEqual([await page.getByLabel("From").inputValue(), await page.getByLabel("Until").inputValue()], ["22:00", "07:00"]);
    await page.keyboard.press("Escape");
    await lookAway(page);
    await bob.say("psst");
    await visitor.bubble("psst").waitFor();
    await page.clock.setFixedTime(new Date(2026, 2, 2, 7, 0));
    await bob.say("good morning");
    await until("it is shown", async () => (await shown(page)).length > 0);
    assert.deepEqual(await shown(page), [["Bob in quiet", "good morning"]]);
  });

  it("is one of the page itself where there can't be a worker, as in some private windows", async (t) => {
    const bob = await Speaker.enter(t, server, "no-worker", "Bob");
    const visitor = await Visitor.open(t, browser, server.url, { permissions: ["notifications"] });
    const { page } = visitor;
    await visitor.context.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, "serviceWorker");
      const open: Notification[] = [];
      const Real = Notification;
      // The browser's own ones, noted while they are shown.
      globalThis.Notification = class extends Real {
        constructor(title: string, options?: NotificationOptions) {
          super(title, { ...options, requireInteraction: true });
          open.splice(0, 1, this); // it replaces the one before, by its tag
        }
        override close(): void {
          super.close();
          if (open[0] === this) open.pop();
        }
      };
      Object.assign(globalThis, { open });
    });
    const notes = () =>
      page.evaluate(() => (globalThis as unknown as { open: Notification[] }).open.map((n) => `${n.title}: ${n.body}`.replace(/[\u2068\u2069]/g, "")));
    await page.goto(`${server.url}r/no-worker`);
    await visitor.enter("Ann");
    await choose(page, "All");
    await lookAway(page);
    await bob.say("one");
    await until("it is shown", async () => (await notes()).length === 1);
    await bob.say("two");
    await until("it is replaced", async () => (await notes()).at(-1) === "2 new messages in no-worker: Bob: two");
    await page.evaluate(() => (globalThis as unknown as { open: Notification[] }).open.at(-1)!.dispatchEvent(new Event("click")));
    await page.locator(".message.marked").getByText("two").waitFor();
    await until("it is closed", async () => (await notes()).length === 0);
    await bob.say("three");
    await until("the next one counts anew", async () => (await notes())[0] === "Bob in no-worker: three");
    await look(page);
    await until("it is closed as it is read", async () => (await notes()).length === 0);
  });

  it("comes with a sound if the user wants that, for the messages of the room's level", async (t) => {
    const bob = await Speaker.enter(t, server, "sound", "Bob");
    const visitor = await enterAsAnn(t, "sound", "Mentions");
    const { page } = visitor;
    await page.evaluate(() => {
      const { start } = OscillatorNode.prototype;
      Object.assign(globalThis, { notes: 0 });
      OscillatorNode.prototype.start = function (at) {
        (globalThis as unknown as { notes: number }).notes++;
        start.call(this, at);
      };
    });
    const played = () => page.evaluate(() => (globalThis as unknown as { notes: number }).notes);
    await lookAway(page);
    await bob.say("@Ann without a sound");
    await until("it is shown", async () => (await shown(page)).length === 1);
    assert.equal(await played(), 0);
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByRole("checkbox", { name: "Play a sound" }).check();
    assert.equal(await played(), 2, "so that the user knows it");
    await closePanel(page);
    await bob.say("nothing", "@Ann with a sound");
    await until("it is played", async () => (await played()) > 2);
    assert.equal(await played(), 4);
  });

  it("isn't promised where the browser forbids it, and the page says how to change that", async (t) => {
    const visitor = await Visitor.open(t, browser, `${server.url}r/denied`, { permissions: [] });
    await visitor.enter("Ann");
    const { page } = visitor;
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    const group = page.getByRole("group", { name: "Notifications in this room" });
    await group.getByRole("radio", { name: "Mentions" }).check();
    await group.getByRole("status").getByText("The browser doesn't allow notifications for this site.").waitFor();
    await group.getByRole("radio", { name: "None" }).check();
    await until("nothing is said", async () => (await group.getByRole("status").innerText()) === "");

    const undecided = await Visitor.open(t, browser, `${server.url}r/denied`);
    await undecided.enter("Bob");
    await undecided.page.getByRole("button", { name: "Settings", exact: true }).click();
    await undecided.page.getByRole("radio", { name: "All", exact: true }).check(); // a headless browser doesn't answer
    await undecided.page.getByText("isn't allowed to notify you yet").waitFor();
    await undecided.page.getByRole("button", { name: "Allow it…" }).click();
  });

  it("is chosen by keyboard alone", async (t) => {
    const visitor = await enterAsAnn(t, "keys");
    const { page } = visitor;
    await page.getByRole("button", { name: "Settings", exact: true }).focus();
    await page.keyboard.press("Enter");
    const none = page.getByRole("group", { name: "Notifications in this room" }).getByRole("radio", { name: "None" });
    await until("the focus is there", async () => {
      if (await none.evaluate((e) => e === document.activeElement)) return true;
      await page.keyboard.press("Tab");
      return false;
    });
    await page.keyboard.press("ArrowLeft");
    assert.ok(await page.getByRole("radio", { name: "Mentions" }).isChecked());
    await page.getByText("Replies to you count as mentions.").waitFor();
  });

  it("was wanted for mentions everywhere by those who had turned it on before there were levels", async (t) => {
    const visitor = await Visitor.open(t, browser, server.url, { permissions: ["notifications"] });
    await visitor.context.addInitScript(withoutPushService);
    await visitor.page.evaluate(() => localStorage.setItem("snug:settings", JSON.stringify({ notify: true })));
    await visitor.page.goto(`${server.url}r/migrated`);
    await visitor.enter("Ann");
    await visitor.page.getByRole("button", { name: "Settings", exact: true }).click();
    assert.ok(await visitor.page.getByRole("radio", { name: "Mentions" }).isChecked());
  });
});

describe("a link to a message", () => {
  it("goes there, also when it is far up", async (t) => {
    const bob = await Speaker.enter(t, server, "linked", "Bob");
    await bob.say("the first", ...Array.from({ length: 1300 }, (_, i) => `message ${i}`));
    const visitor = await Visitor.open(t, browser, `${server.url}r/linked#seq=2`);
    await visitor.enter("Ann");
    await visitor.page.locator(".message.marked").getByText("the first").waitFor();
    assert.equal(new URL(visitor.page.url()).hash, "", "a reload doesn't go there again");
    await visitor.page.evaluate(() => (location.hash = "#seq=1290"));
    await visitor.page.locator(".message.marked").getByText("message 1287").waitFor();
  });
});

describe("the app's icon", () => {
  it("shows how many messages are unread in all rooms", async (t) => {
    const [tea, coffee] = await Promise.all(["badge-tea", "badge-coffee"].map((room) => Speaker.enter(t, server, room, "Bob")));
    const visitor = await Visitor.open(t, browser, server.url);
    await visitor.context.addInitScript(() => {
      navigator.setAppBadge = (n) => {
        localStorage.setItem("test-badge", `${n}`);
        return Promise.resolve();
      };
    });
    const badge = () => visitor.page.evaluate(() => localStorage.getItem("test-badge"));
    await visitor.page.goto(`${server.url}r/badge-tea`);
    await visitor.enter("Ann");
    const tab = await visitor.tab(`${server.url}r/badge-coffee`);
    await tab.locator(".status.good").waitFor();
    for (const page of [visitor.page, tab]) await lookAway(page);
    await tea!.say("one");
    await coffee!.say("one", "two");
    await until("both rooms are counted", async () => (await badge()) === "3");
    await look(tab);
    await until("one is read", async () => (await badge()) === "1");
    await look(visitor.page);
    await until("both are read", async () => (await badge()) === "0");
  });
});
