// The page's texts, in each language one table, and how it writes numbers and times.
import { computed, signal } from "@preact/signals";
import { midnight, minute, today } from "./clock.ts";
import { isolated } from "./isolated.ts";
import { formatOf } from "./locale.ts";
import { store } from "./store.ts";
import { en, type Texts } from "./texts/en.ts";

export { isolated };

export type Language = "en" | "zh";
const languages: ReadonlySet<string> = new Set<Language>(["en", "zh"]);

/** The tables that are loaded. English is part of the page; others are loaded when they are first wanted. */
const tables = signal<Partial<Record<Language, Texts>> & { en: Texts }>({ en });

/** The language that the user wants. */
const wanted = computed<Language>(() => {
  const chosen = store.settings.value.language;
  if (chosen !== "system") return chosen;
  return navigator.languages.map((l) => l.slice(0, 2)).find((l): l is Language => languages.has(l)) ?? "en";
});

/** The language that is shown: the wanted one, once it is loaded. */
export const language = computed<Language>(() => (tables.value[wanted.value] ? wanted.value : "en"));

/** Loads the texts of the wanted language. If that fails, the page stays English. */
export async function loadTexts(): Promise<void> {
  if (wanted.value !== "zh" || tables.peek().zh) return;
  try {
    const { zh } = await import("./texts/zh.ts");
    tables.value = { ...tables.peek(), zh };
  } catch {
    // The next change of language tries again.
  }
}

/** The texts of the language that is shown. */
export const t = (): Texts => tables.value[language.value] ?? en;

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

export function day(at: Date): string {
  const days = Math.round((today.value - midnight(at)) / 86_400_000);
  if (days === 0) return t().today;
  if (days === 1) return t().yesterday;
  const thisYear = at.getFullYear() === new Date(today.value).getFullYear();
  return date(at, { weekday: "long", day: "numeric", month: "long", ...(thisYear ? {} : { year: "numeric" }) });
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
  return midnight(at) === today.value ? time(at) : date(at, { day: "numeric", month: "short" });
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
    i ? `${n}`.padStart(2, "0") : n,
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
  return relative.format(-Math.round(minutes / 60 / 24), "day");
}

/** A list of names: "Ann, Bob and Cid". Of a long one, the first names and the number of others. */
export function list(names: readonly string[], most = 3): string {
  const shown = (names.length > most + 1 ? names.slice(0, most) : names).map(isolated);
  if (shown.length < names.length) shown.push(t().others(names.length - most));
  return new Intl.ListFormat(format.value.locale, { type: "conjunction" }).format(shown);
}
