// What a person typed or pasted to name a room.
import { decoded, isCode } from "./code.ts";

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
  const [, server, code] = roomLink.exec(text) ?? [];
  if (!server || !isCode(decoded(code!)) || !URL.canParse(server)) return undefined;
  return new URL(server).href !== base.href ? text : undefined;
}

/** The secret in a link that invites. */
export const inviteIn = (typed: string): string | undefined => /#invite=([^&\s]+)/.exec(typed)?.[1];
