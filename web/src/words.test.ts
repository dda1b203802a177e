// Codes, emoji, mentions and what completes them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { actionOf, commandOf } from "./action.ts";
import { codeIn, isCode, isLoopback, newCode } from "./code.ts";
import { offers } from "./completion.ts";
import { emoji, onlyEmoji } from "./emoji.ts";
import { Heights } from "./heights.ts";
import { gist } from "./markdown.ts";
import { mentions, splitMentions } from "./mentions.ts";

describe("a room code", () => {
  it("is new each time, and has 60 random bits", () => {
    const codes = new Set(Array.from({ length: 1000 }, newCode));
    assert.equal(codes.size, 1000);
    const letters = new Set([...codes].join(""));
    assert.equal(letters.size, 33, "32 letters and the hyphen"); // 12 of them: 12 × 5 bits
    for (const code of codes) assert.match(code, /^[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}$/);
  });
  it("is told from what is none", () => {
    for (const good of ["room1", "k7mq-2x9d-fw3h", "a", "é.b_c", "x".repeat(64), "房间"]) assert.ok(isCode(good), good);
    for (const bad of ["", "-a", "a b", "a/b", "<b>", "x".repeat(65), "a?b"]) assert.ok(!isCode(bad), bad);
  });
  it("is found in what people paste", () => {
    assert.equal(codeIn("  room1 "), "room1");
    assert.equal(codeIn("k7mq 2x9d fw3h"), "k7mq-2x9d-fw3h");
    assert.equal(codeIn("https://chat.example/below/r/caf%C3%A9?x#y"), "café");
    assert.equal(codeIn("http://localhost:8080/r/%zz"), "%zz");
  });
});

describe("a host", () => {
  it("is this computer's alone, or others'", () => {
    for (const url of ["http://localhost:8080", "http://127.0.0.1", "http://127.1.2.3:1", "http://[::1]:8080", "http://snug.localhost", "http://127.1"]) assert.ok(isLoopback(new URL(url).hostname), url);
    for (const url of ["http://192.168.1.2", "https://localhost.example", "http://[::2]", "http://127.0.0.1.example", "https://e.org"]) assert.ok(!isLoopback(new URL(url).hostname), url);
  });
});

describe("emoji", () => {
  it("come by their names", () => {
    assert.ok(emoji.size > 150);
    for (const [name, sign] of emoji) assert.ok(onlyEmoji(sign), name);
  });
  it("are large alone", () => {
    for (const text of ["🚀", "👍🏽 🎉", "🇩🇪", "👩‍👩‍👧"]) assert.ok(onlyEmoji(text), text);
    for (const text of ["", "a🚀", "1", "#", "🚀🚀🚀🚀"]) assert.ok(!onlyEmoji(text), text);
  });
});

describe("an action", () => {
  it("begins with /me, and says something", () => {
    assert.equal(actionOf("/me waves"), "waves");
    assert.equal(gist("/me *waves*"), "waves");
    for (const none of ["/me", "/me  ", "/meh", " /me waves", "me waves", "/Me waves"]) assert.equal(actionOf(none), undefined, none);
  });
  it("is told from what looks like another command", () => {
    for (const [text, word] of [["/help", "/help"], ["/nick Bob", "/nick"], ["/me", "/me"], ["/topic\nx", "/topic"]]) assert.equal(commandOf(text!), word);
    for (const none of ["/me waves", "/etc/passwd", "/", "//", "// x", "//word", "a /b", "/ x", "/r/code"]) assert.equal(commandOf(none), undefined, none);
  });
});

describe("mentions", () => {
  it("name the longest nick that is there", () => {
    assert.deepEqual(splitMentions("hi @ann lee, @ANN and @anna", ["ann", "ann lee"]), [
      { text: "hi " }, { text: "@ann lee", nick: "ann lee" }, { text: ", " }, { text: "@ANN", nick: "ann" }, { text: " and @anna" },
    ]);
  });
  it("aren't addresses", () => { assert.ok(!mentions("mail a@ann", "ann")); });
});

describe("completion", () => {
  it("offers nicks and emoji before the caret, and puts them there", () => {
    assert.deepEqual(offers("hi @a there", 5, ["bob", "Ann"]), [{ shown: "Ann", text: "hi @Ann  there", caret: 8 }]);
    const [rocket] = offers(":rock", 5, []);
    assert.deepEqual([rocket!.text, rocket!.shown, rocket!.sign], ["🚀 ", ":rocket:", "🚀"]);
  });
  it("offers nothing elsewhere", () => {
    for (const text of ["", "hello", "a@b", "12:30", "http://x", ":a"]) assert.deepEqual(offers(text, text.length, ["bob"]), [], text);
  });
});

describe("heights", () => {
  it("are guessed until they are measured", () => {
    const heights = new Heights<{ key: string }>(() => 10);
    heights.set(["a", "b", "c"].map((key) => ({ key })));
    assert.deepEqual([heights.total, heights.at(0), heights.at(15), heights.at(99)], [30, 0, 1, 2]);
    assert.ok(heights.measure("a", 50));
    assert.ok(!heights.measure("a", 50));
    heights.done();
    assert.deepEqual([heights.total, heights.at(15), heights.top(1), heights.index("c")], [70, 0, 50, 2]);
    heights.set(["z", "a", "b", "c"].map((key) => ({ key })));
    assert.deepEqual([heights.total, heights.top(2)], [80, 60]);
  });
});
