// An older part of the log, which is shown in place of the newest. It isn't part of the first load.
import { batch } from "@preact/signals";
import { CommandError, type History, type Page } from "../../client.ts";
import { errorText } from "../errors.ts";
import { Fold } from "../fold.ts";
import { store } from "../store.ts";
import { session } from "./current.ts";

const { room } = store;

/** How many events are read at once. */
const pageSize = 100;
/** On the way to newer messages, older ones are forgotten once there are more than this… */
const mostMessages = 12_000;
/** …but for so many. */
const messagesKept = 10_000;

const history = (page: Page): Promise<History> => session.peek()!.log.page(page);

/** Shows the part of the log around a message, and scrolls to it. */
export async function showAround(seq: number): Promise<void> {
  const { fold } = room;
  const before = room.excerpt.value;
  const { value: wanted } = room.goTo;
  try {
    const [older, newer] = await Promise.all([
      history({ before: seq + 1, limit: pageSize }),
      history({ after: seq, limit: pageSize }),
    ]);
    if (room.fold !== fold || room.excerpt.value !== before || room.goTo.value !== wanted) return; // the user is elsewhere
    const part = new Fold();
    for (const e of [...older.events, ...newer.events]) if (e.seq < fold.first) part.apply(e);
    batch(() => {
      show(part, older.more && older.events.length > 0);
      room.goTo.value = { seq };
    });
  } catch (e) {
    if (!(e instanceof CommandError)) throw e;
    if (room.fold === fold) room.error.value = errorText(e);
  }
}

/** Reads a page before or after the excerpt, if there is one and none is being read. */
export async function extend(to: "older" | "newer"): Promise<void> {
  const { fold } = room;
  const excerpt = room.excerpt.value;
  if (!excerpt || room.loading.value || room.state.value.is !== "open" || (to === "older" && !excerpt.more)) return;
  room.loading.value = true;
  try {
    const { first, last } = excerpt.fold;
    const page = await history({ ...(to === "older" ? { before: first } : { after: last }), limit: pageSize });
    const now = room.excerpt.value;
    if (room.fold !== fold || now?.fold !== excerpt.fold) return;
    if (to === "older") now.fold.prepend(page.events);
    else for (const e of page.events) if (e.seq < fold.first) now.fold.apply(e);
    if (to === "newer" && now.fold.messages.length > mostMessages) now.fold.trim(messagesKept);
    const more = to === "older" ? page.more && page.events.length > 0 : now.more || now.fold.first > first;
    batch(() => show(now.fold, more));
  } catch (e) {
    if (!(e instanceof CommandError)) throw e;
  } finally {
    if (room.fold === fold) room.loading.value = false;
  }
}

/** Shows an older part of the log, or all of the log from there if it goes up to what is loaded. */
function show(part: Fold, more: boolean): void {
  const { fold } = room;
  if (part.last >= fold.first - 1) {
    fold.join(part);
    room.more.value = more;
    room.excerpt.value = undefined;
  } else {
    part.amendBy(fold);
    room.excerpt.value = { fold: part, more };
  }
  room.version.value++;
}
