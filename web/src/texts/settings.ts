// What the panel with the user's settings says. It is loaded with it, in all languages at once.

const en = {
  appearance: "Appearance",
  language: "Language",
  system: "System",
  light: "Light",
  dark: "Dark",
  enterKey: "The Enter key",
  automatic: "Automatic",
  enterSends: "Sends",
  enterNewline: "Begins a line",
  alerts: "When somebody mentions you",
  notify: "Show a notification",
  sound: "Play a sound",
  cantNotify: "This browser can't show notifications here.",
  notAllowed: "The browser doesn't allow notifications for this site.",
};

const zh: typeof en = {
  appearance: "外观",
  language: "语言",
  system: "系统",
  light: "浅色",
  dark: "深色",
  enterKey: "回车键",
  automatic: "自动",
  enterSends: "发送",
  enterNewline: "换行",
  alerts: "有人提及你时",
  notify: "显示通知",
  sound: "播放声音",
  cantNotify: "此浏览器无法在这里显示通知。",
  notAllowed: "浏览器不允许此网站发送通知。",
};

export const userSettingTexts = { en, zh };
