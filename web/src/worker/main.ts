// The service worker begins here. It answers navigations and the page's own files, and
// nothing else: what rooms are about goes past it. The browser starts it for an event,
// and may end it after that, so it remembers nothing.
import { handleClick } from "./click.ts";
import { sendUnsent } from "./outbox.ts";
import { handlePush } from "./push.ts";
import { answer, dropOlder, store } from "./shell.ts";
import { worker } from "./scope.ts";
import { renewSubscription } from "./subscription.ts";
import { noteWindow } from "./windows.ts";

worker.addEventListener("install", (e) => e.waitUntil(store()));

worker.addEventListener("activate", (e) =>
  e.waitUntil(
    (async () => {
      await dropOlder();
      await worker.clients.claim();
    })(),
  ),
);

worker.addEventListener("fetch", (e) => {
  const response = answer(e.request);
  if (response) e.respondWith(response);
});

worker.addEventListener("message", (e) => {
  // A page of this build is there, or about to be loaded: an older worker and its files aren't needed any more.
  const { activate } = e.data as { activate?: string };
  if (activate === worker.shell.build) e.waitUntil(worker.skipWaiting().then(dropOlder));
  e.waitUntil(noteWindow(e));
});

worker.addEventListener("push", (e) => e.waitUntil(handlePush(e)));
worker.addEventListener("notificationclick", (e) => e.waitUntil(handleClick(e)));
worker.addEventListener("pushsubscriptionchange", (e) => (e as ExtendableEvent).waitUntil(renewSubscription()));

/** Background Sync, which only Chromium has: https://wicg.github.io/background-sync/spec/ */
worker.addEventListener("sync", (e) => {
  const { tag, waitUntil } = e as ExtendableEvent & { tag: string };
  if (tag === "outbox") waitUntil.call(e, sendUnsent());
});
