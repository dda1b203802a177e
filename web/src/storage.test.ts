import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BrowserItems } from "./browser-items.ts";

/** A browser's storage, which can be full. */
class Area {
  full = false;
  constructor() {
    Object.defineProperty(this, "full", { enumerable: false, writable: true });
  }
  [key: string]: unknown;
  getItem(key: string): string | null {
    return Object.hasOwn(this, key) ? (this[key] as string) : null;
  }
  setItem(key: string, value: string): void {
    if (this.full) throw new Error("QuotaExceededError");
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
}

describe("items of a browser", () => {
  it("are shared between pages, and named", () => {
    const area = new Area() as unknown as Storage & Area;
    const [one, other] = [new BrowserItems(() => area), new BrowserItems(() => area)];
    one.write("seat:a", { seat: "s" });
    one.write("draft:a:1", "x");
    assert.deepEqual(other.read("seat:a"), { seat: "s" });
    assert.deepEqual(other.names("draft:a:"), ["draft:a:1"]);
    other.write("draft:a:1", undefined);
    assert.equal(one.read("draft:a:1"), undefined);
    area.setItem("snug:seat:a", "damaged {");
    assert.equal(one.read("seat:a"), undefined);
    assert.equal(BrowserItems.nameOf("snug:nick"), "nick");
    assert.equal(BrowserItems.nameOf("another's"), undefined);
  });
});

describe("items of a browser that is full", () => {
  it("are what was written last, and no older ones", () => {
    const area = new Area() as unknown as Storage & Area;
    const items = new BrowserItems(() => area);
    items.write("draft", "old");
    items.write("seat", "old seat");
    area.full = true;
    items.write("draft", "new");
    items.write("seat", "new seat");
    assert.deepEqual([items.read("draft"), items.read("seat")], ["new", "new seat"], "as long as the page lives");
    assert.equal(new BrowserItems(() => area).read("draft"), undefined, "after a reload the old one is gone too");
    items.write("draft", undefined);
    assert.equal(items.read("draft"), undefined);
    area.full = false;
    items.write("draft", "newest");
    assert.equal(new BrowserItems(() => area).read("draft"), "newest");
  });

  it("are in memory where there is no storage at all", () => {
    const items = new BrowserItems(() => {
      throw new Error("SecurityError");
    });
    items.write("nick", "ann");
    assert.equal(items.read("nick"), "ann");
    assert.deepEqual(items.names("n"), ["nick"]);
    items.write("nick", undefined);
    assert.equal(items.read("nick"), undefined);
    assert.deepEqual(items.names(""), []);
  });
});
