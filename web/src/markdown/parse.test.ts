import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { extended } from "./extended.ts";
import { formulaAt } from "./formulas.ts";
import { gist } from "./gist.ts";
import { longestParsed, parse, type More } from "./parse.ts";
import type { Block, Inline } from "./tree.ts";
import { visible } from "./visible.ts";

/** The tree in short: what is in each piece, between its marks. */
function short(text: string, more?: More): string {
  return parse(text, more).map(block).join("|");
}

function block(b: Block): string {
  switch (b.is) {
    case "paragraph":
      return line(b.inside);
    case "code":
      return `code(${b.text})`;
    case "quote":
      return `quote(${b.inside.map(block).join("|")})`;
    case "list":
      return `${b.ordered ? `from ${b.start}` : "list"}(${b.items.map((item, i) => task(b.done?.[i]) + item.map(block).join("|")).join(",")})`;
    case "heading":
      return `h${b.level}(${line(b.inside)})`;
    case "math":
      return `block of math(${b.text})`;
    case "table":
      return `table(${b.align.map((a) => a[0]).join("")}: ${b.rows.map((row) => row.map(line).join(",")).join(";")})`;
  }
}

const task = (done: boolean | undefined): string => (done === undefined ? "" : done ? "✓" : "○");

const line = (inside: readonly Inline[]): string => inside.map(piece).join("");

function piece(n: Inline): string {
  switch (n.is) {
    case "text":
      return n.text;
    case "break":
      return "/";
    case "code":
      return `code(${n.text})`;
    case "link":
      return `link(${n.to} ${line(n.inside)})${n.host ? `[${n.host}]` : ""}`;
    case "mention":
      return `mention(${n.text})`;
    case "math":
      return `${n.display ? "displayed " : ""}math(${n.text})`;
    default:
      return `${n.is}(${line(n.inside)})`;
  }
}

/** An address that is a link to itself. */
const bare = (address: string, to = address): string => `link(${to} ${address})`;

function tests(name: string, rows: readonly (readonly [string, string])[], more?: More): void {
  describe(name, () => {
    for (const [text, want] of rows)
      it(JSON.stringify(text), () => {
        assert.equal(short(text, more), want);
      });
  });
}

tests("Markdown", [
  ["plain", "plain"],
  ["two\nlines\n\nthree", "two/lines|three"],
  ["*a* _b_ **c** __d__ ~~e~~ `f`", "em(a) em(b) strong(c) strong(d) del(e) code(f)"],
  ["**bold with *em* in it**", "strong(bold with em(em) in it)"],
  ["**over\nlines**", "strong(over/lines)"],
  ["***both***", "em(strong(both))"],
  ["2 * 3 * 4, snake_case_name, a ** b, ~5, ~a~", "2 * 3 * 4, snake_case_name, a ** b, ~5, ~a~"],
  ["*unfinished **and** on", "*unfinished strong(and) on"],
  ["**你好。**世界，**“好”**吧", "strong(你好。)世界，strong(“好”)吧"],
  ["他说**“好”**，~~错。~~对", "他说strong(“好”)，del(错。)对"],
  ["是**`a`**的，*「b」*吧", "是strong(code(a))的，em(「b」)吧"],
  ["\\*no\\* \\`no\\` \\a", "*no* `no` \\a"],
  ["`*not* <b>` ``a ` b``", "code(*not* <b>) code(a ` b)"],
  ["> a\n> > b\n\nc", "quote(a|quote(b))|c"],
  ["- a\n- *b*\n\ntext", "list(a,em(b))|text"],
  ["3. a\n4. b", "from 3(a,b)"],
  ["- a\n  - b\n  - c\n- d", "list(a|list(b,c),d)"],
  ["1. a\n    - b\n\t- c\n2. d\n- e", "from 1(a|list(b,c),d)|list(e)"],
  ["- a\n  1. b\n     - c\n\n  text", "list(a|from 1(b|list(c))|text)"],
  ["in the year\n2024. fine", "in the year/2024. fine"],
  ["-not a list, 1.nor this", "-not a list, 1.nor this"],
  ["# text\n---\n&lt; &amp; <b>x</b>\n===\n| a |\n![x](y)", "# text/---/&lt; &amp; <b>x</b>/===/| a |/![x](y)"],
  ["    in as far", "in as far"],
  ["<script>alert(1)</script>", "<script>alert(1)</script>"],
  ["", ""],
]);

tests("a fence", [
  ["```go\nx := *p\n```\nafter", "code(x := *p)|after"],
  ["```\nnever closed", "code(never closed)"],
  ["~~~\na ``` b\n~~~", "code(a ``` b)"],
  ["- a\n  ```\n  b\n    c\n  ```\n- d", "list(a|code(b\n  c),d)"],
  ["text:\n```\nb\n```", "text:|code(b)"],
  ["````\n``` a\n```\n````", "code(``` a\n```)"],
  ["```\na ` b ``` c\n```", "code(a ` b ``` c)"],
  ["   ```\n   a\n     b\n   ```", "code(a\n  b)"],
  ["      ```\n      a\n      ```", "code(a)"],
  ["> ```\n> a\n> ```\n\nb", "quote(code(a))|b"],
  ["```\n\n\na\n\n```", "code(\n\na\n)"],
  ["```\n```", "code()"],
  ["``` not ``` a fence", "code(not) a fence"],
]);

tests(
  "a link",
  [
    ["[a *b*](https://e.org/x)", "link(https://e.org/x a em(b))[e.org]"],
    ["[w](https://e.org/a_(b)) and (c)", "link(https://e.org/a_(b) w)[e.org] and (c)"],
    ["([w](https://e.org/(a)(b(c))?d))", "(link(https://e.org/(a)(b(c))?d w)[e.org])"],
    ['[w](<https://e.org/a b> "title")', '[w](<https://e.org/a b> "title")'],
    ["[a](javascript:alert(1))", "[a](javascript:alert(1))"],
    ["[a]( javascript:alert(1))", "[a]( javascript:alert(1))"],
    ["[a](data:text/html,x) javascript:x vbscript:x", "[a](data:text/html,x) javascript:x vbscript:x"],
    ["[*a*](x:y) b", "[em(a)](x:y) b"],
    ["[](https://e.org)", "[](https://e.org)"],
    [
      "[[a](https://e.org)](https://f.org)",
      `[link(https://e.org/ a)[e.org]](${bare("https://f.org", "https://f.org/")})`,
    ],
  ],
  extended,
);

tests(
  "an address in a text",
  [
    ["see https://e.org/a_b_c.", `see ${bare("https://e.org/a_b_c")}.`],
    ["(https://e.org/a_(b))", `(${bare("https://e.org/a_(b)")})`],
    ["mailto:a@e.org", bare("mailto:a@e.org")],
    ["a@e.org www.e.org e.org //e.org", "a@e.org www.e.org e.org //e.org"],
    ["https://x.example/wiki/Foo_", bare("https://x.example/wiki/Foo_")],
    ["https://x.example/a~ b", `${bare("https://x.example/a~")} b`],
    ["https://x.example/?b=[e] {x}", `${bare("https://x.example/?b=[e]")} {x}`],
    ["https://x.example/{id}", bare("https://x.example/{id}", "https://x.example/%7Bid%7D")],
    ["(http://[::1])", `(${bare("http://[::1]", "http://[::1]/")})`],
    ["看https://x.example/a", `看${bare("https://x.example/a")}`],
    ["한국어https://x.example/a", `한국어${bare("https://x.example/a")}`],
    ["xhttps://x.example/a 1https://x.example/a", "xhttps://x.example/a 1https://x.example/a"],
    ["https://x.example/a。", `${bare("https://x.example/a")}。`],
    ["https://x.example/a，好", `${bare("https://x.example/a")}，好`],
    [
      "「https://x.example/a」（https://x.example/b）",
      `「${bare("https://x.example/a")}」（${bare("https://x.example/b")}）`,
    ],
    ["«https://x.example/a»", `«${bare("https://x.example/a")}»`],
    [
      "“https://x.example/a”, 'https://x.example/b'",
      `“${bare("https://x.example/a")}”, '${bare("https://x.example/b")}'`,
    ],
    ["https://x.example/a*b*c", bare("https://x.example/a*b*c")],
    ["**https://x.example/a**", `strong(${bare("https://x.example/a")})`],
    ["**see https://x.example/a** b", `strong(see ${bare("https://x.example/a")}) b`],
    ["_https://x.example/a_b_", `em(${bare("https://x.example/a_b")})`],
    ["~~https://x.example/a~~", `del(${bare("https://x.example/a")})`],
    ["<https://x.example/a>", `<${bare("https://x.example/a")}>`],
    ["https://x.example/a`b`", `${bare("https://x.example/a")}code(b)`],
    ["`https://x.example/a`", "code(https://x.example/a)"],
    ["HTTPS://X.example/A", bare("HTTPS://X.example/A", "https://x.example/A")],
    ["https://x.example/中文", bare("https://x.example/中文", "https://x.example/%E4%B8%AD%E6%96%87")],
    ["https:// http://", "https:// http://"],
    ["[a]: https://e.org\n[a]", `[a]: ${bare("https://e.org", "https://e.org/")}/[a]`],
  ],
  extended,
);

tests(
  "a link that could deceive",
  [
    ["[https://bank.example](https://evil.example)", "link(https://evil.example/ https://bank.example)[evil.example]"],
    ["[https://evil.example/a](https://evil.example/b)", "link(https://evil.example/b https://evil.example/a)"],
    ["[bank.example](https://evil.example)", "link(https://evil.example/ bank.example)[evil.example]"],
    [
      "[**www.bank.example**/login](https://evil.example)",
      "link(https://evil.example/ strong(www.bank.example)/login)[evil.example]",
    ],
    ["[bank․example](https://evil.example)", "link(https://evil.example/ bank․example)[evil.example]"],
    [
      "[ｈｔｔｐｓ：／／bank.example](https://evil.example)",
      "link(https://evil.example/ ｈｔｔｐｓ：／／bank.example)[evil.example]",
    ],
    [
      "[go to https://bank.example now](https://evil.example)",
      "link(https://evil.example/ go to https://bank.example now)[evil.example]",
    ],
    ["[`bank.example`](https://evil.example)", "link(https://evil.example/ code(bank.example))[evil.example]"],
    ["[a@bank.example](mailto:x@evil.example)", "link(mailto:x@evil.example a@bank.example)[x@evil.example]"],
    ["[https://x.example](https://x.example:8443/)", "link(https://x.example:8443/ https://x.example)[x.example:8443]"],
    ["[the docs](https://evil.example)", "link(https://evil.example/ the docs)[evil.example]"],
    ["[evil.example/docs](https://evil.example)", "link(https://evil.example/ evil.example/docs)"],
    ["https://bank.example@evil.example", "https://bank.example@evil.example"],
    ["https://bank.example:a@evil.example/", "https://bank.example:a@evil.example/"],
    ["[bank](https://bank.example@evil.example)", "[bank](https://bank.example@evil.example)"],
    ["https://аррӏе.com/x", "link(https://xn--80ak6aa92e.com/x https://аррӏе.com/x)[xn--80ak6aa92e.com]"],
    ["[apple](https://аррӏе.com)", "link(https://xn--80ak6aa92e.com/ apple)[xn--80ak6aa92e.com]"],
    ["https://xn--80ak6aa92e.com/", bare("https://xn--80ak6aa92e.com/")],
  ],
  extended,
);

/** What all texts without headings, tables, tasks and formulas give, with more Markdown too. */
tests(
  "headings",
  [
    ["# a *b*\n## c ##\n###### d\ntext\n# e", "h1(a em(b))|h2(c)|h6(d)|text|h1(e)"],
    ["#a\n####### b\n# \n\n\\# c", "#a/####### b|# |# c"],
    ["> # a\n- ## b", "quote(h1(a))|list(h2(b))"],
    ["a\n---\nb\n===", "a/---/b/==="],
  ],
  extended,
);

tests(
  "tables",
  [
    ["| a | *b* |\n|---|:-:|\n| 1 | 2 |\n| 3 |", "table(nc: a,em(b);1,2;3)"],
    ["a | b\n-: | :-\n`x \\| y` | \\|", "table(rl: a,b;code(x | y),|)"],
    ["so:\n| a |\n|---|\n| 1 | 2 |\n\nb", "so:|table(n: a;1,2)|b"],
    ["> | a |\n> |---|\n> | b |\n\n- | a |\n  |---|", "quote(table(n: a;b))|list(table(n: a))"],
    ["a || b, c | d\n| a |", "a || b, c | d/| a |"],
  ],
  extended,
);

tests(
  "tasks",
  [
    ["- [ ] a\n- [x] *b*\n- c", "list(○a,✓em(b),c)"],
    ["1. [X] a\n   - [ ] b", "from 1(✓a|list(○b))"],
    ["- \\[x] a\n- [x\\] b\n- [ ] c", "list([x] a,[x] b,○c)"],
    ["- [x](https://e.org)\n- [ ]\n- [y] b\n\n[ ] c", "list(link(https://e.org/ x)[e.org],[ ],[y] b)|[ ] c"],
  ],
  extended,
);

tests(
  "formulas",
  [
    ["so $x_1 * y^*$, and $a$.", "so math(x_1 * y^*), and math(a)."],
    ["$$\\frac{a}{b}$$", "displayed math(\\frac{a}{b})"],
    ["so\n$$a\n= b$$", "so/displayed math(a\n= b)"],
    ["$$\na\n- b\n$$\nc", "block of math(a\n- b)|c"],
    ["> $$\n> a\n> $$\n\n- $$\n  b\n  $$", "quote(block of math(a))|list(block of math(b))"],
    ["> $$a\n> b$$", "quote(displayed math(a\nb))"],
    ["是$x$的，**$y$**", "是math(x)的，strong(math(y))"],
    ["\\$x$ and \\$y", "$x$ and $y"],
    ["$\\$5$, $\\text{if all is well}$", "math(\\$5), math(\\text{if all is well})"],
    ["`$x$` $a`b$`", "code($x$) $acode(b$)"],
    ["```\n$x$\n```", "code($x$)"],
    ["| $a$ |\n|---|\n| $b$ |", "table(n: math(a);math(b))"],
  ],
  extended,
);

// None of these is a formula.
tests(
  "dollars",
  [
    "$5 and $10",
    "$5-$10, $5/$10, $5k–$10k, $1.50, US$5 and US$6, 5$ or 6$",
    "between $5 and 10$",
    "$20/mo or 30$/mo",
    "costs $5, not 6$.",
    "$HOME and $PATH, $HOME/bin:$PATH, ${a}-${b}, $(a)/$(b), $a=$b, $1$2",
    "echo $$ and $$",
    "$ x $, $x $, $ x$, a$b$, $x$y",
    "$$ I paid and he paid $$",
    "$@ann said x$ $$ @ann x $$",
    "$$\n\n$$x",
    "$$$ x $$$, $$$$",
    "$x",
    "$$x",
    "$a and b$",
  ].map((text) => [text, text.replace("\n\n", "|")] as const),
  extended,
);

describe("addresses with dollars", () => {
  it("are no formulas", () => {
    assert.equal(short("https://e.org/$a/$b$ $", extended), `${bare("https://e.org/$a/$b$")} $`);
    assert.equal(formulaAt("$x https://e.org/$", 0), 0);
  });
});

describe("Markdown of any kind", () => {
  // Letters are single, so that no address, number or language comes about by chance.
  const piece = fc.oneof(
    fc.constantFrom(
      "*",
      "**",
      "_",
      "~~",
      "`",
      "``",
      "```\n",
      "~~~\n",
      "[",
      "](",
      ")",
      "\\",
      "> ",
      "- ",
      "1. ",
      "\n",
      "\n\n",
      "    ",
      "\t",
      "#",
      "<",
      "&",
      "!",
      "@",
      ":",
      "$",
      "$$",
      "$$\n",
      "|",
      "|-|\n",
      "# ",
      "- [x] ",
      "http://x.y",
      "https://",
      "mailto:",
      " ",
    ),
    fc.constantFrom("a", "é", "小", "ع", "🙂", "\u0301", "\ufeff", "\0"),
    fc.string({ maxLength: 3, unit: "binary" }),
  );
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""));

  it("is never refused, and loses no letter", () => {
    fc.assert(
      fc.property(text, (written) => {
        const seen = visible(written);
        const letters = (t: string) => t.replace(/[^\p{L}\p{So}\p{Sc}]/gu, "");
        for (const more of [undefined, extended]) {
          const shown = parse(seen, more).map(letterBlock).join("");
          assert.equal(letters(shown), letters(seen));
        }
        gist(written, extended);
      }),
      { numRuns: Number(process.env["SNUG_FUZZ_RUNS"]) || 2000 },
    );
  });

  /** All that a tree says, addresses and languages too, in its order. */
  function letterBlock(b: Block): string {
    switch (b.is) {
      case "paragraph":
        return b.inside.map(letterPiece).join("");
      case "code":
        return b.language + b.text;
      case "quote":
        return b.inside.map(letterBlock).join("");
      case "list":
        return b.items.map((item, i) => (b.done?.[i] ? "x" : "") + item.map(letterBlock).join("")).join("");
      case "heading":
        return b.inside.map(letterPiece).join("");
      case "math":
        return `$$${b.text}$$`;
      case "table":
        return b.rows.flat(2).map(letterPiece).join("");
    }
  }
  function letterPiece(n: Inline): string {
    if (n.is === "break") return "";
    if (n.is === "math") return n.display ? `$$${n.text}$$` : `$${n.text}$`;
    if ("text" in n) return n.text;
    const label = n.inside.map(letterPiece).join("");
    return n.is === "link" && label !== n.to && !/^(?:https?|mailto):/i.test(label) ? label + n.to : label;
  }

  it("nests only so far", () => {
    const depth = (b: Block): number =>
      b.is === "quote"
        ? 1 + Math.max(0, ...b.inside.map(depth))
        : b.is === "list"
          ? 1 + Math.max(0, ...b.items.flat().map(depth))
          : 0;
    for (const text of ["> ".repeat(2000) + "x", "- ".repeat(2000) + "x", "> - ".repeat(1000) + "x"]) {
      const blocks = parse(text);
      assert.ok(Math.max(...blocks.map(depth)) < 12);
      assert.match(JSON.stringify(blocks), /x/);
    }
  });

  // Each of these took more than minutes in one parser or another.
  for (const mark of [
    "*",
    "**a",
    "*a ",
    "_a_",
    "[",
    "[a](",
    "`",
    "` ``",
    "~~",
    "~~a",
    "> ",
    ">",
    "(https://e.org/",
    "https://",
    "h",
    "- \n",
    "```\n```\n",
    "```\n",
    "***a**b*",
    "[a](https://e.org/(",
    "- a\n  ",
    "      - a\n",
    "\\",
    "@a",
    "a_",
    "$",
    "$$",
    "$a ",
    "$a$ ",
    "$$a\n",
    "$$\n",
    "$$\na\n$$\n",
    "$a{",
    "|",
    "|a",
    "|-",
    "| a |\n|---|\n",
    "|a\n|-\n|",
    "# ",
    "# a\n",
    "- [x] a\n",
  ]) {
    it(`takes ${longestParsed} characters of ${JSON.stringify(mark)}`, () => {
      const text = mark.repeat(Math.floor(longestParsed / mark.length));
      parse(text);
      parse(text, extended);
      assert.deepEqual(parse(mark.repeat(longestParsed)).length, 1, "more is shown as it is");
    });
  }
});

describe("the gist of a text", () => {
  it("is one line without marks", () => {
    assert.equal(gist("**What** is left:\n- *a*\n  - b\n\n> `c`\n```\nd\n```"), "What is left: a, b c d");
  });

  it("has no marks of what is loaded later", () => {
    assert.equal(
      gist("## Prices\n| a | b |\n|---|:-:|\n| $x^2$ | - |\n\nhttps://e.org/_a_", extended),
      "Prices a, b; x^2, - https://e.org/_a_",
    );
  });
});

describe("control characters", () => {
  it("are shown by their pictures", () => {
    assert.equal(visible("a\0b\x1b[1m\x7f\x85\tc\r\nd\re"), "a␀b␛[1m␡\ufffd\tc\nd\ne");
  });
  it("turn no text around", () => {
    assert.equal(visible("\u202ea\u202d\u2066b\u2069\u202c \u200fا"), "ab \u200fا");
  });
});
