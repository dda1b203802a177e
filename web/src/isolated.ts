/** A name inside a text: its direction of writing doesn't change that of the rest. */
export const isolated = (name: string): string => `\u2068${name.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069`;
