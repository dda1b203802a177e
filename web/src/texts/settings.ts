// What the panel with the user's settings says. It is loaded with it, in all languages at once.

const en = {
  appearance: "Appearance",
  language: "Language",
  system: "System",
  light: "Light",
  dark: "Dark",
  contrast: "High contrast",
  density: "Messages",
  comfortable: "Comfortable",
  compact: "Compact",
  enterKey: "The Enter key",
  automatic: "Automatic",
  enterSends: "Sends",
  enterNewline: "Begins a line",
};

const zh: typeof en = {
  appearance: "外观",
  language: "语言",
  system: "系统",
  light: "浅色",
  dark: "深色",
  contrast: "高对比度",
  density: "消息",
  comfortable: "宽松",
  compact: "紧凑",
  enterKey: "回车键",
  automatic: "自动",
  enterSends: "发送",
  enterNewline: "换行",
};

export const userSettingTexts = { en, zh };
