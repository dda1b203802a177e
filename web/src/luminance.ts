/** How light a colour is, from 0 to 1 (WCAG 2.2, relative luminance): red, green and blue in sRGB, each from 0 to 1. */
export function luminance(colour: readonly number[]): number {
  const [r, g, b] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
