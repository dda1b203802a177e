import type { Code, Construct, Effects, Extension, State, TokenizeContext } from "micromark-util-types";
import { addressAt } from "./links.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    autolinkLiteral: "autolinkLiteral";
  }
}

/** Makes micromark take an address as one token, so that no mark in it means anything. `text` is all that is parsed. */
export function autolinks(text: string): Extension {
  const construct: Construct = {
    name: "autolinkLiteral",
    tokenize(effects, ok, nok) {
      return start(text, this, effects, ok, nok);
    },
  };
  // Where an address may begin: at h, H, m and M.
  return { text: { 104: construct, 72: construct, 109: construct, 77: construct } };
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
