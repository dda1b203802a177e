import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { addressAt } from "./autolink.ts";

/** What the server's tests read, too. */
const cases = JSON.parse(readFileSync(join(process.cwd(), "../internal/autolink/testdata/cases.json"), "utf8")) as {
  text: string;
  addresses: string[];
}[];

test("addresses are those of the server", () => {
  for (const { text, addresses } of cases) {
    const found: string[] = [];
    for (let at = 0; at < text.length; at++) {
      const length = addressAt(text, at);
      if (length === 0) continue;
      found.push(text.slice(at, at + length));
      at += length - 1;
    }
    assert.deepEqual(found, addresses, text);
  }
});
