// Keys that put Markdown's marks around what is selected in the composer, or take them away.
import { replaceRange } from "./use-draft.ts";

/** What a key puts on both sides of the selection: Ctrl or Cmd with the key, and Shift if it is a capital. */
const marks: Readonly<Record<string, string>> = { b: "**", i: "*", e: "`", X: "~~" };

/**
 * Handles a key that was pressed with Ctrl or Cmd, and reports whether it stands for a format.
 * The change is one step for the browser's undo, and what was selected stays selected.
 */
export function format(field: HTMLTextAreaElement, e: KeyboardEvent): boolean {
  const key = e.shiftKey ? e.key.toUpperCase() : e.key.toLowerCase();
  const mark = e.altKey || !Object.hasOwn(marks, key) ? undefined : marks[key];
  if (mark === undefined) return false;
  const { selectionStart, selectionEnd, value } = field;
  const selected = value.slice(selectionStart, selectionEnd);
  const inner = selected.trim(); // marks next to a space are no marks
  const from = selectionStart + selected.length - selected.trimStart().length;
  const to = from + inner.length;
  const size = mark.length;
  if (hasMark(value, from, to, mark)) {
    replaceRange(field, from - size, to + size, inner);
    field.setSelectionRange(from - size, to - size);
  } else {
    replaceRange(field, from, to, mark + inner + mark);
    field.setSelectionRange(from + size, to + size);
  }
  return true;
}

/** Whether a part of the text has the mark on both sides. A star of two stars is none of its own, one of three is. */
function hasMark(text: string, from: number, to: number, mark: string): boolean {
  const sign = mark[0]!;
  const before = count(text.slice(0, from).split("").reverse(), sign);
  const after = count(text.slice(to), sign);
  const around = Math.min(before, after);
  return mark === "*" ? around % 2 === 1 : around >= mark.length;
}

/** How often a sign stands at the beginning. */
function count(text: Iterable<string>, sign: string): number {
  let n = 0;
  for (const c of text) {
    if (c !== sign) break;
    n++;
  }
  return n;
}
