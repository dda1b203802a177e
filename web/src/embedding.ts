// What the element <snug-room> of another site's page and the page in its frame tell each other, by postMessage.
import type { Theme } from "./storage.ts";

/** The name of the frame. By it, the page knows that it is in one. */
export const frameName = "snug-room";

/** What the embedding page can theme: each custom property of the element, and what it is. */
export const themed = {
  "--snug-accent": "colour",
  "--snug-background": "colour",
  "--snug-surface": "colour",
  "--snug-text": "colour",
  "--snug-own": "colour",
  "--snug-border": "colour",
  "--snug-radius": "length",
  "--snug-font-size": "length",
} as const;

export type Themed = keyof typeof themed;

/** From the page in the frame. None of it is a secret. */
export type FromFrame =
  /** It has begun to load, so the server lets it be shown. */
  | { snug: "loading" }
  /** It wants the settings, also after a reload. */
  | { snug: "ready" }
  /** It wants a fresh token. */
  | { snug: "token" };

/** From the element: everything, each time. What isn't there isn't set. */
export interface EmbedSettings {
  snug: "settings";
  token?: string | undefined;
  nick?: string | undefined;
  theme?: Theme | undefined;
  language?: string | undefined;
  /** The custom properties that are set. */
  style: Partial<Record<Themed, string>>;
}
