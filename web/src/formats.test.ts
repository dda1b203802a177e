// Formats: what becomes of a text and its selection.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { editFor, type Format } from "./formats.ts";

/** Gives what is between the bars a format, and returns the text with bars around what is selected then. */
function formatted(format: Format, marked: string): string {
  const [a, b, c] = marked.split("|") as [string, string, string];
  const before = a + b + c;
  const { from, to, text, start, end } = editFor(format, before, a.length, a.length + b.length);
  const after = before.slice(0, from) + text + before.slice(to);
  return `${after.slice(0, start)}|${after.slice(start, end)}|${after.slice(end)}`;
}

describe("a format", () => {
  for (const [format, before, after] of [
    ["bold", "a |tea | b", "a **|tea|**  b"],
    ["italic", "**|tea|**", "***|tea|***"],
    ["strike", "||", "~~||~~"],
    ["code", "|x|", "`|x|`"],
    ["code", "|x\ny|", "```\n|x\ny|\n```"],
    ["block", "||", "```\n||\n```"],
    ["block", "see |x| there", "see \n```\n|x|\n```\n there"],
    ["block", "a\n|b\nc|\nd", "a\n```\n|b\nc|\n```\nd"],
    ["block", "|a ```` b|", "`````\n|a ```` b|\n`````"],
    ["quote", "a|b|", "|> ab|"],
    ["quote", "a\nb|b\n\nc|c\nd", "a\n|> bb\n\n> cc|\nd"],
    ["list", "a\n||", "a\n- ||"],
    ["list", "|- a\nb|", "|- a\n- b|"],
    ["link", "see |this|", "see [this](|https://|)"],
    ["link", "||", "[||](https://)"],
  ] as const)
    it(`is put around and taken away: ${format} of ${JSON.stringify(before)}`, () => {
      assert.equal(formatted(format, before), after);
      if (format === "link" || before.includes("- ")) return;
      const again = formatted(format, after);
      // What stood around the lines of a block, or was a selection within a line, doesn't come back.
      const plain = (s: string) => s.replace(/[|\n]/g, "").replace(/ +/g, " ");
      assert.equal(plain(again), plain(before));
    });

  it("makes an address that is selected the link's", () => {
    assert.equal(formatted("link", "|https://e.org/|"), "[||](https://e.org/)");
  });

  it("takes fences away with the language that they name", () => {
    assert.equal(formatted("block", "x\n```go\n|a\nb|\n```\ny"), "x\n|a\nb|\ny");
    assert.equal(formatted("block", "```\n|a|\n```"), "|a|");
  });
});
