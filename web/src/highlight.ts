// What of a text a search has found: docs/protocol.md, "Search". It only decides what is
// shown as found; the server decides what is.
import { visible } from "./markdown/visible.ts";

/** A part of a text, and whether it was searched for. */
export interface Piece {
  text: string;
  found: boolean;
}

/** How much of a text is shown, in characters, and how much of it before the first match. */
const mostShown = 200;
const before = 50;

/** One character as it is compared: without case, accents and width. It may be several, or none. */
function foldChar(c: string): string {
  return c
    .normalize("NFKD")
    .replace(/[\u0300-\u036f\u064b-\u065f\u0670\p{Cf}\p{Cc}\ufe00-\ufe0f]|(?=\p{Mn})[\u0591-\u05c7]/gu, "")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFC");
}

/** A text as it is compared, in one line. */
const fold = (text: string): string =>
  Array.from(text.normalize("NFC").replace(/\s+/gu, " ").trim(), foldChar).join("");

/** The words and phrases that a query looks for in texts, folded. */
export function termsOf(query: string): string[] {
  const terms: string[] = [];
  for (const [, key = "", phrase, word = ""] of query.matchAll(
    /(?:(from|before|after|has):)?(?:"([^"]*)"?|([^\s"]\S*))/giu,
  )) {
    const value = phrase ?? word;
    if (key && restricts(key.toLowerCase(), value)) continue;
    terms.push(...(key && phrase !== undefined ? [`${key}:`, phrase] : [key ? `${key}:${value}` : value]).map(fold));
  }
  return terms.filter(Boolean);
}

/** Whether a value means something after a key. */
function restricts(key: string, value: string): boolean {
  if (key === "from") return fold(value) !== "";
  if (key === "has") return /^(link|file)$/i.test(value);
  return /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
}

/** How many of the terms are in a text. */
export function countFound(text: string, terms: readonly string[]): number {
  const folded = fold(visible(text));
  return terms.filter((term) => folded.includes(term)).length;
}

/** A text in one line, with what was found marked. Of a long one, what is around the first match. */
export function highlight(text: string, terms: readonly string[]): Piece[] {
  const chars = Array.from(visible(text).normalize("NFC").replace(/\s+/gu, " ").trim());
  const found = matches(chars, terms);
  const first = Math.max(0, found.indexOf(true));
  const from = first > before && chars.length > mostShown ? Math.min(first - before, chars.length - mostShown) : 0;
  const to = Math.min(chars.length, from + mostShown);
  const pieces: Piece[] = [];
  const add = (c: string, is: boolean) => {
    const last = pieces.at(-1);
    if (last?.found === is) last.text += c;
    else pieces.push({ text: c, found: is });
  };
  if (from > 0) add("…", false);
  for (let i = from; i < to; i++) add(chars[i]!, found[i]!);
  if (to < chars.length) add("…", false);
  return pieces;
}

/** For each character, whether it is in a match. */
function matches(chars: readonly string[], terms: readonly string[]): boolean[] {
  const found = chars.map(() => false);
  const at: number[] = []; // for each character of the folded text, which of the text it is from
  let folded = "";
  chars.forEach((c, i) => {
    const as = foldChar(c);
    folded += as;
    for (let n = 0; n < as.length; n++) at.push(i);
  });
  for (const term of terms) {
    for (let i = folded.indexOf(term); i >= 0; i = folded.indexOf(term, i + term.length)) {
      for (let n = i; n < i + term.length; n++) found[at[n]!] = true;
    }
  }
  return found;
}
