// Other tabs of the same browser: what one changes, the others take over.
import { syncSeen } from "./unread.ts";
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
  addEventListener("pagehide", () => leave(true));
  addEventListener("pageshow", (e) => {
    if (e.persisted) leave(false);
  });
}

function leave(closed: boolean): void {
  setClosed(closed);
  storage.setDraftsClosed(closed);
}
