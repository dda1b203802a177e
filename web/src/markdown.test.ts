import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gist, parse, safeAddress, visible, type Block, type Inline } from "./markdown.ts";

/** The tree in short: what is in each piece, between its marks. */
function short(text: string): string {
  return parse(text).map(block).join("|");
}

function block(b: Block): string {
  switch (b.is) {
    case "lines": return b.lines.map(line).join("/");
    case "code": return `code(${b.text})`;
    case "quote": return `quote(${b.inside.map(block).join("|")})`;
    case "list": return `${b.ordered ? `from ${b.start}` : "list"}(${b.items.map((i) => line(i.line) + i.inside.map(block).join("|")).join(",")})`;
  }
}

const line = (inside: Inline[]): string => inside.map(piece).join("");

function piece(n: Inline): string {
  if (n.is === "text") return n.text;
  if (n.is === "code") return `code(${n.text})`;
  return n.is === "link" ? `link(${n.to} ${line(n.inside)})` : `${n.is}(${line(n.inside)})`;
}

describe("Markdown", () => {
  for (const [text, want] of [
    ["plain", "plain"],
    ["two\nlines\n\nthree", "two/lines//three"],
    ["*a* _b_ **c** __d__ ~~e~~ `f`", "em(a) em(b) strong(c) strong(d) del(e) code(f)"],
    ["**bold with *em* in it**", "strong(bold with em(em) in it)"],
    ["***both***", "strong(em(both))"],
    ["2 * 3 * 4, snake_case_name, a ** b", "2 * 3 * 4, snake_case_name, a ** b"],
    ["*unfinished **and** on", "*unfinished strong(and) on"],
    ["\\*no\\* \\`no\\` \\a", "*no* `no` \\a"],
    ["`*not* <b>` ``a ` b``", "code(*not* <b>) code(a ` b)"],
    ["```go\nx := *p\n```\nafter", "code(x := *p)|after"],
    ["```\nnever closed", "code(never closed)"],
    ["> a\n> > b\nc", "quote(a|quote(b))|c"],
    ["- a\n- *b*\n\ntext", "list(a,em(b))|text"],
    ["3. a\n4. b", "from 3(a,b)"],
    ["- a\n  - b\n  - c\n- d", "list(alist(b,c),d)"],
    ["1. a\n    - b\n\t- c\n2. d\n- e", "from 1(alist(b,c),d)|list(e)"],
    ["- a\n  1. b\n     - c\n\n  text", "list(afrom 1(blist(c)))|  text"],
    ["  - a\n- b\n - c", "list(a,b,c)"],
    ["    - not a list", "    - not a list"],
    ["-not a list, 1.nor this", "-not a list, 1.nor this"],
    ["[a *b*](https://e.org/x)", "link(https://e.org/x a em(b))"],
    ["[w](https://e.org/a_(b)) and (c)", "link(https://e.org/a_(b) w) and (c)"],
    ["([w](https://e.org/(a)(b(c))?d))", "(link(https://e.org/(a)(b(c))?d w))"],
    ["[w](https://e.org/(a) b", "link(https://e.org/(a w) b"],
    ["see https://e.org/a_b_c.", "see link(https://e.org/a_b_c https://e.org/a_b_c)."],
    ["(https://e.org/a_(b))", "(link(https://e.org/a_(b) https://e.org/a_(b)))"],
    ["mailto:a@e.org", "link(mailto:a@e.org mailto:a@e.org)"],
    ["[a](javascript:alert(1))", "[a](javascript:alert(1))"],
    ["[a]( javascript:alert(1))", "[a]( javascript:alert(1))"],
    ["[a](data:text/html,x) javascript:x vbscript:x", "[a](data:text/html,x) javascript:x vbscript:x"],
    ["[[a](https://e.org)](https://f.org)", "[link(https://e.org/ a)](link(https://f.org/ https://f.org))"],
    ["<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["", ""],
  ] as const) {
    it(JSON.stringify(text), () => { assert.equal(short(text), want); });
  }

  it("loses no letter of a text without marks, and none of any text's words", () => {
    const words = (text: string) => text.match(/\w+/g) ?? [];
    for (const text of ["* ".repeat(50) + "end", "a*b*c**d__e~~f`g[h](i)", "> > > deep", "****", "[](x)", "``` x ``` y"]) {
      assert.deepEqual(words(short(text).replace(/(em|strong|del|code|quote|list|from \d+)\(/g, "(")), words(text), text);
    }
  });

  // Each of these took more than minutes in one parser or another.
  for (const mark of ["*", "**a", "*a ", "_a_", "[", "[a](", "`", "` ``", "~~", "> ", ">", "(https://e.org/", "h", "- \n", "```\n```\n", "```\n", "***a**b*", "[a](https://e.org/(", "- a\n  ", "      - a\n"]) {
    it(`reads 100,000 characters of ${JSON.stringify(mark)}`, () => {
      parse(mark.repeat(100_000 / mark.length));
    });
  }
});

describe("the gist of a text", () => {
  it("is one line without marks", () => {
    assert.equal(gist("**What** is left:\n- *a*\n  - b\n\n> `c`\n```\nd\n```"), "What is left: a, b c d");
  });
});

describe("addresses", () => {
  it("are followed where they are http, https or mailto", () => {
    for (const good of ["http://e.org", "https://e.org/?q=1#x", "HTTPS://E.org", "mailto:a@e.org"]) assert.ok(safeAddress(good), good);
    for (const bad of ["javascript:alert(1)", "java\nscript:alert(1)", " data:,x", "//e.org", "/x", "file:///etc/passwd", "https:e.org", "http://", "blob:https://e.org/1"]) {
      assert.equal(safeAddress(bad), undefined, bad);
    }
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
