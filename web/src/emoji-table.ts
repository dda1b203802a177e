// Emoji by their names. The table is large, and loaded when it is first wanted.
import { onDemand } from "./on-demand.ts";

interface Entry {
  emoji: string;
  /** Without colons. The first one is the best known. */
  names: readonly string[];
  words: readonly string[];
}

/** A match of a search: an emoji and its name that fits best. */
export interface Found {
  emoji: string;
  name: string;
}

export class EmojiTable {
  readonly #entries: readonly Entry[];

  /** Each line is an emoji, its names, and words to find it by: see emoji.mjs. */
  constructor(lines: readonly string[]) {
    this.#entries = lines.map((line) => {
      const [emoji, names, words] = line.split("|") as [string, string, string];
      return { emoji, names: names.split(" "), words: words.split(" ") };
    });
  }

  get all(): readonly string[] {
    return this.#entries.map((e) => e.emoji);
  }

  /** Finds up to `most` emoji: by a name that is what was typed, begins with it, or contains it, then by a word that begins with it. */
  find(typed: string, most: number): Found[] {
    const ranked: [number, Found][] = [];
    for (const { emoji, names, words } of this.#entries) {
      let best: [number, Found] | undefined;
      for (const name of names) {
        const rank =
          name === typed ? 0 : name.startsWith(typed) ? (name === names[0] ? 1 : 2) : name.includes(typed) ? 3 : 5;
        if (rank < (best?.[0] ?? 5)) best = [rank, { emoji, name }];
      }
      if (!best && words.some((w) => w.startsWith(typed))) best = [4, { emoji, name: names[0]! }];
      if (best) ranked.push(best);
    }
    return ranked
      .sort((a, b) => a[0] - b[0])
      .slice(0, most)
      .map(([, found]) => found);
  }
}

/** The table. */
export const emojiTable = onDemand(async () => new EmojiTable((await import("./emoji-data.json")).default));
