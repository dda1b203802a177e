/** What a message that begins with /me says that its sender does; undefined of another one. */
export function emoteOf(content: string): string | undefined {
  return content.startsWith("/me ") && content.trim() !== "/me" ? content.slice(4) : undefined;
}

/** The word of a message that looks like a command: there are none here. */
export function commandOf(content: string): string | undefined {
  return emoteOf(content) === undefined ? /^\/\p{L}+(?=\s|$)/u.exec(content)?.[0] : undefined;
}
