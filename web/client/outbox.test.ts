import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Outbox, type Pending } from "./outbox.ts";
import { duplicateSeqs, duplicateTime, type Limits } from "./protocol.ts";

const limits: Limits = {
  content_chars: 4000,
  frame_bytes: 50_000,
  event_bytes: 500_000,
  message_rate: 10,
  retry_ms: 2000,
};

function outbox(...ids: string[]): Outbox {
  const o = new Outbox();
  for (const id of ids) o.add({ id, content: id, at: 0 });
  return o;
}

/** The ids of all that goes now. */
function going(o: Outbox, now: number, rate = 10): string[] {
  const ids: string[] = [];
  for (let next; typeof (next = o.next(now, now, { ...limits, message_rate: rate }, 5)) !== "number";)
    ids.push(next.id);
  return ids;
}

const refusal = (code: string, retry = 0) => ({ type: "error" as const, code, message: code, retry_after_ms: retry });

describe("an outbox", () => {
  it("sends in order, each once, and again when nothing has settled it for a while", () => {
    const o = outbox("a", "b");
    assert.deepEqual(going(o, 1000), ["a", "b"]);
    assert.deepEqual(going(o, 2999), []);
    assert.equal(o.next(2999, 2999, limits, 5), 1);
    o.settle("a");
    assert.deepEqual(going(o, 3000), ["b"]);
  });

  it("doesn't wait longer where the time of day is set back", () => {
    const o = outbox("a");
    const at = (now: number, date: number) => {
      const next = o.next(now, date, limits, 5);
      return typeof next === "number" ? next : next.id;
    };
    assert.equal(at(1000, 9_000_000), "a");
    o.settle("a");
    o.add({ id: "b", content: "b", at: 0 });
    assert.equal(at(1001, 1_000_000), "b");
    assert.equal(at(1002, 0), 1999);
    assert.deepEqual(
      o.messages.map((m) => m.tried),
      [1_000_000],
    );
  });

  it("sends what is unanswered ever more rarely on one connection, and at once on the next", () => {
    const o = outbox("a");
    let now = 1000;
    assert.deepEqual(going(o, now), ["a"]);
    for (const wait of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      assert.deepEqual(going(o, now + wait - 1), [], `before ${wait} ms`);
      now += wait;
      assert.deepEqual(going(o, now), ["a"], `after ${wait} ms`);
    }
    o.refused("a", refusal("unavailable"), 2000, now); // an answer: the server isn't slow
    assert.deepEqual(going(o, now + 2000), ["a"]);
    assert.deepEqual(going(o, now + 4000), ["a"]);
    o.reconnected();
    assert.deepEqual(going(o, now + 4001), ["a"]);
  });

  it("lets nothing overtake what came too fast, and goes on at the server's pace", () => {
    const o = outbox("a", "b", "c");
    assert.deepEqual(going(o, 1000), ["a", "b", "c"]);
    o.settle("a");
    assert.equal(o.refused("b", refusal("rate-limited", 500), 2000, 1000), false);
    o.refused("c", refusal("rate-limited", 500), 2000, 1000);
    assert.deepEqual(going(o, 1499), []);
    assert.deepEqual(going(o, 1500), ["b"]);
    assert.deepEqual(going(o, 1599), []);
    assert.deepEqual(going(o, 1600), ["c"]);
  });

  it("sends one message each turn in slow mode, and all else at once", () => {
    const o = outbox("a", "b", "c");
    o.slowMode(5000);
    o.add({ id: "edit", operation: { type: "edit", seq: 1, content: "x" }, at: 0 });
    assert.deepEqual(going(o, 1000), ["a", "edit"]);
    o.settle("a");
    o.settle("edit");
    assert.deepEqual(going(o, 5999), []);
    assert.deepEqual(going(o, 6000), ["b"]);
    o.refused("b", refusal("slow-mode", 40), 2000, 6000); // it counts from when it had the message
    assert.deepEqual(going(o, 6039), []);
    assert.deepEqual(going(o, 6040), ["b"]);
    o.settle("b");
    o.slowMode(0);
    assert.deepEqual(going(o, 6041), ["c"]);
  });

  it("has few on their way at a time, where the server counts", () => {
    const ids = Array.from({ length: 50 }, (_, i) => `${i}`);
    const o = outbox(...ids);
    assert.equal(going(o, 0).length, 10);
    assert.deepEqual(going(o, 99), []);
    assert.deepEqual(going(o, 100), ["10"]);
    assert.equal(going(o, 1100).length, 10);
    for (let at = 1200; at < 2000; at += 100) assert.equal(going(o, at).length, 1);
    assert.deepEqual(going(o, 1999), []);
    assert.equal(going(outbox(...ids), 0, 0).length, 50);
  });

  it("sends all again on a new connection", () => {
    const o = outbox("a", "b");
    going(o, 1000);
    o.reconnected();
    assert.deepEqual(going(o, 1001), ["a", "b"]);
  });

  it("keeps what is refused until it is sent again or forgotten, and holds up no other", () => {
    const o = outbox("a", "b");
    going(o, 0);
    assert.ok(o.refused("a", refusal("too-long"), 2000, 0));
    o.reconnected();
    assert.deepEqual(going(o, 1), ["b"]);
    o.retry("a");
    assert.deepEqual(going(o, 2), ["a"]);
    assert.equal(o.messages.find((m) => m.id === "a")!.failed, undefined);
  });

  const failed = (o: Outbox): (string | undefined)[] => o.messages.map((m: Pending) => m.failed?.code);

  it("doesn't send again what the server may have forgotten", () => {
    const late = outbox("a", "b");
    late.next(0, 0, limits, 5); // a alone
    late.reconnected();
    assert.deepEqual(going(late, duplicateTime + 1), ["b"]);
    assert.deepEqual(failed(late), ["too-old", undefined]);

    const far = outbox("a", "b");
    far.next(0, 0, limits, 5);
    far.missed(5 + duplicateSeqs);
    assert.deepEqual(failed(far), [undefined, undefined]);
    far.missed(6 + duplicateSeqs);
    assert.deepEqual(failed(far), ["too-old", undefined]);
  });

  it("sends again what is too old if a person says so", () => {
    const o = outbox("a");
    assert.deepEqual(going(o, 1000), ["a"]);
    const later = 1000 + duplicateTime + 1;
    assert.deepEqual(going(o, later), []);
    o.retry("a");
    assert.deepEqual(going(o, later), ["a"]);
    assert.equal(o.messages[0]!.failed, undefined);
  });

  it("doesn't send again under another name what may be there", () => {
    const o = outbox("a", "b");
    o.next(0, 0, limits, 5);
    o.seatLost(false);
    assert.deepEqual(failed(o), ["seat-lost", undefined]);
  });

  it("sends nothing into a room that has begun anew, unless a person says so", () => {
    const o = outbox("a", "b");
    o.next(0, 0, limits, 5);
    o.seatLost(true);
    assert.deepEqual(failed(o), ["seat-lost", "seat-lost"]);
    o.adopt([{ id: "c", content: "c", at: 0 }]);
    assert.deepEqual(failed(o), ["seat-lost", "seat-lost", "seat-lost"]);
    o.retry("b");
    assert.deepEqual(going(o, 1000), ["b"]);
  });
});
