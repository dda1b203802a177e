// What the page with the user's settings says. It is loaded with it.

export const userSettingTexts = {
  back: "Back",
  theme: "Theme",
  languageAndKeys: "Language and keyboard",
  notifications: "Notifications",
  thisDevice: "Devices and data",
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
