import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LogEvent } from "../client.ts";
import { minute, today, midnight } from "./clock.ts";
import { formatOf } from "./locale.ts";
import { moderationText } from "./moderation.ts";
import { presenceText } from "./presence-text.ts";
import { ago, clockOrDay, countdown, day, list, soonMoment } from "./texts.ts";

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

  it("say by the calendar how many days ago something was", () => {
    const now = new Date(2026, 2, 4, 1, 0); // a Wednesday
    minute.value = now.getTime();
    for (const [then, said] of [
      [new Date(2026, 2, 3, 0, 59), "yesterday"],
      [new Date(2026, 2, 2, 23, 0), "2 days ago"],
      [new Date(2026, 2, 2, 0, 1), "2 days ago"],
      [new Date(2026, 2, 3, 23, 0), "2 hours ago"],
    ] as const)
      assert.equal(ago(then.getTime()), said, String(then));
    minute.value = new Date(2026, 2, 4, 23, 59).getTime();
    assert.equal(ago(new Date(2026, 2, 3, 0, 30).getTime()), "yesterday", "also after 47 hours");
    minute.value = Date.now();
  });

  it("have the year where it is another one", () => {
    today.value = midnight(new Date(2026, 2, 4));
    assert.equal(clockOrDay(new Date(2026, 1, 1, 9, 0)), "1 Feb");
    assert.equal(clockOrDay(new Date(2025, 10, 30, 9, 0)), "30 Nov 2025");
    today.value = midnight(new Date());
  });

  it("count down to the second, and end at nothing", () => {
    assert.deepEqual([271_200, 9000, 1, 0, -5000].map(countdown), ["4:32", "0:09", "0:01", "0:00", "0:00"]);
    assert.deepEqual([3_600_000, 86_399_000].map(countdown), ["1:00:00", "23:59:59"]);
    assert.deepEqual([86_400_000, 2 * 86_400_000 + 3_723_000].map(countdown), ["1 day 0:00:00", "2 days 1:02:03"]);
  });
});

const plain = (text: string) => text.replace(/[\u2068\u2069]/g, "");

describe("a list of names", () => {
  it("counts all that it doesn't name", () => {
    const names = (n: number) => Array.from({ length: n }, (_, i) => `p${i + 1}`);
    for (const [named, nameless, said] of [
      [2, 0, "p1 and p2"],
      [4, 0, "p1, p2, p3 and p4"],
      [5, 0, "p1, p2, p3 and 2 others"],
      [2, 1, "p1, p2 and 1 other"],
      [3, 2, "p1, p2, p3 and 2 others"],
      [6, 4, "p1, p2, p3 and 7 others"],
      [0, 2, "2 others"],
    ] as const)
      assert.equal(plain(list(names(named), 3, nameless)), said);
  });
});

describe("a line about who was there", () => {
  it("names somebody who left as they were known", () => {
    const changes = new Map([
      ["a", { nick: "Bob", did: "left", was: "Rob" } as const],
      ["b", { nick: "Cid", did: "joined" } as const],
    ]);
    assert.equal(plain(presenceText({ after: 1, changes })), "Cid joined · Rob is now Bob · Bob left");
  });
});

describe("a line about the room", () => {
  it("says what the server's operator did in the page's own words", () => {
    const event: LogEvent = {
      type: "moderated",
      action: "role",
      seq: 1,
      id: "i1",
      at: new Date(0).toISOString(),
      from: { member: "operator", nick: "operator", role: "owner" },
      member: "b",
      nick: "Bob",
      role: "owner",
    };
    assert.equal(plain(moderationText(event)), "The server's operator made Bob an owner");
    const { action: _, ...closed } = event;
    assert.equal(moderationText({ ...closed, action: "close" }), "somebody closed the room", "its time may be over");
  });
});
