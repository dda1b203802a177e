// Other tabs of the same browser: what one changes, the others take over.
import { session } from "./current.ts";
import { syncSeen } from "./unread.ts";
import { listen } from "../news.ts";
import { startOver } from "../route.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";
import { setClosed } from "../tab.ts";

/** Takes over what other tabs change, and leaves them this tab's drafts when it is closed. */
export function watchTabs(): void {
  addEventListener("storage", (e) => {
    switch (e.key === null ? undefined : storage.changed(e.key, store.room.code.peek())) {
      case "settings":
        store.settings.value = storage.settings;
        break;
      case "nick":
        store.nick.value = storage.nick;
        break;
      case "visits":
        store.visits.value = storage.visits;
        break;
      case "lastRead":
        syncSeen();
        break;
    }
  });
  listen((news) => {
    switch (news.is) {
      case "seat":
        return storage.noteSeat(news.room, news.place);
      case "unsent":
        return session.peek()?.adopt(news.room);
      case "signed out":
        session.peek()?.forgetCopy();
        session.peek()?.close();
        startOver();
    }
  });
  addEventListener("pagehide", () => leave(true));
  addEventListener("pageshow", (e) => {
    if (e.persisted) leave(false);
  });
}

function leave(closed: boolean): void {
  if (closed) session.peek()?.pause();
  setClosed(closed);
  storage.setDraftsClosed(closed);
}
