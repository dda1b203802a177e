import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { decode } from "./received.ts";

interface Vector {
  name: string;
  frame: string;
  seq?: number;
}

const vectors = JSON.parse(readFileSync(join(process.cwd(), "../protocol/testdata/vectors.json"), "utf8")) as {
  server: Vector[];
  later: Vector[];
};

describe("the shared vectors: frames from the server", () => {
  for (const v of vectors.server) {
    it(v.name, () => {
      const received = decode(v.frame);
      assert.ok(received !== "unknown");
      assert.deepEqual("log" in received ? received.log : received.other, JSON.parse(v.frame));
      assert.equal("log" in received, "from" in JSON.parse(v.frame));
    });
  }
  for (const v of vectors.later) {
    it(`of a later version: ${v.name}`, () => {
      const received = decode(v.frame);
      if (v.seq === undefined) assert.equal(received, "unknown");
      else assert.ok(received !== "unknown" && "log" in received && received.log.seq === v.seq);
    });
  }
  for (const frame of [
    "",
    "[]",
    "null",
    "{}",
    '{"type":7}',
    '{"type":"message","seq":"1","from":{}}',
    new ArrayBuffer(2),
  ]) {
    it(`refuses ${JSON.stringify(frame)}`, () => {
      assert.throws(() => decode(frame));
    });
  }
});
