import { tell } from "../news.ts";

/**
 * Has others send what isn't sent in a room, if this page is closed: another tab in the room; or
 * the worker, once there is a network, which only Chromium can.
 */
export function syncLater(room: string): void {
  tell({ is: "unsent", room });
  void navigator.serviceWorker?.ready
    .then((registration) => (registration as Partial<Syncing>).sync?.register("outbox"))
    .catch(() => {}); // it isn't allowed
}

/** https://wicg.github.io/background-sync/spec/ */
interface Syncing {
  sync: { register(tag: string): Promise<void> };
}
