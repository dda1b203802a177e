// What the user has seen: the messages that were in view while they looked at the page.
import type { RefObject } from "preact";
import { seen } from "../actions.ts";
import type { Row } from "../rows.ts";
import { rows, store } from "../store.ts";
import { useScrolling } from "./use-scrolling.ts";
import type { VirtualList } from "./virtual-list.tsx";

/** Counts messages as seen while the user scrolls down through them. What they have jumped over isn't. */
export function Seen({ list }: { list: RefObject<VirtualList<Row> | null> }) {
  const { room, looking } = store;
  const all = rows.value;
  const looks = looking.value && room.excerpt.value === undefined;
  useScrolling(() => {
    const top = list.current?.top;
    const next = room.fold.newsAfter(room.seen.peek(), room.you.peek()?.member)[0];
    if (!looks || !top || !next) return;
    const from = all.slice(top.index).find((r) => seqOf(r) !== undefined);
    const to = all.slice(0, list.current!.bottom + 1).findLast((r) => seqOf(r) !== undefined);
    if (from && to && next.seq >= seqOf(from)!) seen(seqOf(to));
  }, [all, looks, list]);
  return null;
}

/** The seq of the last message in a row. */
function seqOf(r: Row): number | undefined {
  return r.is === "message" ? r.message.seq : r.is === "deleted" ? r.last : undefined;
}
