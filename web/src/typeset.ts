// Formulas as MathML. Temml reads the TeX; of the tree that it makes, only elements,
// attributes and styles that draw are taken over. It is loaded with the first formula.
import temml from "temml";

/** A piece of MathML: an element with what is in it, or a text. */
export type MathPiece = string | { element: string; attributes: Record<string, unknown>; inside: MathPiece[] };

/** What Temml's trees consist of: elements, fragments without a type, and texts. */
interface Node {
  type?: string;
  text?: string;
  attributes?: Record<string, string | number | boolean>;
  style?: Record<string, string>;
  classes?: string[];
  children?: Node[];
}

/** The longest formula that is read. */
const longest = 2000;
/** How deep the elements nest. */
const deepest = 100;
/** How many there are. */
const mostElements = 4000;
/** What defines macros: with them a short formula makes a very long one. */
const definitions = /\\(?:[egx]?def|(?:re)?newcommand|providecommand|let|futurelet|global|long)(?![a-zA-Z])/;

const elements: ReadonlySet<string> = new Set(
  (
    "math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace " +
    "msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none"
  ).split(" "),
);
const attributes: ReadonlySet<string> = new Set(
  (
    "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height largeop linebreak " +
    "linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits notation " +
    "rowlines rowspacing rspace scriptlevel separator stretchy symmetric voffset width"
  ).split(" "),
);
const styles =
  /^(border(Bottom|Left|Right|Top)?|color|display|font-?(Family|Style|Weight|family|style|weight)|height|justifyContent|marginLeft|math-?[dD]epth|padding(Bottom|Left|Right|Top)?|textAlign|whiteSpace|width)$/;

/** A formula as MathML; undefined if it isn't TeX, is too long or defines macros. It takes bounded time. */
export function typeset(tex: string, display: boolean): MathPiece[] | undefined {
  if (tex.length > longest || definitions.test(tex)) return undefined;
  try {
    const tree = temml.__renderToMathMLTree(tex, {
      displayMode: display,
      throwOnError: true,
      strict: false,
      trust: false, // no links, images, classes, styles
      maxSize: [10, 150], // em, pt
      maxExpand: 200,
    }) as Node;
    return piecesOf(tree, 0, { left: mostElements });
  } catch {
    return undefined; // not only for what isn't TeX: for too much of it, the stack is too small
  }
}

function piecesOf(node: Node, depth: number, bound: { left: number }): MathPiece[] {
  if (depth > deepest || --bound.left < 0) throw new RangeError("a formula is too large");
  if (node.children === undefined) return [node.text ?? ""];
  const inside = node.children.flatMap((child) => piecesOf(child, depth + 1, bound));
  if (!elements.has(node.type ?? "")) return inside;
  const set = Object.entries(node.attributes ?? {}).filter(([name]) => attributes.has(name));
  const style = Object.entries(node.style ?? {}).filter(([name]) => styles.test(name));
  const classes = node.classes?.filter((c) => /^(tml|wbk|ff)-[\w-]+$/.test(c)) ?? [];
  return [
    {
      element: node.type!,
      attributes: {
        ...Object.fromEntries(set.map(([name, value]) => [name, String(value)])),
        ...(style.length > 0 ? { style: Object.fromEntries(style) } : {}),
        ...(classes.length > 0 ? { class: classes.join(" ") } : {}),
      },
      inside,
    },
  ];
}
