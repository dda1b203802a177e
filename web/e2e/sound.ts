// What axe-core finds in a page.
import assert from "node:assert/strict";
import axe, { type AxeResults } from "axe-core";
import type { Visitor } from "./browser.ts";

/** The page's themes, as the system asks for them. Text has a contrast of 4.5:1, and of 7:1 in high contrast. */
const themes = [
  { colorScheme: "light", contrast: "no-preference" },
  { colorScheme: "dark", contrast: "no-preference" },
  { colorScheme: "light", contrast: "more" },
  { colorScheme: "dark", contrast: "more" },
] as const;

/** The rules of which the outcome depends on colours. */
const ofColours = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"];

/** Asserts that axe-core finds nothing serious or critical in what is shown now. */
export async function sound(visitor: Visitor, screen: string): Promise<void> {
  await check(visitor, screen);
}

/** Asserts it in each theme. What doesn't depend on colours is looked at once. */
export async function soundInAllThemes(visitor: Visitor, screen: string): Promise<void> {
  for (const [i, theme] of themes.entries()) {
    await visitor.page.emulateMedia(theme);
    await check(visitor, `${screen}, ${theme.colorScheme}, contrast: ${theme.contrast}`, i > 0 ? ofColours : undefined);
  }
  await visitor.page.emulateMedia(themes[0]);
}

async function check({ page }: Visitor, screen: string, only?: string[]): Promise<void> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  await page.mouse.move(0, 0); // what is under the pointer may move meanwhile, and fade in or out
  const results = await page.evaluate(async (only) => {
    // Elements that fade in are checked when they have.
    await Promise.all(document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity).map((a) => a.finished.catch(() => {})));
    const enhanced = "color-contrast-enhanced";
    const wanted = matchMedia("(prefers-contrast: more)").matches;
    const options = only ? { runOnly: only.filter((rule) => wanted || rule !== enhanced) } : { rules: { [enhanced]: { enabled: wanted } } };
    return (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({ resultTypes: ["violations"], ...options });
  }, only);
  const found = results.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}: ${n.failureSummary}`));
  assert.deepEqual(found, [], screen);
}
