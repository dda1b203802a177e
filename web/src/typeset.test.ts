import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { typeset, type MathPiece } from "./typeset.ts";

/** Pieces in short. */
const short = (p: MathPiece): string => (typeof p === "string" ? p : `${p.element}(${p.inside.map(short).join("")})`);
const all = (p: MathPiece): MathPiece[] => (typeof p === "string" ? [p] : [p, ...p.inside.flatMap(all)]);

const commands = [
  "\\frac",
  "\\sqrt",
  "\\left(",
  "\\right)",
  "\\begin{matrix}",
  "\\end{matrix}",
  "\\begin{align}",
  "\\end{align}",
  "&",
  "\\\\",
  "^",
  "_",
  "{",
  "}",
  "\\href{javascript:alert(1)}",
  "\\url{x}",
  "\\includegraphics{x}",
  "\\id{x}",
  "\\class{x}",
  "\\style{color:red}",
  "\\data{a=b}",
  "\\label{x}",
  "\\tag{x}",
  "\\text{<b>}",
  "\\color{red}",
  "\\colorbox{red}{x}",
  "\\def\\a{\\a\\a}",
  "\\a",
  "\\newcommand",
  "\\rule{9em}{9em}",
  "\\kern9em",
  "\\raise9em",
  "\\cancel{x}",
  "\\overbrace{x}",
  "\\mathcal{X}",
  "\\hspace{-99em}",
  "\\phantom{x}",
  "\\fbox{x}",
  "x",
  "1",
  "+",
  " ",
  "'",
  "~",
  "%",
  "#1",
  "\\char64",
  "\\ce{H2O}",
  "\\operatorname",
];

describe("a formula", () => {
  it("becomes MathML", () => {
    assert.equal(typeset("x^2", false)!.map(short).join(""), "math(msup(mi(x)mn(2)))");
    assert.match(typeset("\\frac{a}{b}", true)!.map(short).join(""), /mfrac\(mi\(a\)mi\(b\)\)/);
  });

  it("is none where it isn't TeX, or is very long or deep", () => {
    for (const tex of ["\\frac{", "\\nosuchcommand", "x".repeat(2001), "\\sqrt{".repeat(280) + "}".repeat(280)])
      assert.equal(typeset(tex, true), undefined, tex.slice(0, 20));
    const macros = [
      "\\def\\x{\\x\\x}\\x",
      "\\def\\a{" + "x".repeat(999) + "}" + "\\a".repeat(200),
      "\\newcommand{\\a}{b}\\a",
      "\\let\\a=b",
    ];
    for (const tex of macros) assert.equal(typeset(tex, false), undefined, tex.slice(0, 20));
  });

  it("has nothing that does more than draw", () => {
    const tex = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...commands) },
        { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
      ),
      { maxLength: 25 },
    );
    let set = 0;
    fc.assert(
      fc.property(tex, fc.boolean(), (pieces, display) => {
        const shown = typeset(pieces.join(""), display);
        if (shown) set++;
        for (const p of (shown ?? []).flatMap(all)) {
          if (typeof p === "string") continue;
          assert.match(p.element, /^m[a-z]+$|^none$/);
          for (const [name, value] of Object.entries(p.attributes)) {
            assert.doesNotMatch(name, /^on|^id$|href|src|^data|html/i);
            assert.doesNotMatch(JSON.stringify(value), /url\(|javascript|position/i, name);
          }
        }
      }),
      { numRuns: Number(process.env["SNUG_FUZZ_RUNS"]) || 2000 },
    );
    assert.ok(set > 50, `only ${set} were TeX`);
  });
});
