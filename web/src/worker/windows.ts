// Which window shows which room. The address of a window as a worker knows it is that at its start: the page tells of later ones.
import { decoded, keyOf } from "../code.ts";
import type { ToWorker } from "../notify/messages.ts";
import { database } from "./records.ts";
import { base, worker } from "./scope.ts";

/** Notes which room a window shows, if a message says so, and forgets the windows that are gone. */
export async function noteWindow({ data, source }: ExtendableMessageEvent): Promise<void> {
  const { type, room } = (data ?? {}) as Partial<ToWorker>;
  if (type !== "window" || typeof room !== "string" || !(source instanceof Client)) return;
  const atStart = roomIn(source.url) ?? "";
  await database.put("windows", source.id, room === atStart ? undefined : room);
  const here = new Set((await allWindows()).map((w) => w.id));
  await database.change("windows", "", (all) => all.flatMap(([id]) => (here.has(id) ? [] : [[id, undefined]])));
}

const allWindows = (): Promise<readonly WindowClient[]> =>
  worker.clients.matchAll({ type: "window", includeUncontrolled: true });

/** The windows that show a room; that which the user looked at last is first. */
export async function windowsOf(code: string): Promise<WindowClient[]> {
  const found: WindowClient[] = [];
  for (const window of await allWindows()) {
    const room = (await database.get("windows", window.id)) ?? roomIn(window.url);
    if (room && keyOf(room) === keyOf(code)) found.push(window);
  }
  return found;
}

function roomIn(url: string): string | undefined {
  const path = url.startsWith(base.href) ? url.slice(base.href.length) : "";
  const code = /^r\/([^/?#]+)/.exec(path)?.[1];
  return code && decoded(code);
}
