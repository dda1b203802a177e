import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LogEvent } from "../client.ts";
import { Fold } from "./fold.ts";

function event(seq: number, type: string, more: Partial<LogEvent> = {}): LogEvent {
  const from = { member: "m1", nick: "ann", role: "member" };
  return { type, seq, id: `i${seq}`, at: "2026-03-01T12:00:00.250Z", from, ...more };
}

const message = (seq: number, content = `message ${seq}`) => event(seq, "message", { content });

/** The log of which every test sees a part. */
const log = [
  message(1),
  message(2),
  event(3, "edited", { target: 1, content: "edited" }),
  event(4, "reacted", { target: 2, emoji: "👍" }),
  event(5, "sparkled", { target: 1 }),
  message(6),
  event(7, "reacted", { target: 2, emoji: "🎉" }),
  event(8, "reacted", { target: 2, emoji: "👍", remove: true }),
  event(9, "deleted", { target: 6 }),
  event(10, "edited", { target: 6, content: "too late" }),
  message(11),
];

function folded(events: LogEvent[]): Fold {
  const fold = new Fold();
  events.forEach((e) => fold.apply(e));
  return fold;
}

describe("folding a log", () => {
  it("applies what became of messages", () => {
    const fold = folded(log);
    assert.deepEqual(
      fold.messages.map((m) => [m.seq, m.content, m.edited ?? false, m.deleted ?? false]),
      [
        [1, "edited", true, false],
        [2, "message 2", false, false],
        [6, "", false, true],
        [11, "message 11", false, false],
      ],
    );
    assert.deepEqual([...fold.messages[1]!.reactions!], [["🎉", ["m1"]]]);
    assert.deepEqual([fold.first, fold.last], [1, 11]);
  });

  it("takes a message as an edit that isn't loaded has left it", () => {
    const fold = new Fold();
    fold.apply(event(1, "message", { content: "as it is now", edited: true }));
    assert.deepEqual([fold.find(1)?.content, fold.find(1)?.edited], ["as it is now", true]);
  });

  it("keeps whom a message mentioned when it is edited, until it is erased", () => {
    const fold = folded([
      event(1, "message", { content: "@bob", mentions: ["m2"] }),
      event(2, "edited", { target: 1, content: "@another" }),
    ]);
    assert.deepEqual(fold.messages[0]!.mentions, ["m2"]);
    fold.apply(event(3, "deleted", { target: 1 }));
    assert.equal(fold.messages[0]!.mentions, undefined);
  });

  it("comes to the same wherever it was begun, with pages of any size above", () => {
    const whole = folded(log);
    for (let begin = 1; begin < log.length; begin++) {
      for (let size = 1; size <= log.length; size++) {
        const fold = folded(log.slice(begin));
        for (let end = begin; end > 0; end -= size) fold.prepend(log.slice(Math.max(0, end - size), end));
        assert.deepEqual(fold.messages, whole.messages, `begun at ${begin}, pages of ${size}`);
        assert.deepEqual([fold.first, fold.last], [1, 11]);
      }
    }
  });

  it("passes over what it has", () => {
    const fold = folded(log);
    const before = fold.messages.slice();
    log.forEach((e) => fold.apply(e));
    fold.prepend(log);
    assert.deepEqual(fold.messages, before);
  });

  it("replaces a message that changes, and no other", () => {
    const fold = folded(log.slice(0, 2));
    const [one, two] = fold.messages;
    fold.apply(log[2]!);
    assert.notEqual(fold.messages[0], one);
    assert.equal(fold.messages[1], two);
  });

  it("keeps what else happened in its place", () => {
    const claim = event(1, "moderated", { action: "claim", member: "m1", nick: "ann", role: "owner" });
    const ban = event(3, "moderated", { action: "ban", member: "m2" });
    const all = [
      claim,
      message(2),
      ban,
      event(4, "moderated", { action: "knight", member: "m2" }),
      message(5),
      message(6),
    ];
    for (let begin = 0; begin < all.length; begin++) {
      const fold = folded(all.slice(begin));
      fold.prepend(all.slice(0, begin));
      assert.deepEqual(fold.moderations, [claim, ban]);
    }
    const fold = folded(all);
    fold.trim(2);
    assert.deepEqual(fold.moderations, []);
    fold.prepend(all.slice(0, 4));
    assert.deepEqual(fold.moderations, [claim, ban]);
  });

  it("reads again what it forgot", () => {
    const fold = folded(log);
    const whole = fold.messages.slice();
    fold.trim(2);
    assert.deepEqual(
      fold.messages.map((m) => m.seq),
      [6, 11],
    );
    fold.prepend(log.slice(0, 5));
    assert.deepEqual(
      fold.messages.map((m) => m.seq),
      whole.map((m) => m.seq),
    );
  });

  it("is the same when two parts are joined, the older of which heard of the changes between them", () => {
    const older = folded(log.slice(0, 2));
    const newer = folded(log.slice(4));
    const live = event(12, "edited", { target: 2, content: "live" });
    newer.apply(live);
    older.amend(live);
    assert.equal(older.find(2)!.content, "live");
    older.amend(event(13, "deleted", { target: 11 }));
    assert.equal(older.messages.length, 2, "it says nothing about what wasn't read");
    older.apply(log[2]!);
    older.apply(log[3]!);
    older.amendBy(newer);
    assert.deepEqual([...older.find(2)!.reactions!.keys()], ["🎉"]);
    newer.join(older);
    const whole = folded([...log, live]);
    assert.deepEqual(newer.messages, whole.messages);
    assert.deepEqual([newer.first, newer.last], [whole.first, whole.last]);
  });

  it("finds messages by their seq", () => {
    const fold = folded(log);
    assert.equal(fold.find(6)?.seq, 6);
    assert.equal(fold.find(5), undefined);
    assert.equal(fold.find(100), undefined);
  });
});
