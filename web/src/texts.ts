// The page's texts in the language that is shown, and how it writes numbers and times.
import { computed, signal } from "@preact/signals";
import { midnight, minute, today } from "./clock.ts";
import { isolated } from "./isolated.ts";
import { formatOf } from "./locale.ts";
import { store } from "./store.ts";
import { formOf, type Counted } from "./texts/counted.ts";
import { isLanguage, languages, type Language, type LanguageEntry } from "./texts/languages.ts";
import { pageTexts } from "./texts/page.ts";
import type { Table } from "./texts/table.ts";

export { isolated };

/** The language that is shown, and its texts unless it is English. */
const shown = signal<{ language: Language; table?: Table | undefined }>({ language: "en" });

/** The language that is shown: the one that the user wants, once it is loaded. */
export const language = computed(() => shown.value.language);

/** The direction in which the page is laid out. */
export const direction = computed(() => {
  const { fromRight }: LanguageEntry = languages[language.value];
  return fromRight ? "rtl" : "ltr";
});

/** The language that the user wants. */
const wanted = computed<Language>(() => {
  const chosen = store.fixed.value.language ?? store.settings.value.language;
  const codes = chosen === "system" ? navigator.languages.map((l) => l.split("-")[0]!) : [chosen];
  return codes.find(isLanguage) ?? "en";
});

/** After how long a language that couldn't be loaded is tried again, in ms. */
const triesAgainAfter = 3000;
let nextTry: ReturnType<typeof setTimeout> | undefined;

/** Shows the wanted language. As long as it can't be loaded, the page stays as it is: English, at first. */
export async function loadTexts(): Promise<void> {
  const code = wanted.value;
  const { load }: LanguageEntry = languages[code];
  try {
    const table = await load?.();
    if (code === wanted.peek()) shown.value = { language: code, table };
  } catch {
    clearTimeout(nextTry);
    nextTry = setTimeout(() => void loadTexts(), triesAgainAfter);
  }
}

/** A group of texts in the language that is shown. The group's own file has them in English. */
export const texts = <G extends keyof Table>(group: G, english: Table[G]): Table[G] =>
  shown.value.table?.[group] ?? english;

/** The texts that the page has from the first moment on. */
export const t = (): Table["page"] => texts("page", pageTexts);

const rules = computed(() => new Intl.PluralRules(language.value));

/** The form that a text has for a number, for one that is written in another way than `number` does. */
export const form = <More extends string[]>(text: Counted<More>, n: number) => formOf(text, rules.value, n);

/** A text that depends on a number, in the form that the language has for it. */
export const counted = <More extends string[]>(text: Counted<More>, n: number, ...more: More): string =>
  form(text, n)(number(n), ...more);

const format = computed(() => formatOf(language.value, navigator.languages));

/** A number as it is written in the user's region. */
export const number = (n: number): string => n.toLocaleString(format.value.locale);
export const time = (at: Date): string => date(at, { timeStyle: "short" });
/** The time to the second. */
export const exactTime = (at: Date): string => date(at, { timeStyle: "medium" });
export const moment = (at: Date): string => date(at, { dateStyle: "full", timeStyle: "medium" });

function date(at: Date, options: Intl.DateTimeFormatOptions): string {
  const { locale, hourCycle } = format.value;
  return at.toLocaleString(locale, { hourCycle, ...options });
}

/** How many days a moment is before another one, by the calendar. */
const daysSince = (at: Date, now: Date): number => Math.round((midnight(now) - midnight(at)) / 86_400_000);

/** The year of a day, unless it is this one. */
const otherYear = (at: Date): Intl.DateTimeFormatOptions =>
  at.getFullYear() === new Date(today.value).getFullYear() ? {} : { year: "numeric" };

export function day(at: Date): string {
  const days = daysSince(at, new Date(today.value));
  if (days === 0) return t().today;
  if (days === 1) return t().yesterday;
  return date(at, { weekday: "long", day: "numeric", month: "long", ...otherYear(at) });
}

/** A moment that people wait for: the time to the second, and the day unless it is today. */
export function soonMoment(moment: Date): string {
  const at = new Date(Math.ceil(moment.getTime() / 1000) * 1000); // not before it
  return midnight(at) === today.value ? exactTime(at) : date(at, { dateStyle: "medium", timeStyle: "medium" });
}

/** The same without seconds. */
export function soonMinute(at: Date): string {
  return midnight(at) === today.value ? time(at) : date(at, { dateStyle: "medium", timeStyle: "short" });
}

/** A moment that is over, as short as a list needs it: the time of a day for today, the day for others. */
export function clockOrDay(at: Date): string {
  return midnight(at) === today.value ? time(at) : date(at, { day: "numeric", month: "short", ...otherYear(at) });
}

/** A duration, in the largest unit that divides it: "30 seconds". */
export function duration(ms: number): string {
  const [unit, of] = (
    [
      ["week", 604_800_000],
      ["day", 86_400_000],
      ["hour", 3_600_000],
      ["minute", 60_000],
    ] as const
  ).find(([, of]) => ms % of === 0) ?? ["second", 1000];
  return (ms / of).toLocaleString(format.value.locale, {
    style: "unit",
    unit,
    unitDisplay: "long",
    maximumFractionDigits: 1,
  });
}

/** How long something still takes, to the second: "4:32". */
export function countdown(ms: number): string {
  const left = Math.max(0, Math.ceil(ms / 1000));
  const days = Math.floor(left / 86_400);
  const [hours, minutes, seconds] = [Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60, left % 60];
  const clock = [...(days || hours ? [hours, minutes] : [minutes]), seconds].map((n, i) =>
    n.toLocaleString(format.value.locale, { minimumIntegerDigits: i ? 2 : 1 }),
  );
  return `${days ? `${duration(days * 86_400_000)} ` : ""}${clock.join(":")}`;
}

/** How long ago, roughly. */
export function ago(at: number): string {
  const minutes = Math.round((Math.max(minute.value, at) - at) / 60_000);
  const relative = new Intl.RelativeTimeFormat(format.value.locale, { numeric: "auto" });
  if (minutes < 1) return t().justNow;
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 60 * 24) return relative.format(-Math.round(minutes / 60), "hour");
  return relative.format(-daysSince(new Date(at), new Date(minute.value)), "day"); // by the calendar: it may say "yesterday"
}

/** A list of names: "Ann, Bob and Cid". Of a long one, the first names and the number of others; so many more are nameless. */
export function list(names: readonly string[], most = 3, nameless = 0): string {
  const all = names.length + nameless;
  const parts = (all > most + 1 ? names.slice(0, most) : names).map(isolated);
  if (parts.length < all) parts.push(counted(t().others, all - parts.length));
  return new Intl.ListFormat(format.value.locale, { type: "conjunction" }).format(parts);
}
