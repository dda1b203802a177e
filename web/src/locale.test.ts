import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatOf } from "./locale.ts";

const at = new Date(2026, 2, 1, 14, 16, 5);

/** How a page in a language shows a time and a date. */
function shown(language: string, ...wanted: string[]): [string, string] {
  const { locale, hourCycle } = formatOf(language, wanted);
  return [at.toLocaleTimeString(locale, { hourCycle, timeStyle: "short" }).replace("\u202f", " "), at.toLocaleDateString(locale, { day: "numeric", month: "long" })];
}

describe("times and dates", () => {
  it("are in the page's language and as in the user's region", () => {
    for (const [language, wanted, time, date] of [
      ["en", ["de-DE", "en-US"], "14:16", "1 March"],
      ["en", ["fr-FR"], "14:16", "1 March"],
      ["en", ["fr"], "14:16", "1 March"],
      ["en", ["en-US"], "2:16 PM", "March 1"],
      ["en", ["en-GB"], "14:16", "1 March"],
      ["en", ["en", "de-DE"], "14:16", "1 March"],
      ["en", ["x", "*", "pl-PL"], "14:16", "1 March"],
      ["zh", ["zh-CN"], "14:16", "3月1日"],
      ["zh", ["de-DE", "zh"], "14:16", "3月1日"],
    ] as const) assert.deepEqual(shown(language, ...wanted), [time, date], `${language} for ${wanted.join()}`);
  });
  it("are there where the browser says nothing of use", () => {
    assert.match(shown("en")[0], /16/);
    assert.match(shown("en", "")[0], /16/);
  });
});
