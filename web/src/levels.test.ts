import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isQuiet, wants } from "./levels.ts";

const at = (time: string) => new Date(`2026-03-01T${time}`);

describe("a level", () => {
  it("has all messages, those that call the user, or none", () => {
    assert.deepEqual([wants("all", true), wants("all", false)], [true, true]);
    assert.deepEqual([wants("mentions", true), wants("mentions", false)], [true, false]);
    assert.deepEqual([wants("none", true), wants("none", false)], [false, false]);
  });
});

describe("the quiet time", () => {
  it("is off at first", () => assert.equal(isQuiet(undefined, at("23:00")), false));

  it("may be within a day", () => {
    const quiet = { from: "12:30", to: "14:00" };
    const times = ["12:29:59", "12:30", "13:59:59", "14:00"];
    assert.deepEqual(
      times.map((t) => isQuiet(quiet, at(t))),
      [false, true, true, false],
    );
  });

  it("may reach over midnight", () => {
    const quiet = { from: "22:00", to: "07:00" };
    const times = ["21:59:59", "22:00", "23:59", "00:00", "06:59", "07:00", "12:00"];
    assert.deepEqual(
      times.map((t) => isQuiet(quiet, at(t))),
      [false, true, true, true, true, false, false],
    );
  });

  it("is never, from a time until the same time", () => {
    assert.equal(isQuiet({ from: "08:00", to: "08:00" }, at("08:00")), false);
    assert.equal(isQuiet({ from: "08:00", to: "08:00" }, at("20:00")), false);
  });
});
