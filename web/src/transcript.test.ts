import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Message } from "./fold.ts";
import { transcript } from "./transcript.ts";

Object.defineProperty(globalThis, "navigator", { value: { languages: ["en-GB"] }, configurable: true }); // Node may have none

const message = (more: Partial<Message>): Message => ({
  seq: 1,
  id: "i1",
  at: new Date(2026, 2, 1, 14, 16),
  from: { member: "ann", nick: "Ann", role: "member" },
  content: "",
  ...more,
});
const copied = (more: Partial<Message>) =>
  transcript([{ is: "message", key: "s1", message: message(more), own: false, first: true, last: true }]);
const file = (name: string) => ({ id: name, name, type: "text/plain", size: 1 });

describe("a message that is copied with others", () => {
  it("has the names of its files", () => {
    assert.equal(
      copied({ content: "look", files: [file("a.txt"), file("b.txt")] }),
      "[14:16] Ann: look\n📎 a.txt\n📎 b.txt",
    );
    assert.equal(copied({ files: [file("a.txt")] }), "[14:16] Ann: 📎 a.txt");
  });
  it("says who a hook's sender is", () => {
    assert.equal(copied({ content: "green", as: "build 7" }), "[14:16] Ann (build 7): green");
  });
});
