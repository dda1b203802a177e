// The notifications that are shown: one for each room, by the tag. Pages and the worker use the same ones.
import { keyOf } from "../code.ts";
import { noteOf, type Note, type NoteData, type News, type NotifyWords } from "./note.ts";

/** What TypeScript doesn't know of options. */
export type NoteOptions = NotificationOptions & { renotify: boolean };

/** The name of the lock for what is done with the notifications. */
export const notesLock = "snug:notes";

export const tagOf = (code: string): string => `snug:${keyOf(code)}`;

/** How a note is shown. `base` is the page's own address. */
export function optionsOf({ body, data }: Note, base: string | URL): NoteOptions {
  return {
    body,
    data,
    tag: tagOf(data.room),
    renotify: true, // or a second one would replace the first without a sound
    icon: new URL("icon-192.png", base).href,
  };
}

/** Shows a notification of a message, in place of the room's earlier one. A message that it has already changes nothing, and makes no sound. */
export async function show(registration: ServiceWorkerRegistration, news: News, words: NotifyWords): Promise<void> {
  await exclusively(async () => {
    const [before] = await registration.getNotifications({ tag: tagOf(news.room) });
    const note = noteOf(news, before?.data as NoteData | undefined, words);
    if (note) {
      await registration.showNotification(note.title, optionsOf(note, registration.scope));
    } else if (before) {
      // Some browsers demand that each push shows something.
      const { title, body, data } = before;
      const options = optionsOf({ title, body, data: data as NoteData }, registration.scope);
      options.renotify = false;
      await registration.showNotification(title, options);
    }
  });
}

/** Closes a room's notification, if the user has read its messages up to this position, or its log is another one. */
export async function closeRead(
  registration: ServiceWorkerRegistration,
  code: string,
  read: { epoch: string; seq: number },
): Promise<void> {
  await exclusively(async () => {
    for (const note of await registration.getNotifications({ tag: tagOf(code) })) {
      const { epoch, seq } = (note.data ?? {}) as Partial<NoteData>;
      if (epoch !== read.epoch || seq === undefined || seq <= read.seq) note.close();
    }
  });
}

/** Closes a room's notification. */
export async function closeAll(registration: ServiceWorkerRegistration, code: string): Promise<void> {
  await closeRead(registration, code, { epoch: "", seq: 0 });
}

/**
 * Does one thing at a time with the notifications: a push may come while a page shows the same message. It is one at a
 * time for all rooms, as Chromium forgets a notification that is being shown while somebody asks for those that are.
 */
async function exclusively(work: () => Promise<void>): Promise<void> {
  await navigator.locks.request(notesLock, work);
}
