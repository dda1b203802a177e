// The main flow in every engine: somebody joins by a link, talks, reloads, loses the
// server, and reads back. Pictures of it are in .out/shots.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { chromium } from "./browsers/chromium.ts";
import { firefox } from "./browsers/firefox.ts";
import { webkit } from "./browsers/webkit.ts";
import type { Engine, Window, WindowOptions } from "./browsers/window.ts";
import { Network } from "./network.ts";
import { Server, until } from "./server.ts";
import { Speaker } from "./speaker.ts";

/** What a page shows, as far as the flow goes by it. */
interface Shown {
  connected: boolean;
  joining: boolean; // it asks for a name
  messages: string[]; // in the document, from the top
  pending: number;
  draft: string;
  rows: number;
  belowView: number; // px from the end of the view to the end of the messages
  beginning: boolean; // of the room is shown
  sideways: boolean; // it is wider than the window
}

/** A person in a browser. */
class Person {
  private constructor(readonly engine: string, readonly window: Window) {}

  static async open(t: TestContext, engine: Engine, options?: WindowOptions): Promise<Person> {
    const window = await engine.open(options);
    t.after(() => window.close());
    return new Person(engine.name.toLowerCase(), window);
  }

  shown(): Promise<Shown> {
    return this.window.call(() => {
      const scroller = document.querySelector(".scroller");
      return {
        connected: !!document.querySelector(".status.good"),
        joining: !!document.querySelector("form.card input"),
        messages: [...document.querySelectorAll<HTMLElement>(".message .content")].map((e) => e.innerText.trim()),
        pending: document.querySelectorAll(".pending").length,
        draft: document.querySelector<HTMLTextAreaElement>(".composer textarea")?.value ?? "",
        rows: document.querySelectorAll(".rows > li").length,
        belowView: scroller ? scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight : 0,
        beginning: document.body.innerText.includes("This is where the room begins."),
        sideways: document.documentElement.scrollWidth > innerWidth || document.body.scrollWidth > innerWidth,
      };
    }, null);
  }

  /** Waits until what is shown is right. */
  async sees(what: string, right: (shown: Shown) => boolean, ms?: number): Promise<void> {
    let last: Shown | undefined;
    await until(what, async () => right((last = await this.shown())), ms).catch((e: unknown) => {
      throw new Error(`${String(e)}; shown is ${JSON.stringify(last).slice(0, 2000)}`);
    });
  }

  seesMessage(text: string, ms?: number): Promise<void> {
    return this.sees(`${text} is shown`, (s) => s.messages.includes(text), ms);
  }

  async click(selector: string): Promise<void> {
    const at = await this.window.call((selector) => {
      const box = document.querySelector(selector)?.getBoundingClientRect();
      return box && { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }, selector);
    assert.ok(at, `there is no ${selector}`);
    await this.window.click(at.x, at.y);
  }

  /** Follows a link to a room. */
  async join(url: string, nick: string): Promise<void> {
    await this.window.goto(url);
    await this.sees("a name is asked for", (s) => s.joining);
    await this.click("form.card input");
    await this.window.type(`${nick}\n`);
    await this.sees("the room is open", (s) => s.connected);
  }

  /** Writes at the end of the draft, and waits until it is there; a line break sends it. */
  async write(text: string): Promise<void> {
    const { draft } = await this.shown();
    await this.click(".composer textarea");
    await this.window.type(text);
    const after = text.endsWith("\n") ? "" : draft + text;
    await this.sees(`the draft is ${JSON.stringify(after)}`, (s) => s.draft === after);
  }

  /** Takes a picture when what is shown has been painted. */
  async picture(name: string): Promise<void> {
    await this.window.call(() => new Promise<void>((painted) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(painted, 100)))), null);
    mkdirSync(".out/shots", { recursive: true });
    writeFileSync(`.out/shots/${this.engine}-${name}.png`, await this.window.screenshot());
  }
}

/** Messages of many heights, each with its number. */
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `no. ${i}${i % 7 === 0 ? ` ${"and so on ".repeat((i % 5) * 8)}` : ""}${i % 11 === 0 ? "\n> quoted\n\n`code`" : ""}`);

/** Reads back for so many frames, and returns by how many px messages were off where the scrolling put them, at the most. */
function readBack(person: Person, frames: number, step: number): Promise<number> {
  return person.window.call(async ({ frames, step }) => {
    const scroller = document.querySelector(".scroller")!;
    // Past the frame's layout: what is put right before it is painted is nowhere to be seen.
    const frame = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    const places = () => {
      const view = scroller.getBoundingClientRect();
      const all = new Map<string, number>();
      for (const row of scroller.querySelectorAll<HTMLElement>(".rows > li")) {
        // The bubble, not the row: a row has its sender above it as long as no message of the same sender is loaded above.
        const bubble = row.querySelector(".bubble")?.getBoundingClientRect();
        if (bubble && bubble.bottom > view.top && bubble.top < view.bottom) all.set(row.dataset.key!, bubble.bottom);
      }
      return all;
    };
    let jump = 0;
    for (let i = 0; i < frames; i++) {
      const before = places();
      const moved = Math.min(step, scroller.scrollTop);
      scroller.scrollTop -= step;
      await frame();
      let stayed = 0;
      for (const [key, top] of places()) {
        if (!before.has(key)) continue;
        stayed++;
        jump = Math.max(jump, Math.abs(top - before.get(key)! - moved));
      }
      if (stayed === 0) jump = 1e6; // nothing is where it was
    }
    return jump;
  }, { frames, step });
}

function assertSuccessive(messages: string[]): void {
  const numbers = messages.map((m) => Number(/^no\. (\d+)/.exec(m)?.[1]));
  assert.deepEqual(numbers, numbers.map((_, i) => numbers[0]! + i));
}

for (const engine of [chromium, firefox, webkit]) {
  describe(`in ${engine.name}`, { skip: engine.missing && `NOT TESTED: the page in ${engine.name}: ${engine.missing}` }, () => {
    for (const obstacle of [undefined, "stripped"] as const) {
      const where = obstacle ? ", behind a proxy that strips Upgrade" : "";
      it(`one joins by a link, talks both ways, and finds a draft after a reload${where}`, async (t) => {
        const server = await Server.start("--limits=off");
        t.after(() => server.remove());
        const network = await Network.to(t, server);
        network.obstacle = obstacle;
        const bob = await Speaker.enter(t, server, "talk", "Bob");
        await bob.say("hello from Bob");
        const ann = await Person.open(t, engine);
        await ann.join(`${network.url}r/talk`, "Ann");
        await ann.seesMessage("hello from Bob");
        await ann.write("hello **Bob**\n");
        await ann.seesMessage("hello Bob");
        await until("Bob hears it", () => bob.heard.includes("hello **Bob**"));
        await bob.say("all well?");
        await ann.seesMessage("all well?");
        await ann.write("half a sent");
        await ann.picture("talk");

        await ann.window.reload();
        await ann.sees("the draft is back", (s) => s.connected && s.draft === "half a sent");
        await ann.write("ence\n");
        await ann.seesMessage("half a sentence");
        await until("Bob hears it", () => bob.heard.at(-1) === "half a sentence");
        await ann.sees("all is confirmed, and no draft is left", (s) => s.pending === 0 && s.draft === "");
        assert.deepEqual((await ann.shown()).messages, ["hello from Bob", "hello Bob", "all well?", "half a sentence"]);
      });

      it(`a message that was sent into a kill -9 comes once${where}`, async (t) => {
        const server = await Server.start("--limits=off");
        t.after(() => server.remove());
        const network = await Network.to(t, server);
        network.obstacle = obstacle;
        const ann = await Person.open(t, engine);
        await ann.join(`${network.url}r/kill`, "Ann");
        await ann.write("before\n");
        await ann.sees("it is confirmed", (s) => s.messages.length === 1 && s.pending === 0);
        server.pause(); // what is sent now arrives nowhere
        await ann.write("once\n");
        await ann.sees("it waits", (s) => s.pending === 1);
        await server.kill();
        await ann.sees("the outage is shown", (s) => !s.connected);
        await ann.picture("outage");
        await server.start();
        await until("the room is open again", async () => {
          if ((await ann.shown()).connected) return true;
          await ann.window.call(() => document.querySelector<HTMLElement>(".notice button")?.click(), null); // Try now
          return false;
        });
        await ann.sees("it is confirmed", (s) => s.pending === 0);
        await ann.window.reload();
        await ann.sees("both are there", (s) => s.connected && s.messages.length > 1);
        assert.deepEqual((await ann.shown()).messages, ["before", "once"]);
      });
    }

    it("one writes with the emoji picker, the suggestions and the buttons that format", async (t) => {
      const server = await Server.start("--limits=off");
      t.after(() => server.remove());
      const bob = await Speaker.enter(t, server, "tools", "Bob");
      const ann = await Person.open(t, engine);
      await ann.join(`${server.url}r/tools`, "Ann");
      const there = (selector: string) =>
        until(`${selector} is there`, () => ann.window.call((selector) => document.querySelector(selector) !== null, selector));
      const draft = (text: string) => ann.sees(`the draft is ${text}`, (s) => s.draft === text);
      await there(".tool[aria-haspopup=dialog]");
      await ann.click(".tool[aria-haspopup=dialog]");
      await there(".signs button");
      await until("the picker has the focus", () => ann.window.call(() => document.activeElement?.closest(".picker") != null, null));
      await ann.window.type("tada");
      await until("it is found", () => ann.window.call(() => document.querySelector(".signs button")?.textContent === "🎉", null));
      await ann.picture("emoji");
      await ann.window.type("\n");
      await draft("🎉");
      await ann.window.type(" @B");
      await there("#suggestions .face");
      await ann.picture("mention");
      await ann.window.type("\n");
      await draft("🎉 @Bob ");
      await ann.click(".tool[aria-expanded]");
      await there(".formatting button");
      await ann.window.call(() => document.querySelector<HTMLTextAreaElement>(".composer textarea")!.select(), null);
      await ann.click(".formatting button");
      await draft("**🎉 @Bob** ");
      await ann.picture("formatting");
      await ann.window.type("\n");
      await until("Bob hears it", () => bob.heard.at(-1) === "**🎉 @Bob**");
    });

    it("one reads back over 2,000 messages without a jump", async (t) => {
      const server = await Server.start("--limits=off");
      t.after(() => server.remove());
      const bob = await Speaker.enter(t, server, "long", "Bob");
      await bob.say(...numbered(2000));
      const ann = await Person.open(t, engine);
      await ann.join(`${server.url}r/long`, "Ann");
      await ann.sees("the last message is at the end of the view", (s) => s.belowView < 2 && s.messages.at(-1)?.startsWith("no. 1999") === true);
      await ann.write("mine\n");
      await ann.sees("one's own message is in view", (s) => s.belowView < 2 && s.messages.at(-1) === "mine");
      let jump = 0;
      await until("the beginning of the room is shown", async () => {
        jump = Math.max(jump, await readBack(ann, 100, 250));
        const shown = await ann.shown();
        assertSuccessive(shown.messages.filter((m) => m !== "mine"));
        assert.ok(shown.rows < 150, `${shown.rows} rows are in the document`);
        return shown.beginning;
      }, 280_000);
      assert.ok(jump < 3, `messages jump by ${jump} px`);
      assert.match((await ann.shown()).messages[0]!, /^no\. 0/);
      await ann.picture("beginning");
    });

    it("one changes rooms by their list, finds what is new, and sets the topic by a command", async (t) => {
      const server = await Server.start("--limits=off");
      t.after(() => server.remove());
      const ann = await Person.open(t, engine);
      await ann.window.resize(1280, 720);
      await ann.join(`${server.url}r/kitchen`, "Ann");
      await ann.write("hello kitchen\n");
      await ann.sees("it is confirmed", (s) => s.messages.length === 1 && s.pending === 0);
      await ann.window.goto(`${server.url}r/garden`);
      await ann.sees("the other room is open", (s) => s.connected && s.messages.length === 0);
      const bob = await Speaker.enter(t, server, "kitchen", "Bob");
      await bob.say(...numbered(75));
      const kitchen = '.rooms-column a[href$="/r/kitchen"]';
      const within = (selector: string) => ann.window.call((selector) => document.querySelector<HTMLElement>(selector)?.innerText ?? "", selector);
      await until("the list counts what is new", async () => (await within(`${kitchen} .badge`)).includes("75"));
      await ann.picture("rooms");
      await ann.click(kitchen);
      await ann.sees("the room is shown at what is new", (s) => s.connected && s.messages.some((m) => m.startsWith("no. 0")) && s.belowView > 100);
      const line = await ann.window.call(() => {
        const [line, view] = [".line", ".scroller"].map((part) => document.querySelector(part)!.getBoundingClientRect());
        return (line!.top - view!.top) / view!.height;
      }, null);
      assert.ok(line > 0 && line < 0.5, `the line is at ${line} of the view`);
      await ann.picture("new");
      await ann.write("/topic the soup is ready\n");
      await until("the topic is set", async () => (await within(".topic")) === "the soup is ready");
    });

    it("the room fits a phone", async (t) => {
      const server = await Server.start("--limits=off");
      t.after(() => server.remove());
      const bob = await Speaker.enter(t, server, "phone", "Bob");
      await bob.say(...numbered(30), "a long word: " + "x".repeat(300), "```\n" + "wide ".repeat(60) + "\n```");
      const ann = await Person.open(t, engine);
      await ann.window.resize(390, 780);
      await ann.join(`${server.url}r/phone`, "Ann");
      await ann.write("small\n");
      await ann.seesMessage("small");
      await ann.sees("the end is in view", (s) => s.belowView < 2 && s.pending === 0);
      await ann.picture("phone");
      const { width, outside } = await ann.window.call(() => ({
        width: innerWidth,
        outside: ["header", ".composer", ".composer textarea", ".send"].filter((part) => {
          const box = document.querySelector(part)?.getBoundingClientRect();
          return !box || box.left < 0 || box.right > innerWidth + 0.5 || box.top < 0 || box.bottom > innerHeight + 0.5;
        }),
      }), null);
      assert.ok(width <= 500, `the window is ${width} px wide`);
      assert.deepEqual(outside, [], "parts that are cut off");
      assert.equal((await ann.shown()).sideways, false);
    });

    it("the room is dark where one prefers that", async (t) => {
      const server = await Server.start("--limits=off");
      t.after(() => server.remove());
      const bob = await Speaker.enter(t, server, "dark", "Bob");
      await bob.say("good night", "`code` and https://example.org");
      const ann = await Person.open(t, engine, { dark: true });
      await ann.join(`${server.url}r/dark`, "Ann");
      await ann.write("you too\n");
      await ann.seesMessage("you too");
      await ann.picture("dark");
      const brightness = (part: string, property: "color" | "backgroundColor") => ann.window.call(([part, property]) => {
        for (let e = document.querySelector(part!); e; e = e.parentElement) {
          const numbers = getComputedStyle(e)[property as "color"].match(/[\d.]+/g)!.map(Number);
          if (numbers[3] !== 0) return (numbers[0]! + numbers[1]! + numbers[2]!) / 3;
        }
        return 255;
      }, [part, property]);
      assert.ok(await brightness(".scroller", "backgroundColor") < 64, "the background is dark");
      assert.ok(await brightness(".message .content", "color") > 160, "text is light");
    });
  });
}
