// Formats what is selected in the composer, by keys and buttons.
import { editFor, formats, type Format } from "../formats.ts";
import { latinKey } from "../latin-key.ts";
import { replaceRange } from "./use-draft.ts";

const mac = /Mac|iP(?:hone|ad|od)/.test(navigator.platform);

/** The keys that stand for the formats, with Ctrl, or Cmd on a Mac. A capital is with Shift, as are the digits. */
const keys: Readonly<Record<Format, string>> = {
  bold: "b",
  italic: "i",
  strike: "X",
  code: "e",
  block: "E",
  quote: "9",
  list: "8",
  link: "k",
};
const withShift = (key: string): boolean => !/[a-z]/.test(key);

/** How the keys of a format are called: for people, and for `aria-keyshortcuts`. */
export function keyOf(format: Format): { shown: string; aria: string } {
  const key = keys[format].toUpperCase();
  const shift = withShift(keys[format]);
  return {
    shown: mac ? `${shift ? "⇧" : ""}⌘${key}` : `Ctrl+${shift ? "Shift+" : ""}${key}`,
    aria: `${mac ? "Meta" : "Control"}+${shift ? "Shift+" : ""}${key}`,
  };
}

/**
 * Handles a key that was pressed with Ctrl or Cmd, and reports whether it stands for a format. On a Mac, Ctrl with
 * a letter moves the caret.
 */
export function format(field: HTMLTextAreaElement, e: KeyboardEvent): boolean {
  if (e.altKey || !(mac ? e.metaKey : e.ctrlKey)) return false;
  const key = latinKey(e);
  const of = formats.find((f) => keys[f].toLowerCase() === key && withShift(keys[f]) === e.shiftKey);
  if (of) apply(field, of);
  return of !== undefined;
}

/** Formats the selection. It is one step for the browser's undo. */
export function apply(field: HTMLTextAreaElement, of: Format): void {
  field.focus();
  const { from, to, text, start, end } = editFor(of, field.value, field.selectionStart, field.selectionEnd);
  replaceRange(field, from, to, text);
  field.setSelectionRange(start, end);
}
