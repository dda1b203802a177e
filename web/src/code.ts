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

const roomLink = /^(https?:\/\/\S*\/)r\/([^/?#\s]+)/i;

/** The code in what a person typed or pasted: a code, or a link to a room. */
export function codeIn(typed: string): string {
  const text = typed.trim();
  const link = roomLink.exec(text);
  if (link) return decoded(link[2]!);
  return text.replace(/\s+/g, "-");
}

/** The link that was typed or pasted, if it is one to a room of another server than the one at `base`. */
export function linkElsewhere(typed: string, base: URL): string | undefined {
  const text = typed.trim();
  const server = roomLink.exec(text)?.[1];
  return server && URL.canParse(server) && new URL(server).href !== base.href ? text : undefined;
}

/** The secret in a link that invites. */
export const inviteIn = (typed: string): string | undefined => /#invite=([^&\s]+)/.exec(typed)?.[1];

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
