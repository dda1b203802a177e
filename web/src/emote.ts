/** The text of an emote ("/me waves"), which goes on after the sender's nick; undefined for other messages. */
export function emoteOf(content: string): string | undefined {
  return content.startsWith("/me ") && content.trim() !== "/me" ? content.slice(4) : undefined;
}

/** What is sent of what was written: a message that looks like a command is written with a second slash. */
export const unescaped = (written: string): string =>
  written.startsWith("//") && commandOf(written.slice(1)) ? written.slice(1) : written;

/** The first word of what looks like a command. */
export function commandOf(content: string): string | undefined {
  return emoteOf(content) === undefined ? /^\/\p{L}+(?=\s|$)/u.exec(content)?.[0] : undefined;
}
