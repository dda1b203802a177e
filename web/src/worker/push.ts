// What the worker does with a push: it notifies the user of the message in it.
import { countUnread } from "../notify/app-badge.ts";
import { readNews, type News, type NotifyWords } from "../notify/note.ts";
import { show } from "../notify/shown.ts";
import { database } from "./records.ts";
import { base, worker } from "./scope.ts";
import { isSpoken, notifyTexts } from "./texts.ts";
import { windowsOf } from "./windows.ts";

/** Handles a push. A browser that lets a page have pushes demands a notification for each, unless the user sees the page. */
export async function handlePush(event: PushEvent): Promise<void> {
  const news = read(event);
  const words = await wordsOfPage();
  if (!news) return showUnreadable(words);
  const windows = await windowsOf(news.room);
  if (windows.some((w) => w.visibilityState === "visible")) return; // the server didn't know yet
  await show(worker.registration, news, words);
  await countUnread(database, news.room, news.epoch, news.seq);
}

function read({ data }: PushEvent): News | undefined {
  try {
    return readNews(data?.json());
  } catch {
    return undefined;
  }
}

/** Of a later server, perhaps: a newer page knows what it says. */
async function showUnreadable({ texts }: NotifyWords): Promise<void> {
  await worker.registration.showNotification("Snug", {
    body: texts.unreadable,
    tag: "snug",
    icon: new URL("icon-192.png", base).href,
  });
}

/** The texts in the language that the page had last. */
async function wordsOfPage(): Promise<NotifyWords> {
  const stored = await database.get("page", "language");
  const language = isSpoken(stored) ? stored : "en";
  return { language, texts: notifyTexts[language] };
}
