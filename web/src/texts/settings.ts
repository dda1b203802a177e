// What the panel with the user's settings says. It is loaded with it.

export const userSettingTexts = {
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
