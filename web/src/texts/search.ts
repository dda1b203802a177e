// What the panel for searching says. It is loaded with it, in all languages at once.

const en = {
  field: "Search for",
  example: "Words, a \u201cphrase\u201d, from:name, has:file…",
  hint: "Words and parts of words, in any order. \u201cQuotes\u201d find a phrase. Narrow it with from:name, before:2026-01-31, after:2026-01-31, has:link or has:file.",
  searching: "Searching…",
  found: (n: number, shown: string) => (n === 1 ? "1 message found." : `${shown} messages found.`),
  foundMore: (shown: string) => `The ${shown} newest messages found.`,
  none: "Nothing was found.",
  noneYet: "Nothing was found so far.",
  incomplete: "The server is still indexing this room: older messages may be missing.",
  older: "Show older messages",
  further: "Search further back",
  results: "Messages found",
};
type SearchTexts = typeof en;

const zh: SearchTexts = {
  field: "搜索内容",
  example: "词语、\u201c短语\u201d，或按成员、日期筛选…",
  hint: "可输入词语或其中一部分，顺序不限；加引号则查找整句。筛选：from:名字、before:2026-01-31、after:2026-01-31、has:link、has:file。",
  searching: "正在搜索…",
  found: (_n, shown) => `找到 ${shown} 条消息。`,
  foundMore: (shown) => `找到的最新 ${shown} 条消息。`,
  none: "没有找到任何消息。",
  noneYet: "目前没有找到任何消息。",
  incomplete: "服务器仍在为此房间建立索引，较早的消息可能缺失。",
  older: "显示更早的消息",
  further: "继续向前搜索",
  results: "找到的消息",
};

export const searchTexts = { en, zh };
