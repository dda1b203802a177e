/**
 * Makes visible what can't be seen in a text: control characters become their
 * pictures, and characters that turn the direction of writing around are dropped.
 * Line ends and tabs stay.
 */
export function visible(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\u202a-\u202e\u2066-\u2069\ufeff]/g, "") // letters have a direction of their own, and a line finds its own
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\u007f/g, "\u2421")
    .replace(/[\u0080-\u009f]/g, "\ufffd");
}
