// Emoji by their names and categories. The table is large, and loaded when it is first wanted.
import { emojiKey } from "./emoji.ts";
import { onDemand } from "./on-demand.ts";

/** What src/emoji-data.json has: see emoji.mjs. */
interface Data {
  popular: readonly string[];
  groups: Readonly<Record<Category, readonly string[]>>;
}

export type Category =
  "smileys" | "people" | "animals" | "food" | "travel" | "activities" | "objects" | "symbols" | "flags";

export interface Emoji {
  emoji: string;
  /** Without colons. The first one is the best known. */
  names: readonly string[];
  /** What it shows, by language. */
  label: { readonly en: string; readonly zh: string };
  words: readonly string[];
  /** Whether it has skin tones. */
  hasTones: boolean;
}

/** A match of a search: an emoji and its name that fits best. */
export interface Found extends Emoji {
  name: string;
}

export class EmojiTable {
  /** The categories in their order, each with its emoji. */
  readonly groups: ReadonlyMap<Category, readonly Emoji[]>;
  /** By key, those that people use most first. */
  readonly #byKey: ReadonlyMap<string, Emoji>;

  constructor({ popular, groups }: Data) {
    const parsed = Object.entries(groups).map(([name, lines]) => [name as Category, lines.map(parseLine)] as const);
    this.groups = new Map(parsed);
    const all = new Map(parsed.flatMap(([, emoji]) => emoji).map((e) => [emojiKey(e.emoji), e]));
    const first = popular.flatMap((e) => all.get(emojiKey(e)) ?? []);
    this.#byKey = new Map([...first.map((e) => [emojiKey(e.emoji), e] as const), ...all]);
  }

  /** What the table knows of an emoji, in whatever skin tone. */
  about(emoji: string): Emoji | undefined {
    return this.#byKey.get(emojiKey(emoji)) ?? this.#byKey.get(emojiKey(emoji.replace(/\p{EMod}/gu, "")));
  }

  /**
   * Finds up to `most` emoji: by a name that is what was typed, begins with it, or contains it,
   * then by a word that begins with it.
   */
  find(typed: string, most: number): Found[] {
    const wanted = typed.replaceAll(" ", "_");
    const ranked: [number, Found][] = [];
    for (const e of this.#byKey.values()) {
      let best: [number, Found] | undefined;
      for (const name of e.names) {
        const rank =
          name === wanted ? 0 : name.startsWith(wanted) ? (name === e.names[0] ? 1 : 2) : name.includes(wanted) ? 3 : 5;
        if (rank < (best?.[0] ?? 5)) best = [rank, { ...e, name }];
      }
      if (!best && hasWord(e, typed)) best = [4, { ...e, name: e.names[0]! }];
      if (best) ranked.push(best);
    }
    return ranked
      .sort((a, b) => a[0] - b[0])
      .slice(0, most)
      .map(([, found]) => found);
  }
}

function parseLine(line: string): Emoji {
  const [emoji, names, en, zh, words, tones] = line.split("|") as [string, string, string, string, string, string?];
  return { emoji, names: names.split(" "), label: { en, zh }, words: words.split(" "), hasTones: tones !== undefined };
}

function hasWord({ label, words }: Emoji, typed: string): boolean {
  return (
    words.some((w) => w.startsWith(typed)) ||
    ` ${label.en.toLowerCase()}`.includes(` ${typed}`) ||
    label.zh.includes(typed)
  );
}

/** The table. */
export const emojiTable = onDemand(async () => new EmojiTable((await import("./emoji-data.json")).default));

/** Skin tones, from light to dark; 0 is none. */
export type Tone = 0 | 1 | 2 | 3 | 4 | 5;
export const tones: readonly Tone[] = [0, 1, 2, 3, 4, 5];
const modifiers = ["", "🏻", "🏼", "🏽", "🏾", "🏿"];

/**
 * An emoji that has skin tones, in one of them: everyone in it has that tone. What joins two
 * people, as the hands in 🧑‍🤝‍🧑, has none.
 */
export function withTone({ emoji, hasTones }: Pick<Emoji, "emoji" | "hasTones">, tone: Tone): string {
  if (!hasTones || tone === 0) return emoji;
  return emoji.replace(
    /(?<!\u200d)(\p{EBase})\ufe0f?|(?<=\u200d)(\p{EBase})\ufe0f?(?!\u200d)/gu,
    `$1$2${modifiers[tone]}`,
  );
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The emoji that a text is, if it is one and nothing else: any that people have, in any skin tone. */
export function oneEmoji(text: string): string | undefined {
  const it = text.trim();
  const [first, second] = graphemes.segment(it.slice(0, 64));
  const isOne = first && !second && /^(?:\p{ExtPict}|\p{RI}{2}|[\d#*]\ufe0f?\u20e3)/u.test(it);
  return isOne && it.length <= 64 ? it : undefined;
}
