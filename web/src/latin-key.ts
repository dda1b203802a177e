/**
 * The letter or digit that a key stands for in a shortcut, or its name. A layout that isn't Latin, or a digit
 * with Shift, gives another sign; the key's place is as good.
 */
export const latinKey = (e: Pick<KeyboardEvent, "key" | "code">): string =>
  (/^[a-z\d]$/i.test(e.key) ? e.key : e.code.replace(/^(?:Key|Digit)/, "")).toLowerCase();
