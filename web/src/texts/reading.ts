// What is said about the parts of messages. It is loaded after the page.

export const readingTexts = {
  table: "Table",
  done: "Done",
  toDo: "To do",
};
