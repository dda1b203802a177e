// A browser that doesn't say whether it has opened the page's database, as Safari sometimes does.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { Visitor } from "./browser.ts";
import { browser, server } from "./running.ts";
import { until } from "./server.ts";
import { Speaker } from "./speaker.ts";

/** From the next load on, the browser opens no database in a tab before `answer`. */
async function silence(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const open = IDBFactory.prototype.open;
    const answered = new Promise<void>((answer) => Object.assign(globalThis, { answer }));
    IDBFactory.prototype.open = function (this: IDBFactory, ...how: Parameters<typeof open>) {
      const request: Partial<IDBOpenDBRequest> = {};
      void answered.then(() => {
        const real = open.apply(this, how);
        for (const name of ["onupgradeneeded", "onsuccess", "onerror"] as const)
          real[name] = (e: Event) => {
            if (name !== "onerror") Object.assign(request, { result: real.result });
            request[name]?.call(real, e as IDBVersionChangeEvent);
          };
      });
      return request as IDBOpenDBRequest;
    };
  });
}

async function answer(page: Page): Promise<void> {
  await page.evaluate(() => (globalThis as unknown as { answer: () => void }).answer());
}

const people = async ({ page }: Visitor) => (await page.locator(".people .name").allInnerTexts()).sort();

describe("a database that the browser doesn't open", () => {
  it("keeps nobody from entering and writing, and once it is there nothing is lost", async (t) => {
    const bob = await Speaker.enter(t, server, "late-new", "Bob");
    const ann = await Visitor.open(t, browser, server.url);
    await silence(ann.page);
    await ann.page.goto(`${server.url}r/late-new`);
    await ann.enter("Ann");
    await ann.say("without a database");
    await ann.bubble("without a database").waitFor();
    await until("it is there", () => bob.heard.length === 1);
    await answer(ann.page);
    await until("the seat is stored", async () => (await ann.stored()).includes('"late-new":{"seat"'));
    await ann.say("with one");
    await until("both are there", () => bob.heard.length === 2);
    await ann.reopen();
    await ann.connected();
    await ann.bubble("with one").waitFor();
    assert.equal(await ann.page.locator(".message.own").count(), 2, "it is the same member");
    assert.deepEqual(bob.heard, ["without a database", "with one"]);
  });

  it("gives its user back who they were in the room, once it is there", async (t) => {
    const bob = await Speaker.enter(t, server, "late-known", "Bob");
    const url = `${server.url}r/late-known`;
    const ann = await Visitor.open(t, browser, url);
    await ann.enter("Ann");
    await ann.say("before");
    await ann.settled();
    const { seat } = await ann.place("late-known");
    await silence(ann.page);
    await ann.page.reload();
    await ann.connected();
    await ann.bubble("before").waitFor();
    assert.equal(await ann.page.locator(".message.own").count(), 0, "nobody knows her");
    await ann.say("meanwhile");
    await ann.bubble("meanwhile").waitFor();
    await ann.draft.fill("not sent yet");
    await answer(ann.page);
    await until("she is the first Ann", async () => (await ann.page.locator(".message.own").allInnerTexts()).some((text) => text.includes("before")));
    await ann.connected();
    assert.equal(await ann.draft.inputValue(), "not sent yet");
    await ann.draft.press("Enter");
    await until("all is there", () => bob.heard.length === 3);
    assert.deepEqual(bob.heard, ["before", "meanwhile", "not sent yet"]);
    await ann.settled();
    assert.deepEqual(await ann.contents(), ["before", "meanwhile", "not sent yet"]);
    await until("she is there once", async () => (await people(ann)).join() === "Ann,Bob");
    assert.equal((await ann.place("late-known")).seat, seat);
  });
});
