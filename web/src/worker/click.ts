// What the worker does when the user clicks a notification: it brings them to the message.
import type { FromWorker } from "../notify/messages.ts";
import type { NoteData } from "../notify/note.ts";
import { base, worker } from "./scope.ts";
import { windowsOf } from "./windows.ts";

/** Handles a click: focuses a window of the room, or opens one. */
export async function handleClick({ notification }: NotificationEvent): Promise<void> {
  notification.close();
  const { room, epoch, seq } = (notification.data ?? {}) as Partial<NoteData>;
  if (room === undefined || epoch === undefined || seq === undefined) {
    await worker.clients.openWindow(base.href);
    return;
  }
  const [window] = await windowsOf(room);
  if (!window) {
    await worker.clients.openWindow(new URL(`r/${encodeURIComponent(room)}#seq=${seq}`, base).href);
    return;
  }
  const message: FromWorker = { type: "go-to", epoch, seq };
  window.postMessage(message);
  await window.focus();
}
