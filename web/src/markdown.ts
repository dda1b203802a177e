// A safe subset of Markdown as a tree: emphasis, code, quotes, lists, links. Text
// is text and nothing else; what shows it makes nodes of it, never HTML. It takes
// time in proportion to the text's length, whatever the text.
import { actionOf } from "./action.ts";

/** A piece of a line. */
export type Inline =
  | { is: "text"; text: string }
  | { is: "code"; text: string }
  | { is: "strong" | "em" | "del"; inside: Inline[] }
  | { is: "link"; to: string; inside: Inline[] };

export type Block =
  | { is: "lines"; lines: Inline[][] }
  | { is: "code"; text: string }
  | { is: "quote"; inside: Block[] }
  | { is: "list"; ordered: boolean; start: number; items: Item[] };

/** A line of a list, and the lists below it. */
export interface Item { line: Inline[]; inside: Block[] }

/** How deep quotes, lists and emphasis nest; below that, signs are themselves. */
const deepest = 6;

export function parse(text: string, depth = 0): Block[] {
  const lines = text.split("\n");
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; ) {
    const line = lines[i]!;
    const fence = /^ {0,3}(`{3,})([^`]*)$/.exec(line);
    if (fence) {
      const inside = run(lines, i + 1, (l) => !(l.trim().startsWith(fence[1]!) && /^`+$/.test(l.trim())));
      blocks.push({ is: "code", text: inside.join("\n") });
      i += inside.length + 2;
    } else if (depth < deepest && /^ {0,3}>/.test(line)) {
      const quoted = run(lines, i, (l) => /^ {0,3}>/.test(l));
      blocks.push({ is: "quote", inside: parse(quoted.map((l) => l.replace(/^ {0,3}> ?/, "")).join("\n"), depth + 1) });
      i += quoted.length;
    } else if (item.test(line)) {
      const items = run(lines, i, (l, first) => first || nested.test(l));
      blocks.push(...lists(items, depth));
      i += items.length;
    } else {
      const plain = run(lines, i, (l, first) => first || !begins(l, depth));
      i += plain.length;
      while (plain.length > 0 && plain[0]!.trim() === "") plain.shift();
      while (plain.length > 0 && plain.at(-1)!.trim() === "") plain.pop();
      if (plain.length > 0) blocks.push({ is: "lines", lines: plain.map((l) => inline(l)) });
    }
  }
  return blocks;
}

const item = /^ {0,3}(?:[-*•]|\d{1,4}[.)]) +\S/;
const nested = /^([ \t]*)(?:[-*•]|(\d{1,4})[.)]) +(?=\S)/;

/** Makes lists of their lines: what is set further in than the line above it belongs to that. */
function lists(lines: string[], depth: number): Block[] {
  const found: (Block & { is: "list" })[] = [];
  for (let i = 0; i < lines.length; ) {
    const [sign, , number] = nested.exec(lines[i]!)!;
    const ordered = number !== undefined;
    const inside = run(lines, i + 1, (l) => indent(l) >= indent(lines[i]!) + 2 && depth < deepest);
    let list = found.at(-1);
    if (list?.ordered !== ordered) found.push((list = { is: "list", ordered, start: ordered ? parseInt(number, 10) : 1, items: [] }));
    list.items.push({ line: inline(lines[i]!.slice(sign.length)), inside: lists(inside, depth + 1) });
    i += 1 + inside.length;
  }
  return found;
}

/** How far in a line begins, in columns. */
function indent(line: string): number {
  return /^[ \t]*/.exec(line)![0].replace(/\t/g, "    ").length;
}

function begins(line: string, depth: number): boolean {
  return /^ {0,3}`{3,}[^`]*$/.test(line) || (depth < deepest && /^ {0,3}>/.test(line)) || item.test(line);
}

function run(lines: string[], from: number, belongs: (line: string, first: boolean) => boolean): string[] {
  let to = from;
  while (to < lines.length && belongs(lines[to]!, to === from)) to++;
  return lines.slice(from, to);
}

const address = /(?:https?:\/\/|mailto:)[^\s<>"`\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,2001}/y; // more than may be followed, and no more

/** Reads a line. */
export function inline(text: string, depth = 0, inLink = false): Inline[] {
  const found: Inline[] = [];
  const missing = new Set<string>(); // marks that have no end from here on
  let plain = "";
  const add = (node: Inline) => {
    if (plain) found.push({ is: "text", text: plain });
    plain = "";
    found.push(node);
  };
  for (let i = 0; i < text.length; ) {
    const rest = next(text, i, depth, inLink, missing);
    if (rest) {
      add(rest.node);
      i = rest.end;
    } else if (text[i] === "\\" && /[\\`*_~[\]()>#-]/.test(text[i + 1] ?? "")) {
      plain += text[i + 1];
      i += 2;
    } else {
      // A run of the same mark that means nothing is passed over as one.
      let end = i + 1;
      if (/[*_~`]/.test(text[i]!)) while (text[end] === text[i]) end++;
      plain += text.slice(i, end);
      i = end;
    }
  }
  if (plain) found.push({ is: "text", text: plain });
  return found;
}

interface Found { node: Inline; end: number }

function next(text: string, i: number, depth: number, inLink: boolean, missing: Set<string>): Found | undefined {
  switch (text[i]) {
    case "`": return code(text, i, missing);
    case "*": case "_": case "~": return depth < deepest ? emphasis(text, i, depth, inLink, missing) : undefined;
    case "[": return inLink || depth >= deepest ? undefined : link(text, i, depth, missing);
    case "h": case "H": case "m": case "M": return inLink ? undefined : bare(text, i);
  }
  return undefined;
}

function code(text: string, i: number, missing: Set<string>): Found | undefined {
  let begin = i;
  while (text[begin] === "`") begin++;
  const ticks = text.slice(i, begin);
  if (missing.has(ticks)) return undefined;
  for (let end = begin; (end = text.indexOf(ticks, end)) >= 0; ) {
    let after = end;
    while (text[after] === "`") after++;
    if (after - end === ticks.length) {
      const inside = text.slice(begin, end);
      return { node: { is: "code", text: /^ .*\S.* $/.test(inside) ? inside.slice(1, -1) : inside }, end: after };
    }
    end = after;
  }
  missing.add(ticks);
  return undefined;
}

const marks = [["***", "strong"], ["**", "strong"], ["__", "strong"], ["~~", "del"], ["*", "em"], ["_", "em"]] as const;

function emphasis(text: string, i: number, depth: number, inLink: boolean, missing: Set<string>): Found | undefined {
  for (const [mark, is] of marks) {
    if (!text.startsWith(mark, i) || missing.has(mark)) continue;
    const begin = i + mark.length;
    if (/\s/.test(text[begin] ?? " ") || text[begin] === mark[0]) return undefined;
    if (mark[0] === "_" && isWord(text[i - 1])) return undefined; // as in snake_case
    for (let end = begin; (end = text.indexOf(mark, end + 1)) >= 0; ) {
      if (/\s/.test(text[end - 1]!) || text[end - 1] === "\\") continue;
      if (mark.length === 1 && (text[end + 1] === mark || text[end - 1] === mark)) { // part of a longer one
        while (text[end + 1] === mark) end++;
        continue;
      }
      if (mark[0] === "_" && isWord(text[end + mark.length])) continue;
      const inside = inline(text.slice(begin, end), depth + 1, inLink);
      return { node: { is, inside: mark === "***" ? [{ is: "em", inside }] : inside }, end: end + mark.length };
    }
    missing.add(mark);
  }
  return undefined;
}

function isWord(letter: string | undefined): boolean {
  return letter !== undefined && /[\p{L}\p{N}_]/u.test(letter);
}

function link(text: string, i: number, depth: number, missing: Set<string>): Found | undefined {
  if (missing.has("](")) return undefined;
  const middle = text.indexOf("](", i + 1);
  if (middle < 0) {
    missing.add("](");
    return undefined;
  }
  if (middle - i > 500 || text.slice(i + 1, middle).includes("[")) return undefined;
  const end = closing(text, middle + 2);
  if (end < 0) {
    missing.add("](");
    return undefined;
  }
  const to = safeAddress(text.slice(middle + 2, end));
  const label = text.slice(i + 1, middle);
  if (!to || !label.trim()) return undefined;
  return { node: { is: "link", to, inside: inline(label, depth + 1, true) }, end: end + 1 };
}

/** Where the address that begins here ends: at the bracket that isn't the address's own, as in Snug_(name). */
function closing(text: string, begin: number): number {
  address.lastIndex = begin;
  const most = address.exec(text)?.[0].length ?? 0;
  for (let i = begin, open = 0; i < begin + most; i++) {
    if (text[i] === "(") open++;
    else if (text[i] === ")" && open-- === 0) return i;
  }
  return text.indexOf(")", begin);
}

function bare(text: string, i: number): Found | undefined {
  if (isWord(text[i - 1])) return undefined;
  address.lastIndex = i;
  let found = address.exec(text)?.[0];
  if (!found) return undefined;
  // A sign at the end is the sentence's; a bracket is the address's if it was opened in it.
  while (/[.,;:!?'*_~)\]}]$/.test(found) && !(found.endsWith(")") && found.split("(").length >= found.split(")").length)) {
    found = found.slice(0, -1);
  }
  const to = safeAddress(found);
  return to ? { node: { is: "link", to, inside: [{ is: "text", text: found }] }, end: i + found.length } : undefined;
}

/** The address, in the browser's own spelling, if it is one of the kinds that may be followed; undefined otherwise. */
export function safeAddress(text: string): string | undefined {
  if (!/^(?:https?:\/\/|mailto:)/i.test(text.trim()) || text.length > 2000) return undefined;
  try {
    const url = new URL(text.trim());
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** What a text says, or an action does, in one line without its marks. It is cut where it grows long. */
export function gist(text: string): string {
  const words = (b: Block): string => {
    switch (b.is) {
      case "lines": return b.lines.map(said).join(" ");
      case "code": return b.text;
      case "quote": return b.inside.map(words).join(" ");
      case "list": return b.items.map((i) => [said(i.line), ...i.inside.map(words)].join(", ")).join(", ");
    }
  };
  const said = (line: Inline[]): string => line.map((n) => ("text" in n ? n.text : said(n.inside))).join("");
  return parse(visible((actionOf(text) ?? text).slice(0, 500))).map(words).join(" ").replace(/\s+/g, " ").slice(0, 200);
}

/**
 * The text with what can't be seen made visible: control characters become their
 * pictures, and what would turn the direction of writing around goes. Line ends and
 * tabs stay.
 */
export function visible(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "") // letters have a direction of their own, and a line finds its own
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\u007f/g, "\u2421")
    .replace(/[\u0080-\u009f]/g, "\ufffd");
}
