// Room codes.

// Crockford's 32 digits and letters, which aren't mistaken for each other. With 32, the
// low five bits of a random byte choose one evenly.
const letters = "0123456789abcdefghjkmnpqrstvwxyz";

/** A code for a new room, which can't be guessed: 12 letters with 60 random bits. */
export function newCode(): string {
  const picked = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => letters[b & 31]!);
  return [0, 4, 8].map((i) => picked.slice(i, i + 4).join("")).join("-");
}

/** Whether the text can be a room code. The server's rules are stricter. */
export function isCode(text: string): boolean {
  return /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]{0,63}$/u.test(text);
}

/**
 * The same for all spellings of a code that are one room for the server: without the difference of
 * case and of width. Each letter is taken by itself, so that a sigma at the end is one as any other.
 */
export const keyOf = (code: string): string =>
  Array.from(code.replace(/[\uff01-\uffef]/g, (c) => c.normalize("NFKC")).normalize("NFC"), (c) => c.toLowerCase())
    .join("")
    .normalize("NFC");

/** Whether a host name, as URL.hostname spells it, means each computer itself: a link with it is of no use to others. */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
}

/** Decodes a part of an address; returns it unchanged if its escapes are invalid. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
