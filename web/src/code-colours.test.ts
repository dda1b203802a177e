import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { colour, languageNames, longestColoured, type Piece } from "./code-colours.ts";

const textOf = (p: Piece): string => (p.type === "text" ? p.value : p.inside.map(textOf).join(""));
const depth = (p: Piece): number => (p.type === "text" ? 1 : 1 + Math.max(0, ...p.inside.map(depth)));

describe("coloured code", () => {
  it("is found in languages by their names and aliases", () => {
    const pieces = colour("func f() {}", "go")!;
    assert.deepEqual(pieces[0], {
      type: "scope",
      scopes: "hljs-function",
      inside: [
        { type: "scope", scopes: "hljs-keyword", inside: [{ type: "text", value: "func" }] },
        { type: "text", value: " " },
        { type: "scope", scopes: "hljs-title", inside: [{ type: "text", value: "f" }] },
        { type: "scope", scopes: "hljs-params", inside: [{ type: "text", value: "()" }] },
      ],
    });
    for (const name of ["ts", "JSX", "py", "rb", "sh", "html", "toml", "yml", "c++", "cs", "rs", "console"])
      assert.ok(colour("a", name), name);
  });

  it("is left as it is where a part of it can't be", () => assert.equal(colour("[", "css"), undefined));

  it("is left as it is in other languages, and where it is very long", () => {
    for (const name of ["", "text", "constructor", "__proto__", "hasOwnProperty"])
      assert.equal(colour("a", name), undefined, name);
    assert.equal(colour("a".repeat(longestColoured + 1), "go"), undefined);
  });

  // Each of these takes some parser a time that grows with the square of their number, or its stack as deep as there are.
  const marks = [
    "`${",
    "{",
    "(",
    "<a ",
    "<!--",
    "/*",
    '"',
    "'",
    "\\",
    "#",
    "=begin\n",
    "<<A\n",
    "a.",
    "a<",
    " ",
    "\n",
    "*",
    "@",
    "$(",
    "%{",
    "1e",
    "- ",
    ": ",
  ];
  for (const name of languageNames) {
    it(`has every character of any text in ${name}, in bounded time`, () => {
      for (const mark of marks) {
        const text = mark.repeat(Math.floor(longestColoured / mark.length));
        const pieces = colour(text, name) ?? [];
        if (pieces.length === 0) continue;
        assert.equal(pieces.map(textOf).join(""), text);
        assert.ok(Math.max(...pieces.map(depth)) < 40);
      }
      const text = fc.array(fc.oneof(fc.constantFrom(...marks), fc.string()), { maxLength: 40 });
      fc.assert(
        fc.property(text, (pieces) => {
          const code = pieces.join("");
          assert.equal((colour(code, name) ?? [{ type: "text", value: code }]).map(textOf).join(""), code);
        }),
        { numRuns: Number(process.env["SNUG_FUZZ_RUNS"]) || 30 },
      );
    });
  }
});
