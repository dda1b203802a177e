// The parts of code that have colours. It is loaded with the first code of a known language.
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import shell from "highlight.js/lib/languages/shell";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";

/** A piece of code. `scopes` are classes that say what it is. */
export type Piece = { type: "text"; value: string } | { type: "scope"; scopes: string; inside: Piece[] };

const languages = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  dockerfile,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  lua,
  makefile,
  php,
  python,
  ruby,
  rust,
  shell,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};

/** The names of the languages, each of which also has aliases. */
export const languageNames = Object.keys(languages);

/** Longer code has no colours: the time for some texts grows with the square of their length. */
export const longestColoured = 8192;

/** How deep pieces nest: strings in templates in strings. What is nested deeper has the colour of what it is in. */
const deepest = 20;

const lowlight = createLowlight(languages);

/** The pieces of a code; undefined if the language isn't known, or the code is very long or nothing of that language. */
export function colour(code: string, language: string): Piece[] | undefined {
  const name = language.toLowerCase();
  if (code.length > longestColoured || !lowlight.registered(name)) return undefined;
  const { children } = lowlight.highlight(name, code);
  // Where highlight.js meets what can't be, it may add a line end.
  if (children.map(textOf).join("") !== code) return undefined;
  return children.map((node) => pieceOf(node, 1));
}

type Node = ReturnType<typeof lowlight.highlight>["children"][number];

function pieceOf(node: Node, depth: number): Piece {
  if (node.type !== "element" || depth > deepest) return { type: "text", value: textOf(node) };
  const names = node.properties["className"];
  return {
    type: "scope",
    scopes: Array.isArray(names) ? names.join(" ") : "",
    inside: node.children.map((child) => pieceOf(child, depth + 1)),
  };
}

/** The text of a node. It doesn't call itself: thousands of comments in comments would fill the stack. */
function textOf(node: Node): string {
  let text = "";
  const left = [node];
  for (let next = left.pop(); next; next = left.pop()) {
    if (next.type === "text") text += next.value;
    else if (next.type === "element") left.push(...[...next.children].reverse());
  }
  return text;
}
