// CommonMark as a tree, without what a chat has no use for: rules, HTML, images,
// references, entities and code by indentation are text. Addresses, headings, tables, tasks
// and formulas are text too, unless the parser is given what is loaded later for them
// (extended.ts). micromark finds the tokens; what shows the tree makes nodes of it, never HTML.
import { parse as parser, postprocess, preprocess } from "micromark";
import { attention } from "micromark-core-commonmark";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import type { Construct, Event, Extension } from "micromark-util-types";
import { amongCJK } from "./cjk.ts";
import { TreeBuilder } from "./tree-builder.ts";
import type { Block } from "./tree.ts";

/** A longer text is shown as it is: some inputs take micromark a time that grows with the square of their length. */
export const longestParsed = 16_384;

const unused: Extension = {
  disable: {
    null: [
      "attentionTilde",
      "autolink",
      "characterReference",
      "codeIndented",
      "definition",
      "hardBreakEscape",
      "headingAtx",
      "htmlFlow",
      "htmlText",
      "labelStartImage",
      "setextUnderline",
      "thematicBreak",
    ],
  },
};
const strikethrough = gfmStrikethrough({ singleTilde: false });
const emphasis: Extension = {
  text: { 42: amongCJK(attention), 95: amongCJK(attention), 126: amongCJK(strikethrough.text![126] as Construct) },
};
const common: Extension[] = [{ ...strikethrough, text: {} }, emphasis, unused];

/** More than the parser knows by itself. */
export interface More {
  /** What micromark needs for it. `text` is all that is parsed. */
  extension(text: string): Extension;
  builder(text: string): TreeBuilder;
}

/** Parses a text. It never throws, and takes bounded time. Give it what `visible` returns. */
export function parse(text: string, more?: More): Block[] {
  if (text.length > longestParsed) return [plain(text)];
  const builder = more?.builder(text) ?? new TreeBuilder(text);
  for (const [kind, token] of tokenize(text, more?.extension(text))) {
    if (kind === "enter") builder.enter(token);
    else builder.exit(token);
  }
  return builder.blocks;
}

function tokenize(text: string, more: Extension = {}): Event[] {
  const document = parser({ extensions: [...common, more] }).document();
  return postprocess(document.write(preprocess()(text, undefined, true)));
}

function plain(text: string): Block {
  return {
    is: "paragraph",
    inside: text
      .split("\n")
      .flatMap((line, i) => [...(i > 0 ? [{ is: "break" } as const] : []), { is: "text", text: line } as const]),
  };
}
