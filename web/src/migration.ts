// Earlier builds of the page had seats and the outbox in localStorage.
import type { Pending } from "../client.ts";
import type { BrowserItems } from "./browser-items.ts";
import type { Database } from "./database.ts";
import type { Place } from "./records.ts";

/**
 * Moves seats and unsent messages into the database. What is there is removed here, and not
 * before. An earlier build may still be open in another tab: what it writes is moved the next time.
 */
export async function migrate(items: BrowserItems, database: Database): Promise<void> {
  const names = [...items.names("seat:"), ...items.names("outbox:")];
  await Promise.all(
    names.map(async (name) => {
      const [store, room = "", id] = name.split(":");
      const moved =
        store === "seat"
          ? await database.put("seats", room, items.read<Place>(name))
          : await database.put("outbox", `${room}:${id}`, unsent(items.read<Pending>(name), room));
      if (moved) items.write(name, undefined);
    }),
  );
}

const unsent = (message: Pending | undefined, room: string) =>
  message && { ...message, room: decodeURIComponent(room) };
