import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { notifyTexts } from "../worker/texts.ts";
import type { Language } from "../texts/languages.ts";
import { noteOf, readNews, type News, type NoteData } from "./note.ts";

const news = (more: Partial<News> = {}): News => ({
  room: "tea",
  epoch: "e",
  seq: 42,
  from: "Ann",
  text: "the **kettle** is on",
  ...more,
});
const plain = (text: string | undefined) => text?.replace(/[\u2068\u2069]/g, "");
const english = { language: "en", texts: notifyTexts.en } as const;
const said = (n: News, shown?: NoteData, language: Language = "en") => {
  const note = noteOf(n, shown, { language, texts: notifyTexts[language] });
  return note && [plain(note.title), plain(note.body)];
};
const shown = (more: Partial<NoteData> = {}): NoteData => ({ room: "tea", epoch: "e", seq: 41, count: 1, ...more });

describe("a notification", () => {
  it("says who wrote what where, without the marks of Markdown", () => {
    assert.deepEqual(said(news()), ["Ann in tea", "the kettle is on"]);
    assert.deepEqual(said(news({ name: "Tea time" })), ["Ann in Tea time", "the kettle is on"]);
    assert.deepEqual(said(news(), undefined, "zh"), ["Ann（tea）", "the kettle is on"]);
    assert.deepEqual(noteOf(news(), undefined, english)?.data, { room: "tea", epoch: "e", seq: 42, count: 1 });
  });

  it("replaces the one before, and counts", () => {
    assert.deepEqual(said(news(), shown()), ["2 new messages in tea", "Ann: the kettle is on"]);
    assert.deepEqual(said(news(), shown({ count: 2 }), "zh"), ["tea 有 3 条新消息", "Ann：the kettle is on"]);
  });

  it("stands for messages that came together, but for those that were shown before", () => {
    assert.deepEqual(said(news({ earlier: [] })), ["Ann in tea", "the kettle is on"]);
    assert.deepEqual(said(news({ earlier: [40, 41] })), ["3 new messages in tea", "Ann: the kettle is on"]);
    assert.deepEqual(said(news({ earlier: [39, 40, 41] }), shown({ seq: 40, count: 5 }))?.[0], "7 new messages in tea");
    assert.equal(said(news({ earlier: [40, 41] }), shown({ seq: 42 })), undefined);
  });

  it("isn't shown again for the same message, and begins anew with another log", () => {
    assert.equal(said(news(), shown({ seq: 42 })), undefined);
    assert.equal(said(news(), shown({ seq: 43 })), undefined);
    assert.deepEqual(said(news({ epoch: "f" }), shown({ seq: 43 })), ["Ann in tea", "the kettle is on"]);
  });

  it("says emotes as the room does, and how many files there are", () => {
    assert.deepEqual(said(news({ text: "/me waves" })), ["Ann in tea", "Ann waves"]);
    assert.deepEqual(said(news({ text: "", files: 1 })), ["Ann in tea", "1 file"]);
    assert.deepEqual(said(news({ text: "", files: 3 }), undefined, "zh"), ["Ann（tea）", "3 个文件"]);
    assert.deepEqual(said(news({ text: "", files: 1 }), undefined, "de"), ["Ann in tea", "1 Datei"]);
    assert.deepEqual(said(news({ text: "look", files: 3 })), ["Ann in tea", "look"]);
  });

  it("keeps names apart that are written in another direction", () => {
    assert.equal(noteOf(news({ from: "ليلى" }), undefined, english)?.title, "\u2068ليلى\u2069 in \u2068tea\u2069");
  });
});

describe("the payload of a push", () => {
  it("is read, also with what a later server adds", () => {
    assert.deepEqual(
      readNews({ ...news({ name: "Tea", files: 2 }), why: "mention", more: [] }),
      news({ name: "Tea", files: 2 }),
    );
    assert.deepEqual(readNews({ room: "tea", epoch: "e", seq: 1 }), {
      ...news({ seq: 1, from: "", text: "" }),
      name: undefined,
      files: undefined,
    });
  });

  it("is nothing if it isn't one", () => {
    for (const wrong of [
      undefined,
      null,
      "tea",
      1,
      [],
      {},
      { room: 1, epoch: "e", seq: 1 },
      { room: "tea", epoch: "e" },
    ])
      assert.equal(readNews(wrong), undefined);
  });
});
