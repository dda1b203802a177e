import type { Code, Construct, State } from "micromark-util-types";

const cjk =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303f\uff00-\uffef]/u;
const isCJK = (code: Code): boolean => code !== null && code > 0 && cjk.test(String.fromCharCode(code));
const isSpace = (code: Code): boolean => code === null || code < 0 || /\s/.test(String.fromCharCode(code));
const isPunctuation = (code: Code): boolean =>
  code !== null && code > 0 && /[\p{P}\p{S}]/u.test(String.fromCharCode(code));

const letter = 97;
const point = 46;

/**
 * Lets a construct for emphasis take a mark beside a Chinese, Japanese or Korean
 * character for one that may open or close, also beside punctuation. CommonMark's rule
 * relies on the spaces between words: it would not close **你好。**世界.
 */
export function amongCJK(construct: Construct): Construct {
  return {
    ...construct,
    tokenize(effects, ok, nok) {
      const { previous } = this;
      const context = Object.create(this, { previous: { value: isCJK(previous) ? letter : previous } }) as typeof this;
      let real: Code = null; // the character that the inner state takes for another
      let done = false;
      const leave =
        (to: State): State =>
        () => {
          done = true;
          return to(real);
        };
      const inner = construct.tokenize.call(context, effects, leave(ok), leave(nok));
      let mark: Code | undefined;
      const wrap =
        (state: State): State =>
        (code) => {
          real = code;
          mark ??= code;
          const next = state(code === mark ? code : seen(code, previous));
          return next && !done ? wrap(next) : next;
        };
      return wrap(inner);
    },
  };
}

/** What takes the place of the character after a mark, so that the mark may both open and close. */
function seen(code: Code, previous: Code): Code {
  if (isSpace(code) || isSpace(previous) || !(isCJK(code) || isCJK(previous))) return code;
  if (!isPunctuation(code) && !isPunctuation(previous)) return code;
  return isPunctuation(previous) && !isCJK(previous) ? point : letter;
}
