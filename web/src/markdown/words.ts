// Where words begin and end, for links and mentions in the middle of a text.

/** A letter, digit or mark of a script that puts spaces between words, or an underscore. */
const joins = /[\p{L}\p{N}\p{M}_]/u;
/** Scripts that put no spaces between words, or hang particles on them. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}ー々〆]/u;

/** Whether a character is a part of words that end at spaces: "e" is, "小" and "." are not. */
export function isWordCharacter(character: string): boolean {
  return joins.test(character) && !spaceless.test(character);
}

/** The character before an index, of one or two code units; "" at the beginning. */
export function characterBefore(text: string, index: number): string {
  return index === 0 ? "" : String.fromCodePoint(text.codePointAt(isLow(text, index - 1) ? index - 2 : index - 1)!);
}

/** The character at an index; "" at the end. */
export function characterAt(text: string, index: number): string {
  const code = text.codePointAt(index);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function isLow(text: string, index: number): boolean {
  return index > 0 && /[\udc00-\udfff]/.test(text[index]!) && /[\ud800-\udbff]/.test(text[index - 1]!);
}
