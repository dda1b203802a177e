/** The text of an emote ("/me waves"), which goes on after the sender's nick; undefined for other messages. */
export function emoteOf(content: string): string | undefined {
  return content.startsWith("/me ") && content.trim() !== "/me" ? content.slice(4) : undefined;
}

/** The first word of what looks like a command. */
export function commandOf(content: string): string | undefined {
  return emoteOf(content) === undefined ? /^\/\p{L}+(?=\s|$)/u.exec(content)?.[0] : undefined;
}
