// What the tabs of a browser tell each other, other than by localStorage.
import { base } from "./base.ts";
import { nameFor, type Place } from "./records.ts";

export type News =
  /** The user has another seat in a room, or none. */
  | { is: "seat"; room: string; place: Place | undefined }
  /** A tab has messages for a room that it can't send now. */
  | { is: "unsent"; room: string }
  /** The user has this browser forget everything. */
  | { is: "signed out" };

let channel: BroadcastChannel | undefined;

/** Tells the other tabs. */
export function tell(news: News): void {
  channel?.postMessage(news);
}

/** Hears what other tabs tell from now on. To be called once. Where a page may store nothing, as in a frame of another site, it hears nothing. */
export function listen(listener: (news: News) => void): void {
  try {
    channel = new BroadcastChannel(nameFor(base));
  } catch {
    return;
  }
  channel.onmessage = (e: MessageEvent<News>) => listener(e.data);
}
