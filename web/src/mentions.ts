// @mentions as they are highlighted: the nicks that a text names. They are found in the
// parsed text, never in code or links, and against all nicks of the room, so that of @a.b
// only a.b is named. The server decides, by the same rules, whom a message calls.
import { characterAt, characterBefore, isWordCharacter } from "./markdown/words.ts";
import type { Block, Inline } from "./markdown/tree.ts";

/** The tree with each mention of one of the nicks as a piece of its own. */
export function markMentions(blocks: readonly Block[], nicks: Iterable<string>): Block[] {
  const known = [...nicks]
    .filter(Boolean)
    .map((nick) => ({ nick, folded: fold(nick).folded }))
    .sort((a, b) => b.folded.length - a.folded.length);
  const inline = (pieces: readonly Inline[]): Inline[] =>
    pieces.flatMap((n): Inline[] => {
      if (n.is === "text") return split(n.text, known);
      return n.is === "strong" || n.is === "em" || n.is === "del" ? [{ ...n, inside: inline(n.inside) }] : [n];
    });
  const block = (b: Block): Block => {
    switch (b.is) {
      case "paragraph":
      case "heading":
        return { ...b, inside: inline(b.inside) };
      case "table":
        return { ...b, rows: b.rows.map((row) => row.map(inline)) };
      case "quote":
        return { ...b, inside: b.inside.map(block) };
      case "list":
        return { ...b, items: b.items.map((item) => item.map(block)) };
      default:
        return b;
    }
  };
  return blocks.map(block);
}

interface Known {
  nick: string;
  folded: string;
}

/** Takes a text apart at each @nick. The longest nick counts; case and Unicode's composition don't matter. */
function split(written: string, known: readonly Known[]): Inline[] {
  if (!written.includes("@")) return [{ is: "text", text: written }];
  const text = written.normalize("NFC");
  const { folded, at } = fold(text);
  const pieces: Inline[] = [];
  let done = 0;
  for (let i = text.indexOf("@"); i >= 0; i = text.indexOf("@", Math.max(i + 1, done))) {
    if (isWordCharacter(characterBefore(text, i))) continue; // as in a mail address
    const begin = at.indexOf(i + 1);
    const found = known.find((k) => {
      const end = at[begin + k.folded.length];
      return end !== undefined && folded.startsWith(k.folded, begin) && endsNick(text, end);
    });
    if (!found) continue;
    const end = at[begin + found.folded.length]!;
    if (i > done) pieces.push({ is: "text", text: text.slice(done, i) });
    pieces.push({ is: "mention", text: text.slice(i, end), nick: found.nick });
    done = end;
  }
  if (done < text.length) pieces.push({ is: "text", text: text.slice(done) });
  return pieces;
}

/** Whether a nick may end here: not within a word, and not before a dot or hyphen within one, as in @a.b. */
function endsNick(text: string, end: number): boolean {
  const next = characterAt(text, end);
  if (isWordCharacter(next)) return !isWordCharacter(characterBefore(text, end));
  return (
    !/[.\-]/.test(next) || !isWordCharacter(characterAt(text, end + 1)) || !isWordCharacter(characterBefore(text, end))
  );
}

/** A text without the difference of case, and where each of its code units comes from; last, the text's end. */
function fold(written: string): { folded: string; at: number[] } {
  const text = written.normalize("NFC");
  const at: number[] = [];
  let folded = "";
  let i = 0;
  for (const character of text) {
    const lower = character.toUpperCase().toLowerCase().normalize("NFC");
    for (let n = 0; n < lower.length; n++) at.push(n === 0 ? i : -1); // a nick ends at whole characters
    folded += lower;
    i += character.length;
  }
  at.push(i);
  return { folded, at };
}
