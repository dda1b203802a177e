import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { EventStreamParser } from "./event-stream.ts";

describe("an event stream", () => {
  const stream = [
    "\uFEFFretry: 1000",
    ":",
    "event: welcome",
    "id: e:0",
    'data: {"type":"welcome"}',
    "",
    ": a comment",
    "id: e:1",
    'data:{"content":"a: b 👋"}',
    "",
    "event: nothing",
    "",
    "data: one",
    "data:  two",
    "data",
    "",
    "event: cut off",
    "data: lost",
    "",
  ];
  const events = [
    { name: "welcome", data: '{"type":"welcome"}' },
    { name: "", data: '{"content":"a: b 👋"}' },
    { name: "", data: "one\n two\n" },
  ];

  it("is the same however it is cut into parts, and whatever ends its lines", () => {
    fc.assert(
      fc.property(fc.constantFrom("\n", "\r\n", "\r"), fc.array(fc.nat(12)), (end, sizes) => {
        const parser = new EventStreamParser();
        const found = [];
        let rest = stream.join(end);
        for (const size of [...sizes, Infinity]) {
          found.push(...parser.push(rest.slice(0, size)));
          rest = rest.slice(size);
        }
        assert.deepEqual(found, events);
      }),
    );
  });
});
