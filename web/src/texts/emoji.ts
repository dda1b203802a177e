// What the emoji picker says. It is loaded with it.
import type { Category } from "../emoji-table.ts";
import type { Counted } from "./counted.ts";

export const emojiTexts = {
  more: "More emoji",
  insert: "Emoji",
  find: "Find an emoji",
  none: "No emoji of that name.",
  found: { one: (n) => `${n} emoji`, other: (n) => `${n} emoji` } as Counted,
  categories: "Categories",
  recent: "Recent",
  group: {
    smileys: "Smileys and feelings",
    people: "People",
    animals: "Animals and nature",
    food: "Food and drink",
    travel: "Travel and places",
    activities: "Activities",
    objects: "Objects",
    symbols: "Symbols",
    flags: "Flags",
  } as Record<Category, string>,
  tone: "Skin tone",
  inTone: (name: string) => `Skin tone: ${name}`,
  tones: ["none", "light", "medium-light", "medium", "medium-dark", "dark"],
  several: "Shift keeps this open.",
};
