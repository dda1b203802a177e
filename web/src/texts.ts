// The page's texts, in each language one table.
import { computed } from "@preact/signals";
import { store } from "./store.ts";
import { en } from "./texts/en.ts";
import { zh } from "./texts/zh.ts";

export type Texts = typeof en;

const tables = { en, zh } satisfies Record<string, Texts>;

/** The language that is shown. */
export const language = computed<keyof typeof tables>(() => {
  const chosen = store.settings.value.language;
  if (chosen !== "system") return chosen;
  return navigator.languages.map((l) => l.slice(0, 2)).find((l): l is keyof typeof tables => l in tables) ?? "en";
});

/** The texts of the language that is shown. */
export const t = (): Texts => tables[language.value];

/** As people write it in their language. */
export const number = (n: number): string => n.toLocaleString(locale());
export const time = (at: Date): string => at.toLocaleTimeString(locale(), { timeStyle: "short" });
export const moment = (at: Date): string => at.toLocaleString(locale(), { dateStyle: "full", timeStyle: "medium" });

export function day(at: Date): string {
  const days = Math.round((midnight(new Date()) - midnight(at)) / 86_400_000);
  if (days === 0) return t().today;
  if (days === 1) return t().yesterday;
  const thisYear = at.getFullYear() === new Date().getFullYear();
  return at.toLocaleDateString(locale(), { weekday: "long", day: "numeric", month: "long", ...(thisYear ? {} : { year: "numeric" }) });
}

/** A moment that is near, as short as can be: the time, and the day unless it is today's. */
export function soonMoment(at: Date): string {
  if (midnight(at) === midnight(new Date())) return time(at);
  return at.toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
}

/** So many ms, in the largest unit that they fill: "30 seconds". */
export function duration(ms: number): string {
  const [unit, of] = ([["week", 604_800_000], ["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]] as const).find(([, of]) => ms % of === 0) ?? ["second", 1000];
  return (ms / of).toLocaleString(locale(), { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 });
}

/** How long ago, roughly. */
export function ago(at: number): string {
  const minutes = Math.round((Date.now() - at) / 60_000);
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  if (minutes < 1) return t().justNow;
  if (minutes < 60) return relative.format(-minutes, "minute");
  if (minutes < 60 * 24) return relative.format(-Math.round(minutes / 60), "hour");
  return relative.format(-Math.round(minutes / 60 / 24), "day");
}

/** A name for use in a text: its direction of writing doesn't turn the rest around. */
export const isolated = (name: string): string => `\u2068${name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069`;

/** Names in a row: "Ann, Bob and Cid". Of many, the first and how many others. */
export function list(names: readonly string[], most = 3): string {
  const shown = (names.length > most + 1 ? names.slice(0, most) : names).map(isolated);
  if (shown.length < names.length) shown.push(t().others(names.length - most));
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(shown);
}

// The browser's own variety of the language, such as en-GB, where it has one.
function locale(): string {
  return navigator.languages.find((l) => l.startsWith(language.value)) ?? language.value;
}

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}
