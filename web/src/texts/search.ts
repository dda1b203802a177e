// What the panel for searching says. It is loaded with it.

import type { Counted } from "./counted.ts";

export const searchTexts = {
  field: "Search for",
  example: "Words, a \u201cphrase\u201d, from:name, has:file…",
  hint: "Words and parts of words, in any order. \u201cQuotes\u201d find a phrase. Narrow it with from:name, before:2026-01-31, after:2026-01-31, has:link or has:file.",
  searching: "Searching…",
  found: { one: (n) => `${n} message found.`, other: (n) => `${n} messages found.` } as Counted,
  foundMore: {
    one: (n) => `The ${n} newest message found.`,
    other: (n) => `The ${n} newest messages found.`,
  } as Counted,
  none: "Nothing was found.",
  noneYet: "Nothing was found so far.",
  incomplete: "The server is still indexing this room: older messages may be missing.",
  older: "Show older messages",
  further: "Search further back",
  results: "Messages found",
  when: (day: string, time: string) => `${day}, ${time}`,
};
