// Room codes.

// Digits and letters that aren't taken for one another: of 0 and o, and of 1, i, l
// and u, one or none is left. They are 32 (Crockford's), so that the low five bits of
// a random byte pick one evenly.
const letters = "0123456789abcdefghjkmnpqrstvwxyz";

/** A new room's code, which can't be guessed: 12 letters of 5 random bits, 60 in all. */
export function newCode(): string {
  const picked = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => letters[b & 31]!);
  return [0, 4, 8].map((i) => picked.slice(i, i + 4).join("")).join("-");
}

/** Whether the text is a room code, as far as can be said without the server. */
export function isCode(text: string): boolean {
  return /^[\p{L}\p{Nd}][\p{L}\p{Nd}._-]{0,63}$/u.test(text);
}

/** What a person typed or pasted as a code: a code, or a link to a room, of which the code is taken. */
export function codeIn(typed: string): string {
  const text = typed.trim();
  const link = /^https?:\/\/\S*\/r\/([^/?#\s]+)/i.exec(text);
  if (link) return decoded(link[1]!);
  return text.replace(/\s+/g, "-");
}

/** Whether a host name, as URL.hostname spells it, is this computer's own: to others it names theirs. */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
}

/** A part of an address as text; itself where its escapes are none. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
