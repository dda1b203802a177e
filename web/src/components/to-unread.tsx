// What came while the user was away may begin above the view.
import type { RefObject } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Row } from "../rows.ts";
import { rows, shownFold, store } from "../store.ts";
import { counted, soonMinute, texts } from "../texts.ts";
import { roomsTexts } from "../texts/rooms.ts";
import { Icon } from "./icons.tsx";
import { useScrolling } from "./use-scrolling.ts";
import type { VirtualList } from "./virtual-list.tsx";

/** Says how much is new above the view, and since when. It goes once the user has seen where that begins. */
export function ToUnread({ list }: { list: RefObject<VirtualList<Row> | null> }) {
  const { room, looking } = store;
  const [above, setAbove] = useState(false);
  const met = useRef<number | undefined>(undefined); // what the line was after that the user has seen
  const all = rows.value;
  const after = room.unreadAfter.value;
  const looks = looking.value;
  const line = useMemo(() => all.findIndex((r) => r.is === "line"), [all]);
  useScrolling(() => {
    const isAbove = line >= 0 && line < (list.current?.top?.index ?? 0);
    setAbove(isAbove);
    if (!isAbove && looks && list.current?.element("line")) met.current = after;
  }, [all, after, looks, list]);
  if (!above || after === undefined || met.current === after) return null;
  const news = shownFold().newsAfter(after, room.you.value?.member);
  if (news.length === 0) return null;
  return (
    <button type="button" class="to-unread" onClick={() => list.current?.to("line")}>
      {counted(texts("rooms", roomsTexts).newSince, news.length, soonMinute(news[0]!.at))} <Icon name="send" />
    </button>
  );
}
