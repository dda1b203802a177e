// The texts of one language.
import type { pageTexts } from "./page.ts";
import type { commandTexts } from "./commands.ts";
import type { composingTexts } from "./composing.ts";
import type { emojiTexts } from "./emoji.ts";
import type { entryTexts } from "./entry.ts";
import type { fileTexts } from "./files.ts";
import type { lifeTexts } from "./life.ts";
import type { menuTexts } from "./menus.ts";
import type { notifyTexts } from "./notify.ts";
import type { readingTexts } from "./reading.ts";
import type { settingTexts } from "./room-settings.ts";
import type { roomsTexts } from "./rooms.ts";
import type { searchTexts } from "./search.ts";
import type { userSettingTexts } from "./settings.ts";
import type { shareTexts } from "./share.ts";
import type { welcomeTexts } from "./welcome.ts";

/** All groups of texts. Each group is as its file has it in English. */
export interface Table {
  page: typeof pageTexts;
  commands: typeof commandTexts;
  composing: typeof composingTexts;
  emoji: typeof emojiTexts;
  entry: typeof entryTexts;
  files: typeof fileTexts;
  life: typeof lifeTexts;
  menus: typeof menuTexts;
  notify: typeof notifyTexts;
  reading: typeof readingTexts;
  room: typeof settingTexts;
  rooms: typeof roomsTexts;
  search: typeof searchTexts;
  settings: typeof userSettingTexts;
  share: typeof shareTexts;
  welcome: typeof welcomeTexts;
}
