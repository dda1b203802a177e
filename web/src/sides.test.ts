// The style names the start and the end of a line, not left and right: these are the other way in some languages.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";

/** Declarations that mean left and right. */
const meant = new Map([
  ["composer.css: padding: 9px 14px 9px 6px", "for the page's direction, whatever that of the text is"],
  ["composer.css: padding: 9px 6px 9px 14px", "for the page's direction, whatever that of the text is"],
  ["messages.css: left: 50%", "the middle is the same from both sides"],
  ["room.css: left: 50%", "the middle is the same from both sides"],
  ["tables.css: border-left: 1px solid var(--rule)", "for the table's direction, whatever that of the cell is"],
  ["tables.css: border-right: 1px solid var(--rule)", "for the table's direction, whatever that of the cell is"],
  ["tables.css: text-align: left", "what the message says"],
  ["tables.css: text-align: right", "what the message says"],
]);

const shorthands = /^(?:padding|margin|inset|scroll-(?:padding|margin)|border-(?:width|style|color|radius))$/;

/** Whether a declaration treats left and right differently. */
function hasSides(property: string, value: string): boolean {
  if (/(?:^|-)(?:left|right)(?:-|$)/.test(property)) return true;
  if (/^(?:text-align|float|clear)$/.test(property)) return /\b(?:left|right)\b/.test(value);
  if (!shorthands.test(property)) return false;
  // The space that a device wants at a side is where it is.
  const parts = value
    .replaceAll(/safe-area-inset-(?:left|right)/g, "side")
    .match(/(?:[^\s()]|\((?:[^()]|\([^()]*\))*\))+/g)!;
  const [a, b = a, c = a, d = b] = parts;
  return property === "border-radius" ? a !== b || c !== d : b !== d;
}

const declarations = readdirSync("src/style").flatMap((file) => {
  const css = readFileSync(`src/style/${file}`, "utf8").replaceAll(/\/\*[^]*?\*\//g, "");
  return [...css.matchAll(/(?<=[{};]\s*)([\w-]+):\s*([^{};]+);/g)].map(([, property, value]) => ({
    property: property!,
    value: value!.replaceAll(/\s+/g, " "),
    at: `${file}: ${property}: ${value!.replaceAll(/\s+/g, " ")}`,
  }));
});

describe("the style", () => {
  it("names no side but those that are meant", () => {
    assert.ok(declarations.length > 1000);
    const found = declarations.filter(({ property, value }) => hasSides(property, value)).map(({ at }) => at);
    assert.deepEqual([...new Set(found)].sort(), [...meant.keys()].sort());
  });

  it("is read as browsers read it", () => {
    for (const [property, value] of [
      ["margin-left", "0"],
      ["border-top-right-radius", "1px"],
      ["padding", "1px 2px 1px 3px"],
      ["inset", "0 auto auto 0"],
      ["border-radius", "1px 2px 2px 1px"],
      ["float", "right"],
    ] as const)
      assert.ok(hasSides(property, value), `${property}: ${value}`);
    for (const [property, value] of [
      ["padding", "1px 2px"],
      ["padding", "calc(1px + (2px)) max(1px, env(safe-area-inset-right)) 0 max(1px, env(safe-area-inset-left))"],
      ["border-radius", "20px 20px 0 0"],
      ["text-align", "start"],
    ] as const)
      assert.ok(!hasSides(property, value), `${property}: ${value}`);
  });
});
