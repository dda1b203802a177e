import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import emojiLines from "./emoji-data.json";
import { mentionOf, nicksLike, suggest, type Person } from "./completion.ts";
import { callsUser } from "./content.ts";
import { emoteOf } from "./emote.ts";
import { EmojiTable, emojiTable } from "./emoji-table.ts";
import type { Message } from "./fold.ts";
import { extended } from "./markdown/extended.ts";
import { parse } from "./markdown/parse.ts";
import type { Block, Inline } from "./markdown/tree.ts";
import { visible } from "./markdown/visible.ts";
import { markMentions } from "./mentions.ts";
import { store } from "./store.ts";

/** What the server's tests read, too. */
const read = (file: string): unknown =>
  JSON.parse(readFileSync(join(process.cwd(), "../internal/room/mention/testdata", file), "utf8"));
const cases = read("cases.json") as { text: string; nicks: string[]; mentions: string[] }[];
const mentions = read("written.json") as { nick: string; mention: string }[];

/** The nicks that a text mentions. Those in a quote are marked, but they are somebody else's words. */
function mentioned(text: string, nicks: string[]): string[] {
  const found = new Set<string>();
  const inline = (n: Inline): void => {
    if (n.is === "mention") found.add(n.nick);
    else if ("inside" in n) n.inside.forEach(inline);
  };
  const block = (b: Block): void => {
    if (b.is === "paragraph" || b.is === "heading") b.inside.forEach(inline);
    else if (b.is === "table") b.rows.flat(2).forEach(inline);
    else if (b.is === "list") b.items.flat().forEach(block);
  };
  markMentions(parse(visible(emoteOf(text) ?? text), extended), nicks).forEach(block);
  return [...found];
}

describe("mentions", () => {
  for (const { text, nicks, mentions } of cases) {
    it(`of ${nicks.join(", ")} in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(mentioned(text, nicks), mentions);
    });
  }

  it("are pieces of the tree, and leave the rest as it is", () => {
    assert.deepEqual(markMentions(parse("hi @ANN, **@bo**"), ["ann", "bo"]), [
      {
        is: "paragraph",
        inside: [
          { is: "text", text: "hi " },
          { is: "mention", text: "@ANN", nick: "ann" },
          { is: "text", text: ", " },
          { is: "strong", inside: [{ is: "mention", text: "@bo", nick: "bo" }] },
        ],
      },
    ]);
  });
});

describe("a message", () => {
  const { room } = store;
  const message = (content: string, more: Partial<Message> = {}): Message => ({
    seq: 9,
    id: "i",
    at: new Date(0),
    from: { member: "m2", nick: "bob", role: "member" },
    content,
    ...more,
  });
  const you = { member: "m1", nick: "ann", role: "member" };

  it("calls the user by a mention or a reply, and not by their own words", () => {
    room.you.value = you;
    room.fold.apply({ type: "message", seq: 1, id: "a", at: "2026-01-01T00:00:00Z", from: you, content: "mine" });
    room.fold.apply({
      type: "message",
      seq: 2,
      id: "b",
      at: "2026-01-01T00:00:00Z",
      from: { ...you, member: "m3" },
      content: "another's",
    });
    assert.ok(callsUser(message("hi @ann", { mentions: ["m2", "m1"] })));
    assert.ok(!callsUser(message("hi @ann", { mentions: ["m2"] })), "that was another member's nick");
    assert.ok(!callsUser(message("hi @ann")), "the user's nick is another one since");
    assert.ok(callsUser(message("hi", { replyTo: 1 })));
    assert.ok(!callsUser(message("hi", { replyTo: 2 })));
    assert.ok(!callsUser(message("hi @ann", { mentions: ["m1"], from: you })));
    room.reset();
  });
});

describe("completion", () => {
  emojiTable.loaded.value = new EmojiTable(emojiLines);
  const person = (nick: string, more: Partial<Person> = {}): Person => ({
    member: nick,
    nick,
    role: "member",
    ...more,
  });
  const shown = (text: string, ...nicks: string[]) =>
    suggest(
      text,
      text.length,
      nicks.map((nick) => person(nick)),
    ).map((s) => s.shown);

  it("suggests nicks and emoji before the caret, and what to replace", () => {
    const ann = person("Ann");
    assert.deepEqual(suggest("hi @a there", 5, [person("bob"), ann]), [
      { shown: "Ann", person: ann, from: 3, to: 5, insert: "@Ann " },
    ]);
    assert.deepEqual(suggest(":rocke", 6, [])[0], { shown: ":rocket:", emoji: "🚀", from: 0, to: 6, insert: "🚀 " });
    assert.deepEqual(shown("你好@小", "小明"), ["小明"]);
    assert.ok(shown("so :彩带").length > 0);
    assert.deepEqual(shown("`a` @b", "bob"), ["bob"]);
  });

  it("writes a nick so that it is mentioned, though it has marks of Markdown", () => {
    for (const { nick, mention } of mentions) {
      assert.equal(mentionOf(nick), mention);
      const [suggestion] = suggest(`@${nick[0]}`, 2, [person(nick)]);
      assert.equal(suggestion?.insert, `${mention} `);
      const text = `${mention} and ${mention}, *both*_ $x$`;
      assert.deepEqual(mentioned(text, [nick]), [nick], text);
      assert.deepEqual(mentioned(`*x*_ \`a\` ~~y~~ $z$ ${mention}`, [nick]), [nick], text);
    }
    assert.equal(suggest("@_ann_", 6, [person("_ann_")]).length, 1, "also if it is typed");
    assert.equal(suggest("@ann", 4, [person("ann")]).length, 0);
    assert.deepEqual(nicksLike("_a", 6, 8, [person("_ann_")])[0]!.insert, "_ann_ ", "a command takes it as it is");
  });

  it("suggests those who are here first", () => {
    const people = [person("Ann", { away: true }), person("Abe", { away: true }), person("Zoe"), person("Bob")];
    assert.deepEqual(
      suggest("@", 1, people).map((s) => s.shown),
      ["Bob", "Zoe", "Abe", "Ann"],
    );
  });

  it("writes emoji in the skin tone that was chosen", () => {
    assert.equal(suggest(":thumbsup", 9, [], 4)[0]!.insert, "👍🏾 ");
    assert.equal(suggest(":rocket", 7, [], 4)[0]!.insert, "🚀 ");
  });

  it("suggests nothing elsewhere: not in code, links and words", () => {
    for (const text of [
      "",
      "hello",
      "a@b",
      "12:30",
      "http://x",
      ":a",
      "user:key",
      "x:key:he",
      "`user:key",
      "`a :key",
      "`a @b",
      "```\n:key",
      "```\n@b",
      "~~~\na :key",
      "- a\n  ```\n  :key",
      "https://x.example/a:heart",
      "https://x.example/(:heart",
      "https://x.example/@b",
      "mailto:a@b",
      "[here](https://x.example/:heart",
      "# `a :key",
      "> ```\n> :key",
      "| a |\n| - |\n| `:key",
      "- [ ] `:key",
    ])
      assert.deepEqual(shown(text, "bob"), [], text);
    assert.deepEqual(suggest("`a @b c`", 5, [person("bob")]), [], "a code span that is closed after the caret");
  });
});
