// What axe-core finds in a page.
import assert from "node:assert/strict";
import axe, { type AxeResults } from "axe-core";
import type { Visitor } from "./browser.ts";

/** Asserts that axe-core finds nothing serious or critical in what is shown now. */
export async function sound(visitor: Visitor, screen: string): Promise<void> {
  const { page } = visitor;
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  await page.mouse.move(0, 0); // what is under the pointer may move meanwhile, and fade in or out
  const results = await page.evaluate(async () => {
    // Elements that fade in are checked when they have.
    await Promise.all(document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity).map((a) => a.finished.catch(() => {})));
    const rules = { "color-contrast-enhanced": { enabled: matchMedia("(prefers-contrast: more)").matches } };
    return (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({ resultTypes: ["violations"], rules });
  });
  const found = results.violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}: ${n.failureSummary}`));
  assert.deepEqual(found, [], screen);
}
