// Arrow keys in what stands in a line of the page.
import { direction } from "./texts.ts";

/** How far a key goes along the line: 1 for the arrow to its end, -1 for the one to its start, 0 for any other key. */
export function alongLine(key: string): number {
  const right = direction.peek() === "rtl" ? -1 : 1;
  return key === "ArrowRight" ? right : key === "ArrowLeft" ? -right : 0;
}
