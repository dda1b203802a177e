// @mentions: nicks that a text names.

/** Whether the text mentions the nick. */
export function mentions(text: string, nick: string): boolean {
  return splitMentions(text, [nick]).some((part) => part.nick !== undefined);
}

export interface Part { text: string; nick?: string }

/** Takes the text apart at each @nick of those given. Case doesn't matter; the longest nick counts. */
export function splitMentions(text: string, nicks: Iterable<string>): Part[] {
  if (!text.includes("@")) return [{ text }];
  const known = [...nicks].filter(Boolean).sort((a, b) => b.length - a.length).map((nick) => ({ nick, low: nick.toLowerCase() }));
  const low = text.toLowerCase();
  const parts: Part[] = [];
  let done = 0;
  if (low.length !== text.length) return [{ text }]; // a letter whose small one is longer: leave it
  for (let at = low.indexOf("@"); at >= 0; at = low.indexOf("@", at + 1)) {
    if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? "")) continue; // as in an address
    const found = known.find((k) => low.startsWith(k.low, at + 1) && !/[\p{L}\p{N}]/u.test(text[at + 1 + k.low.length] ?? ""));
    if (!found) continue;
    if (at > done) parts.push({ text: text.slice(done, at) });
    done = at + 1 + found.low.length;
    parts.push({ text: text.slice(at, done), nick: found.nick });
    at = done - 1;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}
