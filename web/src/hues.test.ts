import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hueCount, Hues } from "./hues.ts";

const members = Array.from({ length: 200 }, (_, i) => `member-${i * 7}`);

describe("the colours of a room's members", () => {
  it("differ until there are none left, and are then shared evenly", () => {
    for (let i = 0; i + 2 * hueCount <= members.length; i++) {
      const hues = new Hues();
      const all = members.slice(i, i + 2 * hueCount).map((m) => hues.of(m));
      assert.equal(new Set(all.slice(0, hueCount)).size, hueCount);
      assert.equal(new Set(all.slice(hueCount)).size, hueCount);
    }
  });

  it("stay, and those of the members who are present come first, in their order", () => {
    const present = members.slice(0, hueCount).map((member) => ({ member }));
    const [one, other] = [new Hues(), new Hues()];
    for (const member of members.slice(100, 110)) one.of(member, present);
    for (const { member } of present) assert.equal(one.of(member, present), other.of(member));
    const first = members[0]!;
    assert.equal(one.of(first), one.of(first, [{ member: "somebody" }]));
  });

  it("are a member's own where they are free", () => {
    for (const member of members) {
      const hues = new Hues();
      const own = hues.of(member);
      assert.equal(new Hues().of(member), own);
    }
    assert.ok(new Set(members.map((m) => new Hues().of(m))).size === hueCount);
  });
});
