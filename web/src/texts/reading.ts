// What is said about the parts of messages. It is loaded after the page, in all languages at once.

const en = {
  table: "Table",
  done: "Done",
  toDo: "To do",
};

const zh: typeof en = {
  table: "表格",
  done: "已完成",
  toDo: "未完成",
};

export const readingTexts = { en, zh };
