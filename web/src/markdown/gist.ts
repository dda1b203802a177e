import { emoteOf } from "../emote.ts";
import { parse, type More } from "./parse.ts";
import { textOf, type Block } from "./tree.ts";
import { visible } from "./visible.ts";

/** How much of a text is read for its gist, and shown. */
const mostRead = 500;
const mostShown = 200;

/** What a message or an emote says, in one line without its marks. A long one is cut. */
export function gist(content: string, more?: More): string {
  return plain((emoteOf(content) ?? content).slice(0, mostRead), more).slice(0, mostShown);
}

/** A text in one line without its marks. */
export function plain(content: string, more?: More): string {
  return parse(visible(content), more).map(words).join(" ").replace(/\s+/g, " ");
}

function words(b: Block): string {
  switch (b.is) {
    case "paragraph":
    case "heading":
      return textOf(b.inside);
    case "code":
    case "math":
      return b.text;
    case "table":
      return b.rows.map((row) => row.map(textOf).join(", ")).join("; ");
    case "quote":
      return b.inside.map(words).join(" ");
    case "list":
      return b.items.map((item) => item.map(words).join(", ")).join(", ");
  }
}
