// Texts that depend on a number, which each language has in forms of its own.

/** The forms of a text by the categories of Intl.PluralRules that the language has. Each is given the number as it is written. */
export type Counted<More extends string[] = []> = Partial<Record<Intl.LDMLPluralRule, Form<More>>> & {
  other: Form<More>;
};
type Form<More extends string[]> = (n: string, ...more: More) => string;

/** The form for a number. */
export const formOf = <More extends string[]>(text: Counted<More>, rules: Intl.PluralRules, n: number): Form<More> =>
  text[rules.select(n)] ?? text.other;
