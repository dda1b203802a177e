// What the composer's tools say. It is loaded with them, in all languages at once.

import type { Format } from "../formats.ts";

const en = {
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

  longPaste: (n: string, most: string) => `This text has ${n} characters${most && `; a message may have ${most}`}.`,
  attachIt: "Attach as a file",
  pasteIt: "Paste anyway",
  pastedFile: "pasted.txt",
};

const zh: typeof en = {
  away: "不在",

  formatting: "格式",
  format: {
    bold: "粗体",
    italic: "斜体",
    strike: "删除线",
    code: "代码",
    block: "代码块",
    quote: "引用",
    list: "列表",
    link: "链接",
  },

  longPaste: (n, most) => `这段文字有 ${n} 个字符${most && `，一条消息最多 ${most} 个`}。`,
  attachIt: "作为文件添加",
  pasteIt: "仍然粘贴",
  pastedFile: "粘贴的文字.txt",
};

export const composingTexts = { en, zh };
