// What the bundle has in place of micromark-core-commonmark (see bundle.sh): only the
// constructs that parse.ts doesn't disable. micromark names all of them, so the bundler
// couldn't leave out the others, which are a third of it.
export { attention } from "../../node_modules/micromark-core-commonmark/lib/attention.js";
export { blankLine } from "../../node_modules/micromark-core-commonmark/lib/blank-line.js";
export { blockQuote } from "../../node_modules/micromark-core-commonmark/lib/block-quote.js";
export { characterEscape } from "../../node_modules/micromark-core-commonmark/lib/character-escape.js";
export { codeFenced } from "../../node_modules/micromark-core-commonmark/lib/code-fenced.js";
export { codeText } from "../../node_modules/micromark-core-commonmark/lib/code-text.js";
export { content } from "../../node_modules/micromark-core-commonmark/lib/content.js";
export { labelEnd } from "../../node_modules/micromark-core-commonmark/lib/label-end.js";
export { labelStartLink } from "../../node_modules/micromark-core-commonmark/lib/label-start-link.js";
export { lineEnding } from "../../node_modules/micromark-core-commonmark/lib/line-ending.js";
export { list } from "../../node_modules/micromark-core-commonmark/lib/list.js";
import type { Construct } from "micromark-util-types";

const none: Construct = { name: "none", tokenize: (_effects, _ok, nok) => nok };

export {
  none as autolink,
  none as characterReference,
  none as codeIndented,
  none as definition,
  none as hardBreakEscape,
  none as headingAtx,
  none as htmlFlow,
  none as htmlText,
  none as labelStartImage,
  none as setextUnderline,
  none as thematicBreak,
};
