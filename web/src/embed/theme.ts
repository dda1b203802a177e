// The colours and sizes that the page around the frame has given. Nothing of what it writes gets into the page's style as
// it is written: a colour becomes #rrggbb, a length a number of px within bounds.
import { themed, type Themed } from "../embedding.ts";
import { luminance } from "../luminance.ts";

type RGB = readonly [number, number, number];

/** In px, what a length may be. */
const bounds: Partial<Record<Themed, readonly [least: number, most: number]>> = {
  "--snug-radius": [0, 32],
  "--snug-font-size": [12, 24],
};

/** Colours as names, hexadecimal, or functions of numbers. */
const colourForm =
  /^(?:#[\da-f]{3,8}|[a-z]{3,24}|(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\([a-z\d\s.,%/+-]{3,60}\))$/i;

/** A colour, if it is one and opaque. */
function parseColour(text: string): RGB | undefined {
  if (!colourForm.test(text) || /^currentcolor$/i.test(text)) return undefined;
  const inSRGB = `color-mix(in srgb, ${text}, ${text})`;
  if (!CSS.supports("color", inSRGB)) return undefined;
  const probe = document.createElement("span");
  probe.style.color = inSRGB;
  document.body.append(probe);
  const computed = getComputedStyle(probe).color;
  probe.remove();
  const [, r, g, b, alpha] = /^color\(srgb (\S+) (\S+) (\S+?)(?: \/ (\S+))?\)$/.exec(computed) ?? [];
  const parts = [r, g, b].map((part) => Math.min(1, Math.max(0, Number(part))));
  return alpha === undefined && parts.every((part) => !Number.isNaN(part)) ? (parts as unknown as RGB) : undefined;
}

/** A length in px, if it is one that the property may have. */
function parseLength(name: Themed, text: string): number | undefined {
  const [least, most] = bounds[name] ?? [0, 0];
  const px = /^\d{1,3}(?:\.\d{1,6})?px$/.test(text) ? Number.parseFloat(text) : NaN;
  return px >= least && px <= most ? px : undefined;
}

const hex = (colour: RGB): string =>
  `#${colour
    .map((part) =>
      Math.round(part * 255)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;

/** Whether black is easier to read on a colour than white. */
const isLight = (colour: RGB): boolean => luminance(colour) > 0.179;

/** What a colour of the embedding page sets in the page's own terms: it, and what follows from it unless that is given, too. */
const colours: Record<string, (colour: string, light: boolean) => Record<string, string>> = {
  "--snug-accent": (c, light) => ({
    "--accent": c,
    "--accent-on": light ? "#000000" : "#ffffff",
    "--accent-ink": `color-mix(in oklab, ${c} 70%, var(--ink))`,
  }),
  "--snug-background": (c) => ({
    "--ground": c,
    "--sunken": `color-mix(in oklab, ${c} 95%, var(--ink))`,
    "--surface": `color-mix(in oklab, ${c} 94%, white)`,
    "--raised": `color-mix(in oklab, ${c} 90%, white)`,
    "--edge": `color-mix(in oklab, ${c} 86%, var(--ink))`,
  }),
  "--snug-surface": (c) => ({ "--surface": c, "--raised": c }),
  "--snug-text": (c) => ({ "--ink": c, "--ink-soft": `color-mix(in oklab, ${c} 72%, var(--ground))` }),
  "--snug-own": (c) => ({ "--own": c, "--own-soft": `color-mix(in oklab, var(--ink) 72%, ${c})` }),
  "--snug-border": (c) => ({ "--edge": c, "--edge-strong": `color-mix(in oklab, ${c} 60%, var(--ink))` }),
};

const sheet = new CSSStyleSheet();

/**
 * Shows what the embedding page has given, and returns whether its background is light; undefined if it has none. What
 * is no colour or length of its kind is left out, with a warning. High contrast goes before any colour.
 */
export function showStyle(style: Readonly<Record<string, unknown>>): boolean | undefined {
  const own: Record<string, string> = {};
  const sizes: Record<string, string> = {};
  let light: boolean | undefined;
  for (const name of Object.keys(themed) as Themed[]) {
    const value = style[name];
    if (value === undefined) continue;
    const text = typeof value === "string" ? value.trim() : "";
    const colour = themed[name] === "colour" ? parseColour(text) : undefined;
    const length = themed[name] === "length" ? parseLength(name, text) : undefined;
    if (colour) Object.assign(own, colours[name]!(hex(colour), isLight(colour)));
    else if (length !== undefined) sizes[name === "--snug-radius" ? "--round" : "font-size"] = `${length}px`;
    else console.warn(`snug-room: ${name} isn't an opaque colour, or not a length within its bounds`);
    if (colour && name === "--snug-background") light = isLight(colour);
  }
  const rule = (selector: string, declarations: Record<string, string>) =>
    `${selector} { ${Object.entries(declarations)
      .map(([name, value]) => `${name}: ${value};`)
      .join(" ")} }`;
  sheet.replaceSync(`${rule(":root:not([data-contrast])", own)} ${rule(":root", sizes)}`);
  document.adoptedStyleSheets = [sheet];
  return light;
}
