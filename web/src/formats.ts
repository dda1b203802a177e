// Formats that are put around a part of a text, or taken away from it: Markdown's marks.

/** The formats, in the order in which they are offered. */
export const formats = ["bold", "italic", "strike", "code", "block", "quote", "list", "link"] as const;
export type Format = (typeof formats)[number];

/** What becomes of a text: the part from..to is replaced, and then start..end is selected. */
export interface Edit {
  from: number;
  to: number;
  text: string;
  start: number;
  end: number;
}

/** What stands on both sides. */
const marks: Partial<Record<Format, string>> = { bold: "**", italic: "*", strike: "~~", code: "`" };
/** What stands before each line. */
const prefixes: Partial<Record<Format, string>> = { quote: "> ", list: "- " };

/** Gives start..end a format, or takes it away where it is there. Code of several lines becomes a block. */
export function editFor(format: Format, text: string, start: number, end: number): Edit {
  const mark = marks[format];
  const prefix = prefixes[format];
  const isBlock = format === "block" || (format === "code" && text.slice(start, end).trim().includes("\n"));
  if (isBlock) return block(text, start, end);
  if (mark) return around(mark, text, start, end);
  return prefix ? before(prefix, text, start, end) : link(text, start, end);
}

function around(mark: string, text: string, start: number, end: number): Edit {
  const selected = text.slice(start, end);
  const inner = selected.trim(); // marks next to a space are no marks
  const from = start + selected.length - selected.trimStart().length;
  const to = from + inner.length;
  const size = mark.length;
  return hasMark(text, from, to, mark)
    ? { from: from - size, to: to + size, text: inner, start: from - size, end: to - size }
    : { from, to, text: mark + inner + mark, start: from + size, end: to + size };
}

/** Whether a part of the text has the mark on both sides. A star of two stars is none of its own, one of three is. */
function hasMark(text: string, from: number, to: number, mark: string): boolean {
  const sign = mark[0]!;
  const before = count(text.slice(0, from).split("").reverse(), sign);
  const after = count(text.slice(to), sign);
  const around = Math.min(before, after);
  return mark === "*" ? around % 2 === 1 : around >= mark.length;
}

/** How often a sign stands at the beginning. */
function count(text: Iterable<string>, sign: string): number {
  let n = 0;
  for (const c of text) {
    if (c !== sign) break;
    n++;
  }
  return n;
}

/** Puts fences on lines of their own around the selection. They are longer than any backticks in it. */
function block(text: string, start: number, end: number): Edit {
  const fenced = /(?:^|\n)(`{3,})[^\n`]*\n$/.exec(text.slice(0, start));
  const closing = fenced && new RegExp(`^\\n${fenced[1]}(?=\\n|$)`).exec(text.slice(end));
  if (fenced && closing) {
    const from = start - fenced[0].length + (fenced[0].startsWith("\n") ? 1 : 0);
    const inner = text.slice(start, end);
    return { from, to: end + closing[0].length, text: inner, start: from, end: from + inner.length };
  }
  const inner = text.slice(start, end).replace(/^\n+|\n+$/g, "");
  const longest = Math.max(2, ...[...inner.matchAll(/`+/g)].map((m) => m[0].length));
  const fence = "`".repeat(longest + 1);
  const opening = `${start === 0 || text[start - 1] === "\n" ? "" : "\n"}${fence}\n`;
  const after = end === text.length || text[end] === "\n" ? "" : "\n";
  const at = start + opening.length;
  return { from: start, to: end, text: `${opening}${inner}\n${fence}${after}`, start: at, end: at + inner.length };
}

/** Puts something before each line of the selection, or takes it away if all have it. Empty lines among others need none. */
function before(prefix: string, text: string, start: number, end: number): Edit {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const next = text.indexOf("\n", end);
  const to = next < 0 ? text.length : next;
  const lines = text.slice(from, to).split("\n");
  const counts = (line: string) => lines.length === 1 || line !== "";
  const has = lines.filter(counts).every((line) => line.startsWith(prefix));
  const changed = lines.map((line) =>
    !counts(line) ? line : has ? line.slice(prefix.length) : line.startsWith(prefix) ? line : prefix + line,
  );
  const all = changed.join("\n");
  if (start !== end) return { from, to, text: all, start: from, end: from + all.length };
  const caret = Math.max(from, start + (has ? -prefix.length : prefix.length));
  return { from, to, text: all, start: caret, end: caret };
}

/** Makes a link of the selection, where an address becomes the link's and anything else its text. What is missing is selected. */
function link(text: string, start: number, end: number): Edit {
  const selected = text.slice(start, end);
  if (/^(?:https?:\/\/|mailto:)\S+$/i.test(selected))
    return { from: start, to: end, text: `[](${selected})`, start: start + 1, end: start + 1 };
  const address = "https://";
  const at = start + selected.length + 3;
  const caret = selected ? { start: at, end: at + address.length } : { start: start + 1, end: start + 1 };
  return { from: start, to: end, text: `[${selected}](${address})`, ...caret };
}
