/** A piece of a paragraph. */
export type Inline =
  | { is: "text"; text: string }
  | { is: "break" }
  | { is: "code"; text: string }
  /** A formula in TeX. `display` is whether it has a line of its own. */
  | { is: "math"; text: string; display: boolean }
  | { is: "strong" | "em" | "del"; inside: Inline[] }
  /** `host` is where the link leads, where its text looks like another address. */
  | { is: "link"; to: string; inside: Inline[]; host?: string }
  /** A member's nick, as it is written with its @. */
  | { is: "mention"; text: string; nick: string };

export type Block =
  | { is: "paragraph"; inside: Inline[] }
  /** `language` is all that stands beside the opening fence. */
  | { is: "code"; text: string; language: string }
  | { is: "quote"; inside: Block[] }
  /** `done` is, for each item that is a task, whether it is done. */
  | { is: "list"; ordered: boolean; start: number; items: Block[][]; done?: (boolean | undefined)[] }
  | { is: "heading"; level: number; inside: Inline[] }
  /** Its first row is its head. A row may have more or fewer cells than it. */
  | { is: "table"; align: readonly Align[]; rows: Inline[][][] }
  | { is: "math"; text: string };

export type Align = "left" | "center" | "right" | "none";

/** The text of pieces, without what marks them up. */
export function textOf(pieces: readonly Inline[]): string {
  return pieces.map((n) => ("text" in n ? n.text : n.is === "break" ? "\n" : textOf(n.inside))).join("");
}
