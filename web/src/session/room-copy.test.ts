import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { roomKey, type Copy } from "../records.ts";
import { database, storage } from "../storage.ts";
import { current, foldOf, updateCopy } from "./room-copy.ts";

const copy = (settings: Partial<Copy["settings"]>): Copy => ({
  room: "tea",
  epoch: "e",
  first: 1,
  last: 2,
  messages: [1, 2].map((seq) => ({
    seq,
    id: `${seq}`,
    at: new Date(seq * 1000),
    from: { member: "m1", nick: "Ann", role: "member" },
    content: `${seq}`,
  })),
  settings: { topic: "", locked: false, password: false, slow_ms: 0, ...settings },
  pins: [],
  role: "member",
});
const seqs = (settings: Partial<Copy["settings"]>, now: number) =>
  current(copy(settings), now)?.messages.map((m) => m.seq);

describe("a room's copy", () => {
  it("has no messages that would have expired by now", () => {
    assert.deepEqual(seqs({}, 1e15), [1, 2]);
    assert.deepEqual(seqs({ keep_seconds: 10 }, 10_999), [1, 2]);
    assert.deepEqual(seqs({ keep_seconds: 10 }, 11_000), [2]);
    assert.deepEqual(seqs({ keep_seconds: 10 }, 12_000), []);
  });

  it("is gone with its room", () => {
    const expires = new Date(5000).toISOString();
    assert.deepEqual(seqs({ expires }, 4999), [1, 2]);
    assert.deepEqual(seqs({ expires }, 5000), undefined);
  });

  it("is brought up to date, but stays removed if that happens meanwhile", async () => {
    const stored = () => database.get("copies", roomKey("tea"));
    const fold = foldOf({ ...copy({}), messages: copy({}).messages.slice(1) });
    await database.put("copies", roomKey("tea"), copy({}));
    await updateCopy("tea", "e", fold);
    assert.deepEqual(
      (await stored())?.messages.map((m) => m.seq),
      [2],
    );
    const updated = updateCopy("tea", "e", fold);
    storage.forgetCopy("tea");
    await updated;
    assert.equal(await stored(), undefined);
  });
});
