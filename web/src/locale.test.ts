import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { today, midnight } from "./clock.ts";
import { formatOf } from "./locale.ts";
import { ago, countdown, day, soonMoment } from "./texts.ts";

Object.defineProperty(globalThis, "navigator", { value: { languages: ["en-GB"] }, configurable: true }); // Node may have none

const at = new Date(2026, 2, 1, 14, 16, 5);

/** How a page in a language shows a time and a date. */
function shown(language: string, ...wanted: string[]): [string, string] {
  const { locale, hourCycle } = formatOf(language, wanted);
  return [
    at.toLocaleTimeString(locale, { hourCycle, timeStyle: "short" }).replace("\u202f", " "),
    at.toLocaleDateString(locale, { day: "numeric", month: "long" }),
  ];
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
    ] as const)
      assert.deepEqual(shown(language, ...wanted), [time, date], `${language} for ${wanted.join()}`);
  });
  it("are there where the browser says nothing of use", () => {
    assert.match(shown("en")[0], /16/);
    assert.match(shown("en", "")[0], /16/);
  });
});

describe("a moment that people wait for", () => {
  it("is told to the second, and never too early", () => {
    const noon = midnight(new Date()) + 12 * 3_600_000;
    today.value = midnight(new Date());
    const digits = (at: number) => soonMoment(new Date(at)).match(/\d+:\d\d:\d\d/)![0];
    assert.match(digits(noon + 25_000), /:00:25$/);
    assert.match(digits(noon + 25_001), /:00:26$/);
  });
});

describe("texts that depend on the time", () => {
  it("change when the day does", () => {
    const at = new Date();
    today.value = midnight(at);
    assert.equal(day(at), "Today");
    assert.match(ago(at.getTime()), /just now/);
    today.value = midnight(at) + 86_400_000;
    assert.equal(day(at), "Yesterday");
    today.value = midnight(at);
  });

  it("count down to the second, and end at nothing", () => {
    assert.deepEqual([271_200, 9000, 1, 0, -5000].map(countdown), ["4:32", "0:09", "0:01", "0:00", "0:00"]);
    assert.deepEqual([3_600_000, 86_399_000].map(countdown), ["1:00:00", "23:59:59"]);
    assert.deepEqual([86_400_000, 2 * 86_400_000 + 3_723_000].map(countdown), ["1 day 0:00:00", "2 days 1:02:03"]);
  });
});
