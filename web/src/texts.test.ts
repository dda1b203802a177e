import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { en } from "./texts/en.ts";
import { entryTexts } from "./texts/entry.ts";
import { fileTexts } from "./texts/files.ts";
import { lifeTexts } from "./texts/life.ts";
import { notifyTexts } from "./texts/notify.ts";
import { menuTexts } from "./texts/menus.ts";
import { settingTexts } from "./texts/room-settings.ts";
import { userSettingTexts } from "./texts/settings.ts";
import { searchTexts } from "./texts/search.ts";
import { shareTexts } from "./texts/share.ts";
import { zh } from "./texts/zh.ts";

type Table = Record<string, string | ((...values: string[]) => string)>;
const joined = (of: "en" | "zh", texts: object): Table => {
  const more = Object.entries({
    entry: entryTexts[of],
    files: fileTexts[of],
    life: lifeTexts[of],
    menus: menuTexts[of],
    notify: notifyTexts[of],
    room: settingTexts[of],
    search: searchTexts[of],
    share: shareTexts[of],
    settings: userSettingTexts[of],
  }).flatMap(([panel, own]) => Object.entries(own).map(([key, text]) => [`${panel}: ${key}`, text]));
  return { ...texts, ...Object.fromEntries(more) } as Table;
};
const tables: [string, Table][] = [
  ["en", joined("en", en)],
  ["zh", joined("zh", zh)],
];

describe("the texts", () => {
  it("are the same in every language", () => {
    for (const [language, table] of tables)
      assert.deepEqual(Object.keys(table).sort(), Object.keys(tables[0]![1]).sort(), language);
  });

  it("are written in their language", () => {
    for (const [key, text] of Object.entries(tables[1]![1])) {
      const said = typeof text === "string" ? text : text("1", "1", "1");
      assert.doesNotMatch(said.replace(/\b(from|before|after|has):(link|file)?/g, ""), /[A-Za-z]{3,}/, key); // queries are the same everywhere
      if (!/^[\p{P}1]+$/u.test(said)) assert.match(said, /\p{Script=Han}/u, key);
    }
  });

  it("leave out nothing that they are told to say", () => {
    for (const [language, table] of tables) {
      for (const [key, text] of Object.entries(table)) {
        if (typeof text === "string") continue;
        assert.match(text("222", "222", "222"), /222/, `${language}: ${key}`);
      }
    }
  });
});
