// What the composer suggests while the user types :name or @nick.
import type { Member } from "../client.ts";
import { emojiTable, withTone, type Tone } from "./emoji-table.ts";
import { extended } from "./markdown/extended.ts";
import { parse } from "./markdown/parse.ts";
import type { Block, Inline } from "./markdown/tree.ts";
import { characterBefore, isWordCharacter } from "./markdown/words.ts";

/** Somebody whom a mention may name. */
export type Person = Member & {
  /** Not in the room now. */
  away?: boolean;
};

export interface Suggestion {
  /** How it is shown, after its emoji or its person's face. */
  shown: string;
  emoji?: string;
  person?: Person;
  /** What a command takes, and does. */
  usage?: string | undefined;
  help?: string;
  /** The part of the text to replace, and with what. */
  from: number;
  to: number;
  insert: string;
}

const mostSuggestions = 6;

/** Suggestions for what is written before the caret. There are none in code, formulas and links. */
export function suggest(text: string, caret: number, people: readonly Person[], tone: Tone = 0): Suggestion[] {
  const before = text.slice(0, caret);
  const typed = /(?:^|[\s(])(:[\p{L}\p{N}_+-]{2,20})$/u.exec(before)?.[1] ?? /@[^@\n]{0,32}$/.exec(before)?.[0];
  if (typed === undefined) return [];
  const from = caret - typed.length;
  const name = typed.slice(1).toLowerCase();
  if (isWordCharacter(characterBefore(text, from)) || isLiteral(text, from, caret)) return [];
  if (typed.startsWith(":")) {
    emojiTable.load();
    const found = emojiTable.loaded.value?.find(name, mostSuggestions) ?? [];
    return found.map((f) => {
      const emoji = withTone(f, tone);
      return { shown: `:${f.name}:`, emoji, from, to: caret, insert: `${emoji} ` };
    });
  }
  return nicksLike(name, from, caret, people, mentionOf);
}

/** A mention of a nick, as it is written: what would be Markdown in the nick is escaped. The terminal writes the same (internal/markdown). */
export const mentionOf = (nick: string): string =>
  `@${nick.replace(/[\\*`]|~~+|(?<![\p{L}\p{N}])[_$]|[_$](?![\p{L}\p{N}])/gu, (marks) => marks.replace(/./g, "\\$&"))}`;

/** Suggestions for a nick: those who are here come first. `written` is how one is written. */
export function nicksLike(
  begin: string,
  from: number,
  to: number,
  people: readonly Person[],
  written = (nick: string): string => nick,
): Suggestion[] {
  const name = begin.toLowerCase();
  const matches = ({ nick }: Person) =>
    nick.toLowerCase().startsWith(name) && (nick.toLowerCase() !== name || !written(nick).endsWith(nick));
  return people
    .filter(matches)
    .sort((a, b) => Number(a.away ?? false) - Number(b.away ?? false) || a.nick.localeCompare(b.nick))
    .slice(0, mostSuggestions)
    .map((person) => ({ shown: person.nick, person, from, to, insert: `${written(person.nick)} ` }));
}

/** Stands for what is typed; it is in no text. */
const placeholder = "\ue0f5";

/** Whether a part of the text is code or a formula, would be if a code span that is open were closed, or belongs to a link. */
function isLiteral(text: string, from: number, to: number): boolean {
  if (/(?:https?:\/\/|mailto:)\S*$/i.test(text.slice(0, from))) return true; // an address that isn't complete yet
  const before = text.slice(0, from) + placeholder;
  return [before + text.slice(to), `${before}\``].some((t) => inBlocks(parse(t, extended)));
}

const inBlocks = (blocks: readonly Block[]): boolean =>
  blocks.some((b) => {
    switch (b.is) {
      case "paragraph":
        return inPieces(b.inside);
      case "code":
        return b.text.includes(placeholder) || b.language.includes(placeholder);
      case "quote":
        return inBlocks(b.inside);
      case "list":
        return b.items.some(inBlocks);
      case "heading":
        return inPieces(b.inside);
      case "table":
        return b.rows.some((row) => row.some(inPieces));
      case "math":
        return b.text.includes(placeholder);
    }
  });

const inPieces = (pieces: readonly Inline[]): boolean =>
  pieces.some((n) => {
    switch (n.is) {
      case "code":
      case "math":
        return n.text.includes(placeholder);
      case "link":
        return (
          n.to.includes(encodeURIComponent(placeholder)) ||
          inPieces(n.inside) ||
          n.inside.some((i) => i.is === "text" && i.text.includes(placeholder))
        );
      case "strong":
      case "em":
      case "del":
        return inPieces(n.inside);
    }
    return false;
  });
