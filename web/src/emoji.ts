// Emoji: which texts are nothing else, and which ones are the same.

/** Whether the text is nothing but one to three emoji, which are shown large. */
export function onlyEmoji(text: string): boolean {
  return /^(?:\s*(?:\p{RI}{2}|\p{Emoji_Presentation}|\p{Emoji}\ufe0f\u20e3?)(?:\p{EMod}|\u200d\p{Emoji}\ufe0f?|[\u{e0020}-\u{e007f}])*){1,3}\s*$/u.test(
    text,
  );
}

/** What two spellings of an emoji have in common: ❤ and ❤️ differ by a variation selector. */
export function emojiKey(emoji: string): string {
  return emoji.normalize("NFC").replace(/[\ufe0e\ufe0f]/g, "");
}

/** An emoji's key as it is shown: in colour where there is a choice. */
export function emojiOf(key: string): string {
  return key.replace(/[0-9#*](?=\u20e3)|(?![\p{Emoji_Presentation}0-9#*])\p{Emoji}(?!\p{EMod})/gu, "$&\ufe0f");
}
