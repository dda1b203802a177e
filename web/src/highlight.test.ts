import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countFound, highlight, termsOf } from "./highlight.ts";

/** A text with what a query finds in brackets. */
const marked = (text: string, query: string): string =>
  highlight(text, termsOf(query))
    .map((piece) => (piece.found ? `[${piece.text}]` : piece.text))
    .join("");

describe("a query", () => {
  it("is read as the server reads it", () => {
    for (const [query, terms] of [
      ["tea  Pot", ["tea", "pot"]],
      ['"green  tea" now', ["green tea", "now"]],
      ['"never closed', ["never closed"]],
      ['from:ada From:"client 1" tea has:link before:2026-01-31', ["tea"]],
      ["before:lunch has:luck from:", ["before:lunch", "has:luck", "from:"]],
      ['has:"two words"', ["has:", "two words"]],
      ["http://x.org a:b", ["http://x.org", "a:b"]],
      ['a"b', ['a"b']],
      ["", []],
      ['""', []],
    ] as const)
      assert.deepEqual(termsOf(query), terms, query);
  });
});

describe("what was found", () => {
  it("is marked regardless of case, accents and forms of the same character", () => {
    assert.equal(marked("One Café, two cafés", "cafe"), "One [Café], two [café]s");
    assert.equal(marked("Cafe\u0301!", "CAFÉ"), "[Café]!");
    assert.equal(marked("Straße", "strasse"), "[Straße]");
    assert.equal(marked("ＴＥＡ and ﬁsh", "tea fish"), "[ＴＥＡ] and [ﬁsh]");
    assert.equal(marked("今日は東京です", "東京"), "今日は[東京]です");
    assert.equal(marked("한국어", "국"), "한[국]어");
    assert.equal(marked("ΟΔΟΣ", "οδος"), "[ΟΔΟΣ]");
    assert.equal(marked("teapot", "tea pot"), "[teapot]");
    assert.equal(marked("a green\n  tea", '"green tea"'), "a [green tea]");
    assert.equal(marked("nothing here", "tea"), "nothing here");
    assert.equal(marked("", "tea"), "");
  });

  it("is shown with what is around it", () => {
    const text = highlight(`${"before ".repeat(100)}needle${" after".repeat(100)}`, ["needle"]);
    assert.deepEqual(
      text.filter((p) => p.found).map((p) => p.text),
      ["needle"],
    );
    assert.match(text[0]!.text, /^….*before $/);
    assert.match(text.at(-1)!.text, /^ after.*…$/);
    assert.ok(text.map((p) => p.text).join("").length <= 202);
    const end = highlight(`${"x".repeat(500)} end`, ["end"]);
    assert.equal(end.at(-1)!.text, "end");
  });

  it("is counted by terms", () => {
    assert.equal(countFound("a green\n  Tea", termsOf('"green tea" GREEN oolong')), 2);
    assert.equal(countFound("[tea](https://tea.example)", termsOf("tea.example")), 1);
    assert.equal(countFound("tea", []), 0);
  });

  it("shows no characters that turn the text around", () => {
    assert.equal(marked("a\u202ebc\u0007", "b"), "a[b]c\u2407");
  });
});
