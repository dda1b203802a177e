export function emojiData(): string;
export function emojiTones(): { emoji: string; tones: string[] }[];
