// What the bundle has in place of micromark-core-commonmark (see bundle.sh): only the
// constructs that parse.ts doesn't disable. micromark names all of them, so the bundler
// couldn't leave out the others, which are a third of it.
export {
  attention,
  blankLine,
  blockQuote,
  characterEscape,
  codeFenced,
  codeText,
  content,
  labelEnd,
  labelStartLink,
  lineEnding,
  list,
} from "../../node_modules/micromark-core-commonmark/index.js";
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
