/** How times and dates are written. */
export interface Format {
  /** For Intl. */
  locale: string;
  hourCycle: "h11" | "h12" | "h23" | "h24";
}

/**
 * The format for a language of the page and the languages that the user's browser
 * asks for. The words are the page's; the user's region decides the rest: with
 * de-DE first, an English page has 24 hours and days before months.
 */
export function formatOf(language: string, wanted: readonly string[]): Format {
  const tags = wanted.flatMap(parsed);
  const own = tags.find((l) => l.region) ?? tags[0]?.maximize() ?? new Intl.Locale(language).maximize();
  const hourCycle = new Intl.DateTimeFormat(own.baseName, { hour: "numeric" }).resolvedOptions().hourCycle ?? "h23";
  return { locale: own.language === language ? own.baseName : inRegion(language, own.maximize().region), hourCycle };
}

function inRegion(language: string, region: string | undefined): string {
  const tag = region ? `${language}-${region}` : language;
  if (
    Intl.DateTimeFormat.supportedLocalesOf(tag, { localeMatcher: "lookup" })[0] === tag &&
    new Intl.DateTimeFormat(tag).resolvedOptions().locale === tag
  )
    return tag;
  return language === "en" ? "en-001" : language; // English as it is written in most of the world
}

function parsed(tag: string): Intl.Locale[] {
  try {
    return [new Intl.Locale(tag)];
  } catch {
    return [];
  }
}
