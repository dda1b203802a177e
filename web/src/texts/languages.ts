// The languages of the page, by their codes. A new one is a file in languages/, and a line here;
// worker/texts.ts and embed/texts.ts, which can load nothing later, have lines of their own.
import type { Table } from "./table.ts";

export interface LanguageEntry {
  /** What the language calls itself. */
  name: string;
  /** The page is laid out from the right. */
  fromRight?: true;
  /** Loads its texts. English has none to load: each file with a group of texts has them. */
  load?: () => Promise<Table>;
}

export const languages = {
  ar: { name: "العربية", fromRight: true, load: () => import("./languages/ar.ts") },
  de: { name: "Deutsch", load: () => import("./languages/de.ts") },
  en: { name: "English" },
  es: { name: "Español", load: () => import("./languages/es.ts") },
  fr: { name: "Français", load: () => import("./languages/fr.ts") },
  ja: { name: "日本語", load: () => import("./languages/ja.ts") },
  zh: { name: "中文", load: () => import("./languages/zh.ts") },
} satisfies Record<string, LanguageEntry>;

export type Language = keyof typeof languages;

export const isLanguage = (code: string): code is Language => Object.hasOwn(languages, code);
