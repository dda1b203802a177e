// What the composer's tools say. It is loaded with them.
import type { Format } from "../formats.ts";
import type { Counted } from "./counted.ts";

export const composingTexts = {
  away: "not here",

  formatting: "Formatting",
  format: {
    bold: "Bold",
    italic: "Italic",
    strike: "Strikethrough",
    code: "Code",
    block: "Code block",
    quote: "Quote",
    list: "List",
    link: "Link",
  } as Record<Format, string>,

  longPaste: {
    one: (n, most) => `This text has ${n} character${most && `; a message may have ${most}`}.`,
    other: (n, most) => `This text has ${n} characters${most && `; a message may have ${most}`}.`,
  } as Counted<[most: string]>,
  attachIt: "Attach as a file",
  pasteIt: "Paste anyway",
  pastedFile: "pasted.txt",
};
