// Addresses: which ones are links, where they end in a text, and where they lead.
import { LinkifyIt } from "linkify-it";
import { characterBefore, isWordCharacter } from "./words.ts";

const linkify = new LinkifyIt({ fuzzyLink: false, fuzzyEmail: false, urlAuth: true });

const scheme = /(?:https?:\/\/|mailto:)/iy;
/** What an address may have in it at all, and the most of it that is looked at. */
const run = /[^\s<>`\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,2048}/y;

/** The length of the address that begins at an index of the text; 0 where none does. */
export function addressAt(text: string, index: number): number {
  scheme.lastIndex = index;
  const before = characterBefore(text, index);
  if (!scheme.test(text) || (before !== "_" && isWordCharacter(before))) return 0;
  run.lastIndex = index;
  const found = linkify.matchAtStart(run.exec(text)![0]);
  if (!found) return 0;
  const address = withoutClosingMarks(found.raw, text.slice(text.lastIndexOf("\n", index) + 1, index));
  return safeAddress(address) === undefined ? 0 : address.length;
}

/** A mark that may begin an emphasis. */
const openers = { "*": /\*(?![\s*])/, _: /(?<![\p{L}\p{N}_])_+(?![\s_])/u, "~": /~~(?![\s~])/ };

/** Drops emphasis marks from the end of an address that belong to an emphasis which begins before it, in its line. */
function withoutClosingMarks(address: string, before: string): string {
  const marks = /([*_~])\1*$/.exec(address);
  if (!marks) return address;
  return openers[marks[1] as keyof typeof openers].test(`${before}x`) ? address.slice(0, marks.index) : address;
}

/**
 * The address that a link may lead to, in the browser's spelling; undefined where it
 * is no link. Only http, https and mailto are, without a user name: in
 * https://bank.example@evil.example the host is the second one.
 */
export function safeAddress(text: string): string | undefined {
  if (!/^(?:https?:\/\/|mailto:)/i.test(text) || /[\u0000-\u0020\u007f-\u009f]/.test(text)) return undefined;
  try {
    const url = new URL(text);
    return url.username || url.password ? undefined : url.href;
  } catch {
    return undefined;
  }
}

/**
 * Where a link leads, unless its text is an address with the same host. Hosts are in their
 * ASCII form, which can't be mistaken.
 */
export function hostToShow(label: string, address: string): string | undefined {
  const url = new URL(address);
  const host = url.protocol === "mailto:" ? url.pathname : url.host;
  const seen = label
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .trim()
    .toLowerCase();
  return hostOf(seen) === host && (!host.includes("xn--") || seen.includes(host)) ? undefined : host;
}

/** The host that a text names, if it is nothing but an address. */
function hostOf(text: string): string | undefined {
  if (/\s/.test(text)) return undefined;
  try {
    const url = new URL(
      /^[a-z][a-z0-9+.-]*:/.test(text) && !/^[^/]*:\d+(?:\/|$)/.test(text)
        ? text
        : text.includes("@")
          ? `mailto:${text}`
          : `https://${text}`,
    );
    if (url.username || url.password) return undefined;
    return url.protocol === "mailto:" ? url.pathname : url.host;
  } catch {
    return undefined;
  }
}
