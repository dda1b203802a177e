// The texts of notifications in all languages: a worker can't load a part of itself later.
import { notify as ar } from "../texts/languages/ar.ts";
import { notify as de } from "../texts/languages/de.ts";
import { notify as es } from "../texts/languages/es.ts";
import { notify as fr } from "../texts/languages/fr.ts";
import { notify as ja } from "../texts/languages/ja.ts";
import { notify as zh } from "../texts/languages/zh.ts";
import type { Language } from "../texts/languages.ts";
import { notifyTexts as en, type NotifyTexts } from "../texts/notify.ts";

export const notifyTexts: Record<Language, NotifyTexts> = { ar, de, en, es, fr, ja, zh };

export const isSpoken = (code: unknown): code is Language => Object.hasOwn(notifyTexts, String(code));
