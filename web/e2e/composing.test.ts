// Writing: what is written stays, is sent when it is meant to be, and can be undone.
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { command, item, message } from "./acting.ts";
import { phone, Visitor } from "./browser.ts";
import { pick } from "./files.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { lines, Speaker } from "./speaker.ts";

describe("a reload", () => {
  it("keeps an edit and what was made of it, beside the draft", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/edit-again`);
    await ann.enter("Ann");
    await ann.say("a mistkae");
    await ann.settled();
    await ann.draft.fill("and then");
    await ann.page.locator(".message").filter({ hasText: "a mistkae" }).focus();
    await ann.page.keyboard.press("e");
    await ann.draft.fill("a mistake, not sent");
    await ann.page.reload();
    await ann.page.locator(".answering").filter({ hasText: "Editing your message" }).waitFor();
    assert.equal(await ann.draft.inputValue(), "a mistake, not sent");
    await ann.draft.press("Enter");
    await ann.bubble("a mistake, not sent").waitFor();
    assert.equal(await ann.draft.inputValue(), "and then");
  });

  it("keeps what a reply is to, also if that is far above", async (t) => {
    const bob = await Speaker.enter(t, server, "reply-again", "Bob");
    await bob.say("who comes?");
    const ann = await Visitor.open(t, browser, `${server.url}r/reply-again`);
    await ann.enter("Ann");
    await ann.page.locator(".message").filter({ hasText: "who comes?" }).focus();
    await ann.page.keyboard.press("r");
    await ann.draft.pressSequentially("I do");
    await bob.say(...Array.from({ length: 80 }, (_, i) => `line ${i}`));
    await ann.page.reload();
    await ann.page.locator(".answering").filter({ hasText: "who comes?" }).waitFor();
    assert.equal(await ann.draft.inputValue(), "I do");
    await ann.draft.press("Enter");
    await ann.page.locator(".message.own .answered").waitFor();
    await ann.page.reload();
    await ann.connected();
    assert.equal(await ann.page.locator(".answering").count(), 0, "it is sent");
  });
});

describe("an edit", () => {
  /** Ann, who is editing a message of hers and has a draft. */
  const editing = async (t: TestContext, room: string): Promise<Visitor> => {
    const ann = await Visitor.open(t, browser, `${server.url}r/${room}`);
    await ann.enter("Ann");
    await ann.say("a mistkae");
    await ann.settled();
    await ann.draft.fill("and then");
    await message(ann, "a mistkae").focus();
    await ann.page.keyboard.press("e");
    await ann.draft.fill("what took an hour");
    return ann;
  };
  const editBar = (v: Visitor) => v.page.locator(".answering").filter({ hasText: "Editing your message" });

  it("of a message that is deleted meanwhile goes into the draft", async (t) => {
    const ann = await editing(t, "edit-of-deleted");
    const seq = await messageSeq("edit-of-deleted");
    await command(ann, "edit-of-deleted", { type: "delete", seq });
    await ann.page.getByRole("alert").filter({ hasText: "This message was deleted" }).waitFor();
    await editBar(ann).waitFor({ state: "detached" });
    assert.equal(await ann.draft.inputValue(), "and then\nwhat took an hour");
    await ann.page.reload();
    await ann.connected();
    assert.equal(await ann.draft.inputValue(), "and then\nwhat took an hour");
  });

  it("that nothing was made of goes with its message", async (t) => {
    const ann = await editing(t, "no-edit-of-deleted");
    await ann.draft.fill("a mistkae");
    await command(ann, "no-edit-of-deleted", { type: "delete", seq: await messageSeq("no-edit-of-deleted") });
    await editBar(ann).waitFor({ state: "detached" });
    assert.equal(await ann.draft.inputValue(), "and then");
    assert.doesNotMatch(await ann.stored(), /mistkae/);
  });

  it("that is refused is open again", async (t) => {
    const ann = await editing(t, "edit-refused");
    let refuse = true;
    await ann.page.routeWebSocket(/\/ws\?/, (ws) => {
      const real = ws.connectToServer();
      ws.onMessage((m) => {
        const { type, id } = JSON.parse(String(m)) as { type: string; id: string };
        if (type !== "edit" || !refuse) return real.send(m);
        ws.send(JSON.stringify({ type: "error", id, code: "refused", message: "never write that" }));
      });
    });
    await ann.page.reload();
    await editBar(ann).waitFor();
    await ann.draft.press("Enter");
    await ann.page.getByRole("alert").filter({ hasText: "never write that" }).waitFor();
    await editBar(ann).waitFor();
    assert.equal(await ann.draft.inputValue(), "what took an hour");
    refuse = false;
    await ann.draft.press("Enter");
    await ann.bubble("what took an hour").waitFor();
    assert.equal(await ann.draft.inputValue(), "and then");
  });

  it("goes on as it was when its user was out of the room and is back", async (t) => {
    const owner = await Visitor.open(t, browser, `${server.url}r/edit-out`);
    await owner.enter("Bob");
    const ann = await editing(t, "edit-out");
    const { member } = await ann.place("edit-out");
    await command(owner, "edit-out", { type: "ban", member });
    await ann.page.locator(".barrier").waitFor();
    await command(owner, "edit-out", { type: "unban", member });
    await ann.page.getByRole("button", { name: "Try again" }).click();
    await ann.connected();
    await editBar(ann).waitFor();
    assert.equal(await ann.draft.inputValue(), "what took an hour");
    await ann.draft.press("Enter");
    await ann.bubble("what took an hour").waitFor();
    assert.equal(await ann.draft.inputValue(), "and then");
  });

  it("that couldn't be saved yet is open again in the next tab, and fails in no other room", async (t) => {
    const ann = await editing(t, "edit-away");
    const { page } = ann;
    await server.stop();
    await page.locator(".status.waiting").waitFor();
    await ann.draft.press("Enter");
    await message(ann, "a mistkae").locator(".waits").waitFor();
    await page.getByRole("link", { name: "All rooms" }).click();
    await page.getByRole("textbox", { name: "Room code" }).fill("another-room");
    await page.getByRole("button", { name: "Join" }).click();
    await server.start();
    await ann.back();
    assert.equal(await page.locator(".notice.bad").count(), 0);
    await page.goto(`${server.url}r/edit-away`);
    await editBar(ann).waitFor();
    assert.equal(await ann.draft.inputValue(), "what took an hour");
    await ann.draft.press("Enter");
    await ann.bubble("what took an hour").waitFor();
    await ann.settled();
    await page.reload();
    await ann.connected();
    await ann.bubble("what took an hour").waitFor();
    assert.equal(await ann.draft.inputValue(), "and then");
    assert.equal(await editBar(ann).count(), 0, "it is saved");
  });
});

/** The seq of the newest message of a room. */
async function messageSeq(room: string): Promise<number> {
  const page = (await (await fetch(`${server.url}r/${room}/messages`)).json()) as { events: { type: string; seq: number }[] };
  return page.events.findLast((e) => e.type === "message")!.seq;
}

describe("what the user answers to or has opened the menu of", () => {
  it("is shown and copied as it is now, after an edit", async (t) => {
    const bob = await Visitor.open(t, browser, `${server.url}r/as-it-is-now`);
    await bob.enter("Bob");
    await bob.say("at nine");
    await bob.settled();
    const ann = await Visitor.open(t, browser, `${server.url}r/as-it-is-now`);
    await ann.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await ann.enter("Ann");
    await message(ann, "at nine").focus();
    await ann.page.keyboard.press("r");
    await ann.page.locator(".answering").filter({ hasText: "at nine" }).waitFor();
    await message(ann, "at nine").focus();
    await ann.page.keyboard.press("m");
    const seq = await messageSeq("as-it-is-now");
    await command(bob, "as-it-is-now", { type: "edit", seq, content: "at ten" });
    await ann.page.locator(".answering").filter({ hasText: "at ten" }).waitFor();
    await item(ann, "Copy text").click();
    await until("it is copied", async () => (await ann.page.evaluate(() => navigator.clipboard.readText())) === "at ten");
  });
});

describe("what was submitted during an upload", () => {
  /** Ann, who has submitted a message with a file, and what lets the upload go on. */
  const uploading = async (t: TestContext, room: string): Promise<{ ann: Visitor; goOn: () => Promise<void> }> => {
    const ann = await Visitor.open(t, browser, `${server.url}r/${room}`);
    await ann.enter("Ann");
    await ann.say("an older one");
    await ann.settled();
    let goOn = () => {};
    const held = new Promise<void>((done) => (goOn = done));
    await ann.page.route("**/files?name=**", async (route) => {
      await held;
      await route.continue();
    });
    await pick(ann, { name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") });
    const progress = ann.page.getByRole("progressbar");
    await progress.waitFor();
    await ann.draft.fill("with a file");
    await ann.draft.press("Enter");
    return { ann, goOn: async () => {
      goOn();
      await progress.waitFor({ state: "detached" });
    } };
  };

  it("isn't sent half when the user goes on with it", async (t) => {
    const { ann, goOn } = await uploading(t, "goes-on");
    await ann.draft.pressSequentially(" and hal");
    await goOn();
    await ann.draft.pressSequentially("f");
    assert.equal(await ann.draft.inputValue(), "with a file and half");
    await ann.draft.press("Enter");
    await ann.bubble("with a file and half").getByText("a.txt").waitFor();
    assert.deepEqual(await ann.contents(), ["an older one", "with a file and half"]);
  });

  it("leaves an edit open that the user begins meanwhile", async (t) => {
    const { ann, goOn } = await uploading(t, "edits-meanwhile");
    await message(ann, "an older one").focus();
    await ann.page.keyboard.press("e");
    await ann.draft.press("End");
    await ann.draft.pressSequentially(", changed");
    await ann.draft.press("Enter");
    await ann.bubble("an older one, changed").waitFor();
    assert.equal(await ann.draft.inputValue(), "with a file");
    await goOn();
    await ann.draft.press("Enter");
    await ann.bubble("with a file").getByText("a.txt").waitFor();
  });
});

describe("a long message", () => {
  it("that is shown whole stays so where it was scrolled away", async (t) => {
    const bob = await Speaker.enter(t, server, "shown-whole", "Bob");
    await bob.say(lines(60, "verse").join("\n"), ...lines(80, "line"));
    const ann = await Visitor.open(t, browser, `${server.url}r/shown-whole`);
    await ann.enter("Ann");
    const { page } = ann;
    const to = (part: number) => page.locator(".scroller").evaluate((s, part) => (s.scrollTop = s.scrollHeight * part), part);
    const whole = page.getByRole("button", { name: "Show less" });
    await until("the message is there", async () => {
      await to(0);
      return page.getByRole("button", { name: "Show all" }).isVisible();
    });
    await page.getByRole("button", { name: "Show all" }).click();
    await whole.waitFor();
    await to(1);
    await whole.waitFor({ state: "detached" });
    await to(0);
    await whole.waitFor();
  });
});

describe("the composer", () => {
  it("keeps the last message in view while its text grows", async (t) => {
    const bob = await Speaker.enter(t, server, "growing", "Bob");
    await bob.say(...lines(40, "line"));
    const ann = await Visitor.open(t, browser, `${server.url}r/growing`);
    await ann.enter("Ann");
    const below = () => ann.page.locator(".scroller").evaluate((s) => s.scrollHeight - s.scrollTop - s.clientHeight);
    await until("the last message is in view", async () => (await below()) < 2);
    for (let line = 0; line < 6; line++) {
      await ann.draft.press("a");
      await ann.draft.press("Shift+Enter");
      await until(`the last message is in view above ${line + 2} lines`, async () => (await below()) < 2, 5000);
    }
    await ann.draft.fill("");
    await until("the last message is in view above an empty line", async () => (await below()) < 2, 5000);
    assert.equal(await ann.page.getByRole("button", { name: "Go to the latest messages" }).count(), 0);
  });

  it("is as high as its text when that is wider or narrower than before", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/as-high`);
    await ann.enter("Ann");
    await ann.draft.fill("a draft that has some lines on a phone, and one here");
    const hidden = () => ann.draft.evaluate((f) => f.scrollHeight - f.clientHeight);
    const high = () => ann.draft.evaluate((f) => f.clientHeight);
    const before = await high();
    await ann.page.setViewportSize({ width: 390, height: 780 });
    await until("all of it is in view", async () => (await high()) > before && (await hidden()) <= 0, 10_000);
    await ann.page.setViewportSize({ width: 1100, height: 750 });
    await until("it is low again", async () => (await high()) === before, 10_000);
  });

  it("puts a format around the selection by key, takes it away, and undoes it", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/formats`);
    await ann.enter("Ann");
    await ann.say("first");
    await ann.settled();
    const select = (from: number, to: number) =>
      ann.draft.evaluate((f, [a, b]) => (f as HTMLTextAreaElement).setSelectionRange(a!, b!), [from, to]);
    const becomes = async (key: string, want: string) => {
      await ann.draft.press(key);
      assert.equal(await ann.draft.inputValue(), want, key);
    };
    await ann.draft.pressSequentially("tea is ready");
    await select(0, 4); // with the space after it
    await becomes("Control+b", "**tea** is ready");
    await becomes("Control+i", "***tea*** is ready");
    await becomes("Control+b", "*tea* is ready");
    await becomes("Control+i", "tea is ready");
    await becomes("Control+Shift+X", "~~tea~~ is ready");
    await becomes("Control+z", "tea is ready");
    await select(7, 12);
    await becomes("Control+e", "tea is `ready`");
    await select(0, 3);
    await becomes("Control+b", "**tea** is `ready`");
    await ann.draft.press("Enter");
    const sent = ann.page.locator(".message.own").filter({ hasText: "tea is ready" });
    await sent.locator("strong", { hasText: "tea" }).waitFor();
    await sent.locator("code", { hasText: "ready" }).waitFor();
  });

  it("stops an unknown command every time", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/unknown`);
    await ann.enter("Ann");
    const stopped = ann.page.getByText("There is no command \u2068/halp\u2069.");
    for (let i = 0; i < 2; i++) {
      await ann.say("/halp me");
      await stopped.waitFor();
      await ann.draft.press("Enter");
      await stopped.waitFor();
      assert.equal(await ann.draft.inputValue(), "/halp me");
      await ann.say(`something else ${i}`);
      await ann.bubble(`something else ${i}`).waitFor();
      assert.equal(await stopped.count(), 0);
    }
    await ann.say("//halp me");
    await ann.bubble("/halp me").waitFor();
    await ann.say("/usr/bin/env");
    await ann.bubble("/usr/bin/env").waitFor();
    assert.equal(await ann.page.locator(".message").count(), 4);
  });

  it("carries out commands, and suggests those that the user may give", async (t) => {
    const url = `${server.url}r/commands`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    const bob = await Visitor.open(t, browser, url);
    await bob.enter("Bob B");
    await ann.draft.pressSequentially("/to");
    await ann.page.getByRole("option", { name: /\/topic.*Set the topic/ }).waitFor();
    await ann.draft.press("Tab");
    await ann.draft.pressSequentially("Soup");
    await ann.draft.press("Enter");
    await bob.page.locator(".topic").getByText("Soup").waitFor();
    assert.equal(await ann.draft.inputValue(), "");

    await bob.draft.fill("/");
    await bob.page.getByRole("option", { name: /\/nick/ }).waitFor();
    assert.equal(await bob.page.getByRole("option", { name: /\/topic|\/kick/ }).count(), 0);
    await bob.draft.fill("/topic mine");
    await bob.draft.press("Enter");
    await bob.page.getByText("Your role doesn't allow this").waitFor();
    assert.equal(await bob.draft.inputValue(), "/topic mine");
    await bob.draft.fill("/nick Bobby B");
    await bob.draft.press("Enter");
    await ann.page.getByText(/Bob B.* is now .*Bobby B/).waitFor();

    await ann.draft.fill("/lock for an hour"); // which would lock it for good
    await ann.draft.press("Enter");
    await ann.page.getByText(/Write .*\/lock/).waitFor();
    assert.equal(await ann.draft.inputValue(), "/lock for an hour");

    await ann.draft.fill("/help");
    await ann.draft.press("Enter");
    await ann.page.getByRole("option", { name: /\/search/ }).waitFor();
    await ann.draft.fill("");
    await ann.draft.pressSequentially("/kick bo");
    await ann.page.getByRole("option", { name: "Bobby B" }).click();
    await ann.draft.pressSequentially("too loud");
    await ann.draft.press("Enter");
    await ann.page.locator(".presence").getByText(/removed .*Bobby B.* from the room: .*too loud/).waitFor();
    await ann.draft.fill("/search soup");
    await ann.draft.press("Enter");
    assert.equal(await ann.page.getByRole("dialog").getByRole("textbox").inputValue(), "soup");
  });

  it("undoes a completion by Ctrl+Z", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/undo`);
    await ann.enter("Ann");
    await ann.draft.pressSequentially("go :rocke");
    await ann.page.getByRole("option", { name: ":rocket:" }).waitFor();
    await ann.draft.press("Tab");
    assert.equal(await ann.draft.inputValue(), "go 🚀 ");
    await ann.draft.press("Control+Z");
    await until("it is undone", async () => (await ann.draft.inputValue()) === "go :rocke");
  });

  it("keeps the focus, and so a phone's keyboard, when its button sends", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/tap`, phone);
    await ann.enter("Ann");
    await ann.draft.tap();
    await ann.draft.pressSequentially("by touch");
    await ann.page.evaluate(() => {
      document.querySelector("#draft")!.addEventListener("blur", () => document.documentElement.classList.add("blurred"));
    });
    await ann.page.getByRole("button", { name: "Send the message" }).tap();
    await ann.bubble("by touch").waitFor();
    assert.equal(await ann.page.evaluate(() => [document.activeElement?.id, document.documentElement.className].join()), "draft,");
  });

  it("sends by Enter as the device has it, or as one sets it, and always by Ctrl+Enter", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/enter`, phone);
    await ann.enter("Ann");
    await ann.draft.pressSequentially("one");
    await ann.draft.press("Enter");
    assert.equal(await ann.draft.inputValue(), "one\n", "a phone's key is for lines");
    await ann.draft.press("Control+Enter");
    await ann.bubble("one").waitFor();
    await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
    await ann.page.getByRole("group", { name: "The Enter key" }).getByRole("radio", { name: "Sends" }).check();
    await ann.page.keyboard.press("Escape");
    await ann.draft.pressSequentially("two");
    await ann.draft.press("Enter");
    await ann.bubble("two").waitFor();
  });
});

describe("the page", () => {
  it("closes a panel or a menu by Back, and leaves the room by the next", async (t) => {
    const ann = await Visitor.open(t, browser, server.url);
    await ann.page.getByRole("textbox", { name: "Room code" }).fill("back");
    await ann.page.keyboard.press("Enter");
    await ann.enter("Ann");
    const room = ann.page.url();
    await ann.page.getByRole("button", { name: "Settings", exact: true }).click();
    await ann.page.getByRole("heading", { name: "Settings" }).waitFor();
    await ann.page.goBack();
    await ann.page.getByRole("heading", { name: "Settings" }).waitFor({ state: "detached" });
    assert.equal(ann.page.url(), room);

    await ann.say("hello");
    await ann.settled();
    await ann.bubble("hello").hover();
    await ann.page.getByRole("button", { name: "What to do with this message" }).click();
    await ann.page.getByRole("menuitem", { name: "Delete message…" }).click(); // from the menu to a panel
    await ann.page.getByRole("heading", { name: "Delete this message?" }).waitFor();
    await ann.page.goBack();
    await ann.page.getByRole("heading", { name: "Delete this message?" }).waitFor({ state: "detached" });
    assert.equal(ann.page.url(), room);

    await ann.page.getByRole("button", { name: "Share", exact: true }).click();
    await ann.page.getByRole("heading", { name: "Invite others" }).waitFor();
    await ann.page.keyboard.press("Escape");
    await ann.page.getByRole("heading", { name: "Invite others" }).waitFor({ state: "detached" });
    await until("its entry is gone", () => ann.page.evaluate(() => !(history.state as { overlay?: boolean } | null)?.overlay));
    await ann.page.goBack();
    await ann.page.getByRole("button", { name: "New room" }).waitFor();
  });

  it("stays right when the browser has translated it", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/translated`);
    await ann.enter("Ann");
    await ann.say("the first text");
    await ann.settled();
    await ann.page.getByRole("button", { name: "Emoji", exact: true }).waitFor(); // all is loaded, and rendered again
    // As a browser does it: each text node becomes another one in two elements.
    await ann.page.evaluate(() => {
      const walker = document.createTreeWalker(document.querySelector("#page")!, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      for (const text of texts) {
        if (!text.data.trim() || text.parentElement!.closest("[translate=no]")) continue;
        const font = document.createElement("font");
        font.append(document.createElement("font"));
        font.firstElementChild!.textContent = `«${text.data}»`;
        text.replaceWith(font);
      }
    });
    await ann.bubble("«the first text»").waitFor();
    await ann.page.locator(".message").focus();
    await ann.page.keyboard.press("e");
    await ann.draft.fill("the second text");
    await ann.draft.press("Enter");
    await ann.bubble("the second text").waitFor();
    assert.equal(await ann.bubble("first").count(), 0);
    await ann.page.getByRole("button", { name: "Change your name" }).click();
    await ann.page.getByRole("textbox", { name: "Your name" }).fill("Anna");
    await ann.page.keyboard.press("Enter");
    await ann.page.locator(".people").getByText("Anna", { exact: true }).waitFor();
    assert.equal(await ann.page.locator(".people .name").innerText(), "Anna");
    await ann.context.setOffline(true);
    await ann.page.evaluate(() => dispatchEvent(new Event("offline")));
    await server.stop();
    await ann.page.locator(".status.waiting").waitFor();
    assert.match(await ann.page.locator(".status .word").innerText(), /^Reconnecting/);
    await ann.context.setOffline(false);
    await server.start();
    await ann.back();
    assert.equal(await ann.page.locator(".status .word").innerText(), "Connected");
  });

  it("keeps its size when one zooms in with two fingers", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/zoom`, phone);
    await ann.enter("Ann");
    const height = () => ann.page.locator(".room").evaluate((room) => (room as HTMLElement).offsetHeight);
    const before = await height();
    const session = await ann.context.newCDPSession(ann.page);
    await session.send("Emulation.setPageScaleFactor", { pageScaleFactor: 2 });
    await until("it is zoomed", () => ann.page.evaluate(() => visualViewport!.scale === 2));
    await ann.page.evaluate(() => visualViewport!.dispatchEvent(new Event("resize")));
    assert.equal(await height(), before);
  });

  it("says Yesterday after midnight, though nothing happens", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/midnight`);
    await ann.enter("Ann");
    await ann.say("late");
    await ann.settled();
    await ann.page.getByRole("heading", { name: "Today" }).waitFor();
    await ann.page.evaluate(() => {
      const now = Date.now.bind(Date);
      const RealDate = Date;
      const later = 86_400_000;
      globalThis.Date = class extends RealDate {
        constructor(...args: unknown[]) {
          if (args.length === 0) super(now() + later);
          else super(...(args as [number]));
        }
        static override now(): number { return now() + later; }
      } as DateConstructor;
      dispatchEvent(new Event("focus"));
    });
    await ann.page.getByRole("heading", { name: "Yesterday" }).waitFor();
  });

  it("writes times and dates as the user's region does", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/region`, { locale: "nl-NL" });
    await ann.enter("Ann");
    assert.equal(await ann.page.locator("html").getAttribute("lang"), "en");
    await ann.say("now");
    await ann.settled();
    assert.match(await ann.page.locator(".sender time").innerText(), /^\d\d:\d\d$/);
  });

  it("shows the state of the connection and code where the system replaces colours", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/forced`, { forcedColors: "active" });
    await ann.enter("Ann");
    await ann.say("with `code`");
    await ann.bubble("with code").waitFor();
    const [dot, ground, border] = await ann.page.evaluate(() => [
      getComputedStyle(document.querySelector(".status .dot")!).backgroundColor,
      getComputedStyle(document.documentElement).backgroundColor,
      getComputedStyle(document.querySelector(".content code")!).borderTopStyle,
    ]);
    assert.notEqual(dot, ground);
    assert.equal(border, "solid");
  });

  it("says in the invitation what a password and a lock mean", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/invited`);
    await ann.enter("Ann");
    const invitation = async (text: string) => {
      await ann.page.getByRole("button", { name: "Share", exact: true }).click();
      await ann.page.getByText(text).waitFor();
      await ann.page.keyboard.press("Escape");
    };
    await invitation("Everyone who has this link can read the room and talk in it.");
    await ann.page.getByRole("button", { name: "Room settings" }).click();
    await ann.page.getByLabel("Password", { exact: true }).fill("secret");
    await ann.page.keyboard.press("Enter");
    await ann.page.getByText("The room has a password.").waitFor();
    await ann.page.keyboard.press("Escape");
    await invitation("Others need this link and the room's password.");
    await ann.page.getByRole("button", { name: "Room settings" }).click();
    await ann.page.getByRole("checkbox", { name: "Lock the room" }).check();
    await ann.page.keyboard.press("Escape");
    await invitation("The room is locked");
  });

  it("copies on plain http too, where there is no clipboard to write to", async (t) => {
    const ann = await Visitor.open(t, browser, `${server.url}r/insecure`);
    await ann.context.grantPermissions(["clipboard-read"]);
    await ann.enter("Ann");
    await ann.page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: { readText: navigator.clipboard.readText.bind(navigator.clipboard) } }));
    await ann.say("`a` **b**");
    await ann.settled();
    await ann.bubble("a b").hover();
    await ann.page.getByRole("button", { name: "What to do with this message" }).click();
    await ann.page.getByRole("menuitem", { name: "Copy text" }).click();
    await until("it is copied", async () => (await ann.page.evaluate(() => navigator.clipboard.readText())) === "`a` **b**");
    await ann.page.getByRole("button", { name: "Share", exact: true }).click();
    await ann.page.getByRole("button", { name: "Copy the link" }).click();
    await until("the link is copied", async () => (await ann.page.evaluate(() => navigator.clipboard.readText())) === ann.page.url());
    await ann.page.getByRole("button", { name: "Copied" }).waitFor();
  });
});
