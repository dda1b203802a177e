// Addresses in a text: where they begin and end.
import { LinkifyIt } from "linkify-it";
import type { Code, Construct, ConstructRecord, Effects, State, TokenizeContext } from "micromark-util-types";
import { safeAddress } from "./links.ts";
import { characterBefore, isWordCharacter } from "./words.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    autolinkLiteral: "autolinkLiteral";
  }
}

/** What makes micromark take an address as one token, so that no mark in it means anything. `text` is all that is parsed. */
export function autolinks(text: string): ConstructRecord {
  const construct: Construct = {
    name: "autolinkLiteral",
    tokenize(effects, ok, nok) {
      return start(text, this, effects, ok, nok);
    },
  };
  // Where an address may begin: at h, H, m and M.
  return { 104: construct, 72: construct, 109: construct, 77: construct };
}

function start(text: string, context: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  return (code: Code) => {
    const begin = context.now().offset;
    const length = addressAt(text, begin);
    if (length === 0) return nok(code);
    effects.enter("autolinkLiteral");
    const inside: State = (c) => {
      effects.consume(c);
      return context.now().offset < begin + length ? inside : end;
    };
    const end: State = (c) => {
      effects.exit("autolinkLiteral");
      return ok(c);
    };
    return inside(code);
  };
}

const linkify = new LinkifyIt({ fuzzyLink: false, fuzzyEmail: false, urlAuth: true });

const scheme = /(?:https?:\/\/|mailto:)/iy;
/** What an address may have in it at all, and the most of it that is looked at. */
const run = /[^\s<>`\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,2048}/y;

/** The length of the address that begins at an index of the text; 0 where none does. */
export function addressAt(text: string, index: number): number {
  scheme.lastIndex = index;
  const before = characterBefore(text, index);
  if (!scheme.test(text) || (before !== "_" && isWordCharacter(before))) return 0;
  run.lastIndex = index;
  const found = linkify.matchAtStart(run.exec(text)![0]);
  if (!found) return 0;
  const address = withoutClosingMarks(found.raw, text.slice(text.lastIndexOf("\n", index) + 1, index));
  return safeAddress(address) === undefined ? 0 : address.length;
}

/** A mark that may begin an emphasis. */
const openers = { "*": /\*(?![\s*])/, _: /(?<![\p{L}\p{N}_])_+(?![\s_])/u, "~": /~~(?![\s~])/ };

/** Drops emphasis marks from the end of an address that belong to an emphasis which begins before it, in its line. */
function withoutClosingMarks(address: string, before: string): string {
  const marks = /([*_~])\1*$/.exec(address);
  if (!marks) return address;
  return openers[marks[1] as keyof typeof openers].test(`${before}x`) ? address.slice(0, marks.index) : address;
}
