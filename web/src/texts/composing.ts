// What the composer's tools say. It is loaded with them, in all languages at once.

const en = {
  away: "not here",
};

const zh: typeof en = {
  away: "不在",
};

export const composingTexts = { en, zh };
