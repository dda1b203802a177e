// Codes, emoji, emotes and the heights of rows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { commandOf, emoteOf, unescaped } from "./emote.ts";
import { isCode, isLoopback, keyOf, newCode } from "./code.ts";
import emojiLines from "./emoji-data.json";
import { emojiKey, emojiOf, onlyEmoji } from "./emoji.ts";
import { EmojiTable, oneEmoji, tones, withTone } from "./emoji-table.ts";
import { RowHeights } from "./row-heights.ts";
import { gistOf } from "./content.ts";
import { gist } from "./markdown/gist.ts";
import { codeIn, linkElsewhere } from "./room-link.ts";

const table = new EmojiTable(emojiLines);

describe("a room code", () => {
  it("is new each time, and has 60 random bits", () => {
    const codes = new Set(Array.from({ length: 1000 }, newCode));
    assert.equal(codes.size, 1000);
    const letters = new Set([...codes].join(""));
    assert.equal(letters.size, 33, "32 letters and the hyphen"); // 12 of them: 12 × 5 bits
    for (const code of codes) assert.match(code, /^[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}$/);
  });
  it("is told from what is none", () => {
    for (const good of ["room1", "k7mq-2x9d-fw3h", "a", "é.b_c", "x".repeat(64), "房间", "हिन्दी", "กิน"])
      assert.ok(isCode(good), good);
    for (const bad of ["", "-a", "a b", "a/b", "<b>", "x".repeat(65), "a?b"]) assert.ok(!isCode(bad), bad);
  });
  it("is one key in all spellings that are one room for the server", () => {
    for (const [code, key] of [
      ["Room1", "room1"],
      ["ΟΔΟΣ", "οδοσ"],
      ["ＡＢＣ１２", "abc12"],
      ["CAFE\u0301", "café"],
    ] as const)
      assert.equal(keyOf(code), key);
    assert.equal(keyOf("οδος"), "οδος", "a sigma that is written as the last one is another letter");
  });
  it("is found in what people paste", () => {
    assert.equal(codeIn("  room1 "), "room1");
    assert.equal(codeIn("k7mq 2x9d fw3h"), "k7mq-2x9d-fw3h");
    assert.equal(codeIn("https://chat.example/below/r/caf%C3%A9?x#y"), "café");
    assert.equal(codeIn("http://localhost:8080/r/%zz"), "%zz");
    const base = new URL("https://chat.example/below/");
    for (const here of [
      "room1",
      "https://chat.example/below/r/room1",
      " HTTPS://Chat.example:443/below/r/room1#invite=x",
      "other.example/r/room1",
      "https://other.example/r/%3Cscript%3E",
    ])
      assert.equal(linkElsewhere(here, base), undefined, here);
    for (const there of [
      "https://other.example/below/r/room1",
      "http://chat.example/below/r/room1",
      "https://chat.example/r/room1#invite=x",
    ])
      assert.equal(linkElsewhere(` ${there}\n`, base), there);
  });
});

describe("a host", () => {
  it("is this computer's alone, or others'", () => {
    for (const url of [
      "http://localhost:8080",
      "http://127.0.0.1",
      "http://127.1.2.3:1",
      "http://[::1]:8080",
      "http://snug.localhost",
      "http://127.1",
    ])
      assert.ok(isLoopback(new URL(url).hostname), url);
    for (const url of [
      "http://192.168.1.2",
      "https://localhost.example",
      "http://[::2]",
      "http://127.0.0.1.example",
      "https://e.org",
    ])
      assert.ok(!isLoopback(new URL(url).hostname), url);
  });
});

describe("emoji", () => {
  it("are large alone", () => {
    for (const text of ["🚀", "👍🏽 🎉", "🇩🇪", "👩‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "❤️"]) assert.ok(onlyEmoji(text), text);
    for (const text of ["", "a🚀", "1", "#", "🚀🚀🚀🚀"]) assert.ok(!onlyEmoji(text), text);
  });
  it("are the same with and without a variation selector", () => {
    for (const [a, b] of [
      ["❤", "❤️"],
      ["👍", "👍️"],
      ["❤‍🔥", "❤️‍🔥"],
      ["1⃣", "1️⃣"],
      ["✊", "✊︎"],
    ])
      assert.equal(emojiKey(a!), emojiKey(b!));
    assert.notEqual(emojiKey("👍"), emojiKey("👍🏽"));
    for (const emoji of ["❤️", "👍", "👍🏽", "❤️‍🔥", "1️⃣", "☝🏽", "🏳️‍🌈", "🇩🇪", "+1", "ok"])
      assert.equal(emojiOf(emojiKey(emoji)), emoji);
  });
  it("have names that people know, in this order", () => {
    const first = (typed: string) => table.find(typed, 3).map(({ emoji, name }) => ({ emoji, name }))[0];
    assert.deepEqual(first("tada"), { emoji: "🎉", name: "tada" });
    assert.deepEqual(first("+1"), { emoji: "👍", name: "+1" });
    assert.deepEqual(first("rocke"), { emoji: "🚀", name: "rocket" });
    assert.equal(first("heart")!.emoji, "❤️");
    assert.equal(first("red heart")!.emoji, "❤️");
    assert.ok(table.find("派对", 9).some((f) => f.emoji === "🎉"));
    assert.deepEqual(table.find("nothing of that name", 3), []);
  });
  it("are those that emojibase-data has, each in one category", async () => {
    const before = readFileSync("src/emoji-data.json", "utf8");
    assert.equal((await import("../emoji.mjs")).emojiData(), before, "npm run emoji writes another file");
    const all = [...table.groups.values()].flat().map((e) => e.emoji);
    assert.equal(new Set(all.map(emojiKey)).size, all.length);
    for (const emoji of all) assert.equal(emojiOf(emojiKey(emoji)), emoji);
    assert.deepEqual([...table.groups.keys()].slice(0, 2), ["smileys", "people"]);
    assert.ok(table.groups.get("flags")!.some((e) => e.emoji === "🇩🇪"));
    assert.equal(table.about("👍🏽")!.label.en, "thumbs up");
    assert.equal(table.about("👍🏽")!.label.zh, "拇指向上");
  });
  it("have the skin tones that emojibase-data has, also of two people", async () => {
    const { emojiTones } = await import("../emoji.mjs");
    const known = emojiTones();
    assert.ok(known.length > 300);
    for (const { emoji, tones: all } of known) {
      if (!/\p{EBase}/u.test(emoji)) continue; // Unicode has given it tones since this Node was made
      assert.ok(table.about(emoji)!.hasTones, emoji);
      assert.deepEqual(
        tones.map((tone) => withTone(table.about(emoji)!, tone)),
        [emoji, ...all],
      );
    }
    assert.equal([...table.groups.values()].flat().filter((e) => e.hasTones).length, known.length);
    assert.equal(withTone(table.about("🚀")!, 3), "🚀");
  });
  it("are told from other texts, in any tone and sequence", () => {
    for (const one of ["🚀", " 👍🏽 ", "🇩🇪", "👩‍👩‍👧", "🧑🏻‍❤️‍💋‍🧑🏿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "❤", "🏳️‍🌈"]) assert.equal(oneEmoji(one), one.trim());
    for (const none of ["", " ", "1", "#", "a", "🚀🚀", "a🚀", "🚀a", ":rocket:", "é", "房"])
      assert.equal(oneEmoji(none), undefined, none);
  });
});

describe("the gist of a message", () => {
  it("is what it says, or the names of its files", () => {
    const file = { id: "f", name: "plan.txt", type: "text/plain", size: 2 };
    assert.equal(gistOf({ content: "*the* plan", files: [file] }), "the plan");
    assert.equal(gistOf({ content: "", files: [file, { ...file, name: "b.txt" }] }), "plan.txt, b.txt");
    assert.equal(gistOf({ content: "" }), "");
  });
});

describe("an emote", () => {
  it("begins with /me, and says something", () => {
    assert.equal(emoteOf("/me waves"), "waves");
    assert.equal(gist("/me *waves*"), "waves");
    for (const none of ["/me", "/me  ", "/meh", " /me waves", "me waves", "/Me waves"])
      assert.equal(emoteOf(none), undefined, none);
  });
  it("is told from what looks like another command", () => {
    for (const [text, word] of [
      ["/help", "/help"],
      ["/nick Bob", "/nick"],
      ["/me", "/me"],
      ["/topic\nx", "/topic"],
    ])
      assert.equal(commandOf(text!), word);
    for (const none of ["/me waves", "/etc/passwd", "/", "//", "// x", "//word", "a /b", "/ x", "/r/code"])
      assert.equal(commandOf(none), undefined, none);
  });
  it("is sent as it was written, but for a slash that was written twice as it would be a command", () => {
    for (const [written, sent] of [
      ["//help me", "/help me"],
      ["//topic", "/topic"],
      ["// a comment", "// a comment"],
      ["//cdn.example/x.js", "//cdn.example/x.js"],
      ["///", "///"],
      ["a //help", "a //help"],
    ])
      assert.equal(unescaped(written!), sent);
  });
});

describe("heights", () => {
  it("are guessed until they are measured", () => {
    const heights = new RowHeights<{ key: string }>(() => 10);
    heights.set(["a", "b", "c"].map((key) => ({ key })));
    assert.deepEqual([heights.total, heights.at(0), heights.at(15), heights.at(99)], [30, 0, 1, 2]);
    assert.ok(heights.measure("a", 50));
    assert.ok(!heights.measure("a", 50));
    heights.done();
    assert.deepEqual([heights.total, heights.at(15), heights.top(1), heights.index("c")], [70, 0, 50, 2]);
    heights.set(["z", "a", "b", "c"].map((key) => ({ key })));
    assert.deepEqual([heights.total, heights.top(2)], [80, 60]);
  });
  it("are the same whether rows are laid anew or only those that changed", () => {
    const key = fc.constantFrom(..."abcdefgh");
    const step = fc.oneof(
      fc.record({ keys: fc.uniqueArray(key) }),
      fc.record({ measured: fc.array(fc.tuple(key, fc.integer({ min: 0, max: 99 }))) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const heights = new RowHeights<{ key: string }>(() => 10);
        const all = new Map([..."abcdefgh"].map((k) => [k, { key: k }]));
        const measured = new Map<string, number>();
        for (const s of steps) {
          if ("keys" in s) heights.set(s.keys.map((k) => all.get(k)!));
          else {
            for (const [k, height] of s.measured) {
              heights.measure(k, height);
              measured.set(k, height);
            }
            heights.done();
          }
          let top = 0;
          heights.rows.forEach((row, i) => {
            assert.deepEqual([heights.top(i), heights.index(row.key)], [top, i]);
            top += measured.get(row.key) ?? 10;
          });
          assert.equal(heights.total, top);
        }
      }),
    );
  });
});
