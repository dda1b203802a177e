// What the composer offers while one types :name or @nick.
import { emoji, emojiLike } from "./emoji.ts";

export interface Offer {
  /** What is offered, as it is shown. */
  shown: string;
  /** What stands before it: an emoji. */
  sign?: string;
  /** What the text is then, and where the caret. */
  text: string;
  caret: number;
}

const most = 6;

/** Offers for what stands before the caret; none where it is nothing to complete. */
export function offers(text: string, caret: number, nicks: Iterable<string>): Offer[] {
  const before = text.slice(0, caret);
  const offer = (from: number, put: string, shown: string, sign?: string): Offer => ({
    shown,
    ...(sign ? { sign } : {}),
    text: text.slice(0, from) + put + text.slice(caret),
    caret: from + put.length,
  });
  const name = /(?:^|[\s(])(:([a-z0-9_+-]{2,20}))$/.exec(before);
  if (name) {
    const from = caret - name[1]!.length;
    return emojiLike(name[2]!, most).map((n) => offer(from, `${emoji.get(n)!} `, `:${n}:`, emoji.get(n)));
  }
  const nick = /(?:^|[\s(])(@([^@\n]{0,32}))$/.exec(before);
  if (!nick) return [];
  const typed = nick[2]!.toLowerCase();
  const from = caret - nick[1]!.length;
  return [...nicks]
    .filter((n) => n.toLowerCase().startsWith(typed) && n.toLowerCase() !== typed)
    .sort((a, b) => a.localeCompare(b))
    .slice(0, most)
    .map((n) => offer(from, `@${n} `, n));
}
