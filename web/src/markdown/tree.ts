/** A piece of a paragraph. */
export type Inline =
  | { is: "text"; text: string }
  | { is: "break" }
  | { is: "code"; text: string }
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
  | { is: "list"; ordered: boolean; start: number; items: Block[][] };

/** The text of pieces, without what marks them up. */
export function textOf(pieces: readonly Inline[]): string {
  return pieces.map((n) => ("text" in n ? n.text : n.is === "break" ? "\n" : textOf(n.inside))).join("");
}
