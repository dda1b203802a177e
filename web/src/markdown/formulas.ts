// Formulas in TeX: $…$ within a line, and $$…$$. A dollar sign may also be a price's or a
// shell's, so a formula begins and ends where neither would, and says nothing like prose.
import type { Construct, State } from "micromark-util-types";
import { characterAt, characterBefore, isWordCharacter } from "./words.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    formula: "formula";
    formulaData: "formulaData";
    formulaMark: "formulaMark";
    formulaBlock: "formulaBlock";
  }
}

/** `$…$`: no space within its ends, and no bracket of a shell's after it. What mentions somebody is no formula. */
const inLine = /\$((?![\s$])(?:\\[^\n]|[^\\$\n`@]){1,1000})(?<!\s)\$(?![${(_])/y;
/** `$$…$$`, over lines too, but over no empty one. */
const displayed = /\$\$(?!\$)((?:\\.|(?!\n[ \t]*\n)[^\\$`@]){1,2000})\$\$(?!\$)/suy;
/** `$$` and the next one are alone in their lines; in a quote, these begin with its marks. */
const block = /\$\$[ \t]*\n[^$@]*\n[ \t>]*\$\$[ \t]*(?:\n|$)/y;

/** The length of the formula that begins at an index of the text; 0 where none does. */
export function formulaAt(text: string, index: number): number {
  const before = characterBefore(text, index);
  if (before === "$" || isWordCharacter(before)) return 0;
  for (const pattern of [inLine, displayed]) {
    pattern.lastIndex = index;
    const [whole, inside] = pattern.exec(text) ?? [];
    if (whole === undefined || isWordCharacter(characterAt(text, index + whole.length))) continue;
    if (inside!.trim() && !isProse(inside!)) return whole.length;
  }
  return 0;
}

/** Whether a text between dollar signs is an address, a word, several, or one after a number, as in "5 or 6". Those in braces don't count. */
function isProse(inside: string): boolean {
  const bare = inside.replace(/\\\p{L}+|\{[^{}]*\}/gu, " \\ ");
  return (
    /:\/\/|\p{L}\s+\p{L}{2}|\p{L}{2}\s+\p{L}|^\s*\p{L}{3,}\s*$/u.test(bare) ||
    (/^\s*\d/.test(bare) && /\p{L}{2}/u.test(bare))
  );
}

/** Makes micromark take a formula in a paragraph as one token, so that no mark in it means anything. */
export function formulas(text: string): Construct {
  return {
    name: "formula",
    tokenize(effects, ok, nok) {
      const begin = this.now().offset;
      const end = begin + formulaAt(text, begin);
      const sign = text.startsWith("$$", begin) ? 2 : 1;
      const inside: State = (code) => {
        if (code === null) return nok(code); // the paragraph ends before the formula does
        if (this.now().offset >= end - sign) {
          effects.exit("formulaData");
          effects.enter("formulaMark");
          return mark(code);
        }
        if (code > -3) {
          effects.consume(code);
          return inside;
        }
        effects.exit("formulaData");
        effects.enter("lineEnding");
        effects.consume(code);
        effects.exit("lineEnding");
        return line;
      };
      const line: State = (code) => {
        effects.enter("formulaData"); // after the marks of a quote that the line begins with
        return inside(code);
      };
      const mark: State = (code) => {
        const { offset } = this.now();
        if (offset === begin + sign || offset === end) {
          effects.exit("formulaMark");
          effects.enter("formulaData");
          if (offset < end) return inside(code);
          effects.exit("formulaData");
          effects.exit("formula");
          return ok(code);
        }
        effects.consume(code);
        return mark;
      };
      return (code) => {
        if (end === begin) return nok(code);
        effects.enter("formula");
        effects.enter("formulaMark");
        return mark(code);
      };
    },
  };
}

/** Makes micromark take a formula between lines of $$ as one block, with these lines. */
export function formulaBlock(text: string): Construct {
  return {
    name: "formulaBlock",
    concrete: true,
    tokenize(effects, ok, nok) {
      block.lastIndex = this.now().offset;
      const end = block.test(text) ? block.lastIndex : 0;
      const line: State = (code) => {
        effects.enter("formulaData");
        return inside(code);
      };
      const inside: State = (code) => {
        if (code !== null && code > -3) {
          effects.consume(code);
          return inside;
        }
        effects.exit("formulaData");
        return code === null || this.now().offset + 1 >= end
          ? after(code)
          : effects.attempt(nextLine, line, after)(code);
      };
      const after: State = (code) => {
        effects.exit("formulaBlock");
        return ok(code);
      };
      return (code) => {
        if (end === 0) return nok(code);
        if (this.interrupt) return ok(code);
        effects.enter("formulaBlock");
        return line(code);
      };
    },
  };
}

/** The end of a line, if the next one belongs to the same quote or item. */
const nextLine: Construct = {
  partial: true,
  tokenize(effects, ok, nok) {
    return (code) => {
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      return (next) => (this.parser.lazy[this.now().line] ? nok(next) : ok(next));
    };
  },
};
