// Texts that were pasted and are too long for a message, until the user chooses what becomes of them.
import { signal } from "@preact/signals";

/** No text with more characters is pasted without a question. */
export const longest = 100_000;

/** By room, the oldest first. They outlive a visit to another room, but not the page: what was copied has them then. */
export const longPastes = signal<ReadonlyMap<string, readonly string[]>>(new Map());

export const holdPaste = (code: string, text: string): void => set(code, [...heldPastes(code), text]);

export const heldPastes = (code: string): readonly string[] => longPastes.value.get(code) ?? [];

/** Forgets the oldest text. */
export const dropPaste = (code: string): void => set(code, heldPastes(code).slice(1));

export const dropPastes = (code: string): void => set(code, []);

function set(code: string, texts: readonly string[]): void {
  const all = new Map(longPastes.peek());
  if (texts.length > 0) all.set(code, texts);
  else all.delete(code);
  longPastes.value = all;
}
