// What the emoji picker says. It is loaded with it, in all languages at once.
import type { Category } from "../emoji-table.ts";

const en = {
  more: "More emoji",
  insert: "Emoji",
  find: "Find an emoji",
  none: "No emoji of that name.",
  found: (n: string) => `${n} emoji`,
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

const zh: typeof en = {
  more: "更多表情",
  insert: "表情",
  find: "查找表情",
  none: "没有这个名字的表情。",
  found: (n) => `${n} 个表情`,
  categories: "分类",
  recent: "最近使用",
  group: {
    smileys: "笑脸与情感",
    people: "人物",
    animals: "动物与自然",
    food: "食物与饮料",
    travel: "旅行与地点",
    activities: "活动",
    objects: "物品",
    symbols: "符号",
    flags: "旗帜",
  },
  tone: "肤色",
  inTone: (name) => `肤色：${name}`,
  tones: ["默认", "浅色", "中浅色", "中等", "中深色", "深色"],
  several: "按住 Shift 可连续选择。",
};

export const emojiTexts = { en, zh };
