import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formOf, type Counted } from "./texts/counted.ts";
import { commandTexts } from "./texts/commands.ts";
import { composingTexts } from "./texts/composing.ts";
import { emojiTexts } from "./texts/emoji.ts";
import { entryTexts } from "./texts/entry.ts";
import { fileTexts } from "./texts/files.ts";
import { languages, type LanguageEntry } from "./texts/languages.ts";
import { lifeTexts } from "./texts/life.ts";
import { menuTexts } from "./texts/menus.ts";
import { notifyTexts } from "./texts/notify.ts";
import { pageTexts } from "./texts/page.ts";
import { readingTexts } from "./texts/reading.ts";
import { settingTexts } from "./texts/room-settings.ts";
import { roomsTexts } from "./texts/rooms.ts";
import { searchTexts } from "./texts/search.ts";
import { userSettingTexts } from "./texts/settings.ts";
import { shareTexts } from "./texts/share.ts";
import { welcomeTexts } from "./texts/welcome.ts";
import type { Table } from "./texts/table.ts";

const english: Table = {
  page: pageTexts,
  commands: commandTexts,
  composing: composingTexts,
  emoji: emojiTexts,
  entry: entryTexts,
  files: fileTexts,
  life: lifeTexts,
  menus: menuTexts,
  notify: notifyTexts,
  reading: readingTexts,
  room: settingTexts,
  rooms: roomsTexts,
  search: searchTexts,
  settings: userSettingTexts,
  share: shareTexts,
  welcome: welcomeTexts,
};

type Text = string | ((...values: string[]) => string);
const isCounted = (texts: object): texts is Counted => Object.values(texts).every((form) => typeof form === "function");

/** The texts of a table by their paths: "page.nick", and "page.here" for one that is counted. */
function flat(texts: object, path = ""): [path: string, text: Text | Counted][] {
  return Object.entries(texts).flatMap(([key, text]: [string, Text | object]) => {
    const here = path ? `${path}.${key}` : key;
    return typeof text === "object" && !isCounted(text) ? flat(text, here) : [[here, text]];
  });
}

/** What a text says if it is told the same for all that it says. */
const said = (text: Text | Counted, told: string): string[] =>
  typeof text === "string"
    ? [text]
    : (typeof text === "function" ? [text] : (Object.values(text) as ((...values: string[]) => string)[])).map((say) =>
        say(told, told, told),
      );

/** What a text says of a number, and of what else it is told. A form for one number alone says it in words, if it likes. */
function saidOf(code: string, text: Text | Counted): string[] {
  if (typeof text === "string") return [];
  if (typeof text === "function") return [text("222", "222", "222")];
  const rules = new Intl.PluralRules(code);
  const chosen = Array.from({ length: 1000 }, (_, n) => rules.select(n));
  return Object.entries(text).map(([category, form]: [string, (...values: string[]) => string]) => {
    const alone = chosen.filter((c) => c === category).length === 1;
    const says = form("333", "222", "222");
    return says.replaceAll("333", "222") + (alone && text.other.length === 1 ? "222" : "");
  });
}

const tables = new Map<string, ReturnType<typeof flat>>();
for (const [code, { load }] of Object.entries<LanguageEntry>(languages))
  tables.set(code, flat({ ...((await load?.()) ?? english) }));

describe("the texts", () => {
  const paths = (texts: ReturnType<typeof flat>) => texts.map(([path]) => path).sort();

  it("are the same in every language", () => {
    for (const [code, texts] of tables) assert.deepEqual(paths(texts), paths(flat(english)), code);
    assert.ok(paths(flat(english)).length > 350);
  });

  it("that are counted have each form of their language, and no other", () => {
    for (const [code, texts] of tables) {
      const forms = [...new Intl.PluralRules(code).resolvedOptions().pluralCategories].sort();
      const counted = texts.filter(([, text]) => typeof text === "object");
      assert.ok(counted.length > 15);
      for (const [path, text] of counted) assert.deepEqual(Object.keys(text).sort(), forms, `${code}: ${path}`);
    }
  });

  it("are written in their language", () => {
    const inEnglish = new Map(flat(english));
    for (const [code, texts] of tables) {
      if (code === "en") continue;
      const own = {
        ar: /\p{Script=Arabic}/u,
        ja: /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u,
        zh: /\p{Script=Han}/u,
      }[code];
      for (const [path, text] of texts) {
        for (const s of said(text, "1")) {
          if (!own) {
            const same = said(inEnglish.get(path)!, "1").includes(s);
            assert.ok(!same || (s.match(/\p{L}+/gu) ?? []).length < 3, `${code}: ${path}`);
            continue;
          }
          const words = s.replace(/\b(from|before|after|has):(link|file)?|\/help|\.txt|Shift|Enter|Snug|HTTPS?/g, ""); // the same everywhere
          assert.doesNotMatch(words, /[A-Za-z]{3,}/, `${code}: ${path}`);
          if (!/^[\p{P}1 ]+$/u.test(s)) assert.match(s, own, `${code}: ${path}`);
        }
      }
    }
  });

  it("leave out nothing that they are told to say", () => {
    for (const [code, texts] of tables) {
      for (const [path, text] of texts) for (const s of saidOf(code, text)) assert.match(s, /222/, `${code}: ${path}`);
    }
  });

  it("break no command for a terminal", () => {
    for (const [code, texts] of tables)
      assert.doesNotMatch(said(new Map(texts).get("room.hello")!, "")[0]!, /['\\]/, code); // it stands in quotes
  });
});

describe("a counted text", () => {
  it("has the form that the language has for the number", () => {
    const named = (...names: Intl.LDMLPluralRule[]): Counted => ({
      other: () => "other",
      ...Object.fromEntries(names.map((name) => [name, () => name])),
    });
    const forms = (code: string, text: Counted, ...numbers: number[]) =>
      numbers.map((n) => formOf(text, new Intl.PluralRules(code), n)(""));
    assert.deepEqual(forms("en", named("one"), 0, 1, 2), ["other", "one", "other"]);
    assert.deepEqual(forms("fr", named("one", "many"), 0, 1, 2, 1e6), ["one", "one", "other", "many"]);
    assert.deepEqual(forms("ja", named(), 0, 1, 2), ["other", "other", "other"]);
    assert.deepEqual(forms("ar", named("zero", "one", "two", "few", "many"), 0, 1, 2, 3, 11, 100), [
      "zero",
      "one",
      "two",
      "few",
      "many",
      "other",
    ]);
  });
});
