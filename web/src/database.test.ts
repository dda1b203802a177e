import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { Database } from "./database.ts";

describe("a database about which the browser says nothing", () => {
  afterEach(() => Reflect.deleteProperty(globalThis, "indexedDB"));

  it("is in memory after two seconds, and not before", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    Object.assign(globalThis, { indexedDB: { open: () => ({}) } });
    const database = new Database("silent");
    let isOpen: boolean | undefined;
    void database.isOpen().then((open) => (isOpen = open));
    const written = database.put("page", "language", "de");
    const pass = async (ms: number) => {
      t.mock.timers.tick(ms);
      await new Promise((turn) => setImmediate(turn));
    };
    for (let step = 0; step < 3; step++) await pass(500);
    assert.equal(isOpen, undefined);
    await pass(500);
    assert.equal(isOpen, false);
    assert.equal(await written, false);
    assert.equal(await database.get("page", "language"), "de");
    assert.deepEqual(await database.all("page"), [["language", "de"]]);
  });

  it("counts a moment in which the page didn't run as a part of that", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    Object.assign(globalThis, { indexedDB: { open: () => ({}) } });
    let isOpen: boolean | undefined;
    void new Database("busy").isOpen().then((open) => (isOpen = open));
    t.mock.timers.tick(60_000);
    await new Promise((turn) => setImmediate(turn));
    assert.equal(isOpen, undefined);
  });
});
