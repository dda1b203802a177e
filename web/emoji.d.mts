/** The text of src/emoji-data.json. */
export function emojiData(): string;
