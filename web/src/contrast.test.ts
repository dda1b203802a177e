// The contrast of the page's colours, in each theme: also of those that axe-core doesn't check, since they aren't
// those of text, or lie on more than one ground.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { luminance } from "./luminance.ts";

/** Pairs of what is seen and its ground. */
const grounds = ["ground", "surface", "raised"];
const onGrounds = (names: readonly string[]) => names.flatMap((name) => grounds.map((on) => [name, on] as const));

const texts = [
  ...onGrounds(["ink", "ink-soft", "accent-ink", "bad", "waiting"]),
  ...["ink", "accent-ink"].map((name) => [name, "own"] as const),
  ...["ink", "ink-soft"].map((name) => [name, "sunken"] as const),
  ["own-soft", "own"],
  ["ink", "mark"],
  ["accent-on", "accent"],
  ["bad-on", "bad"],
  ["ink", "bad-ground"],
  ["ink", "waiting-ground"],
  ["accent-ink", "waiting-ground"],
  ["moderator-ink", "moderator"],
] as const;

/** Edges that a control needs to be seen, rings of focus, and what says that something is chosen. */
const signs = [
  ...onGrounds(["edge-strong", "accent", "accent-ink"]),
  ["accent", "own"],
  ["accent-ink", "own"],
] as const;

const css = (name: string) => readFileSync(`src/style/${name}.css`, "utf8");
const colours = css("colours");

/** The properties that the rule of a selector sets in a scheme, by their names. */
function properties(selector: string, scheme: "light" | "dark"): Record<string, string> {
  const rule = colours.slice(colours.indexOf(`\n${selector} {`)).split("}", 1)[0]!;
  const all = rule.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g);
  return Object.fromEntries([...all].map(([, name, light, dark]) => [name!, scheme === "light" ? light! : dark!]));
}

const parse = (colour: string) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);

/** By WCAG: from 1 to 21. */
function contrast(one: string, other: string): number {
  const [darker, lighter] = [luminance(parse(one)), luminance(parse(other))].sort((a, b) => a - b);
  return (lighter! + 0.05) / (darker! + 0.05);
}

for (const scheme of ["light", "dark"] as const) {
  for (const high of [false, true]) {
    const palette = { ...properties(":root", scheme), ...(high ? properties(":root[data-contrast]", scheme) : {}) };
    const [text, sign] = high ? [7, 4.5] : [4.5, 3];
    const has = (what: string, colour: string | undefined, on: string | undefined, least: number) => {
      assert.ok(colour && on, what);
      const ratio = contrast(colour, on);
      assert.ok(ratio >= least, `${what}: ${colour} on ${on} has ${ratio.toFixed(2)}:1, and needs ${least}:1`);
    };

    describe(`in the ${scheme} theme${high ? " with high contrast" : ""}, by ratio,`, () => {
      it("text is readable", () => {
        for (const [name, on] of texts) has(`${name} on ${on}`, palette[name], palette[on], text);
      });

      it("edges, rings of focus and signs are seen", () => {
        for (const [name, on] of signs) has(`${name} on ${on}`, palette[name], palette[on], sign);
        if (high) for (const on of grounds) has(`edge on ${on}`, palette["edge"], palette[on], sign);
      });

      it("members' colours are readable, as text and in faces", () => {
        for (let i = 0; i < 8; i++) {
          const usual = properties(`.hue${i}`, scheme);
          const { hue } = high ? properties(`:root[data-contrast] .hue${i}`, scheme) : usual;
          for (const on of grounds) has(`hue${i} on ${on}`, hue, palette[on], text);
          if (high) has(`a reply to hue${i}`, hue, palette["own"], text);
          else has(`the face of hue${i}`, hue, usual["hue-ground"], text);
        }
      });

      it("code is readable", () => {
        const pairs = [...css("code").matchAll(/color: light-dark\((#\w+), (#\w+)\)/g)];
        assert.ok(pairs.length >= 6);
        for (const [, light, dark] of pairs) has("code", scheme === "light" ? light : dark, palette["sunken"], text);
      });
    });
  }
}
