// The list of messages, and what lies over it.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { leaveExcerpt, readOlder, seen } from "../actions.ts";
import type { Row } from "../rows.ts";
import { rows, store, unread } from "../store.ts";
import { counted, number, t } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { later } from "./lazy.tsx";
import { guessHeight, showRow } from "./rows.tsx";
import { VirtualList } from "./virtual-list.tsx";

export function Messages({ onEscape }: { onEscape: () => void }) {
  const { room } = store;
  const list = useRef<VirtualList<Row>>(null);
  const wanted = room.goTo.value;
  const showAround = later.value?.showAround;
  const WholeLog = later.value?.WholeLog;
  const ToUnread = later.value?.ToUnread;
  const Author = later.value?.Author;
  const Seen = later.value?.Seen;

  // The list moves in the same turn as its rows change: later it would undo what the user scrolled meanwhile.
  useLayoutEffect(() => {
    if (!wanted) return;
    if (wanted.line) {
      room.atEnd.value = !list.current?.to("line");
      return;
    }
    if (wanted.around) return void showAround?.(wanted.seq);
    const key = rows.value.find(
      (r) => (r.is === "message" && r.message.seq >= wanted.seq) || (r.is === "deleted" && r.last >= wanted.seq),
    )?.key;
    if (key === undefined || !list.current?.to(key)) return;
    requestAnimationFrame(() => mark(list.current?.element(key)));
  }, [wanted, wanted?.around && showAround]); // showAround may be loaded later: it is no reason to go to another row again

  const looking = store.looking.value;
  const atEnd = room.atEnd.value;
  useEffect(() => {
    if (looking && room.atEnd.peek()) seen(); // the list may have moved since
  }, [looking, atEnd, wanted, room.version.value]);

  // The list goes to a message that the user sends.
  const sent = rows.value.slice(-5).find((r) => r.key === `m${room.sent.value}`)?.key; // it may be confirmed already
  useLayoutEffect(() => {
    if (sent !== undefined) list.current?.toEnd();
  }, [sent]);

  const excerpt = room.excerpt.value !== undefined;
  const toLatest = () => {
    leaveExcerpt();
    list.current?.toEnd();
  };
  return (
    <div class="messages">
      <VirtualList
        self={list}
        rows={rows.value}
        row={showRow}
        guess={guessHeight}
        stays={(r) => r.is === "message" || r.is === "deleted" || r.is === "pending" || r.is === "moderation"}
        label={t().messages}
        goesOn={excerpt}
        onTop={excerpt ? () => void later.value?.extend("older") : readOlder}
        onBottom={() => void later.value?.extend("newer")}
        onEnd={(end) => (room.atEnd.value = end)}
        onKeyDown={(e) => later.value?.handleListKey(e, { toEnd: toLatest, escape: excerpt ? toLatest : onEscape })}
      />
      {WholeLog && <WholeLog list={list} />}
      {Author && <Author list={list} />}
      {Seen && <Seen list={list} />}
      {ToUnread && <ToUnread list={list} />}
      {!atEnd && <ToLatest onClick={toLatest} excerpt={excerpt} />}
      <div class="unseen" role="log" aria-live="polite" aria-relevant="additions" aria-label={t().newMessages}>
        {room.announced.value.map((a) => (
          <p key={a.key}>{a.text}</p>
        ))}
      </div>
    </div>
  );
}

function ToLatest({ onClick, excerpt }: { onClick: () => void; excerpt: boolean }) {
  const count = unread.value;
  const label = count > 0 ? `${t().toLatest}: ${counted(t().unread, count)}` : t().toLatest;
  return (
    <button type="button" class="latest" onClick={onClick} aria-label={label}>
      {count > 0 && <span class="count">{number(count)}</span>}
      {excerpt && <span class="word">{t().backToLatest}</span>}
      <Icon name="down" />
    </button>
  );
}

/** Focuses and highlights the message of a row. */
function mark(row: HTMLElement | undefined): void {
  const message = row?.querySelector<HTMLElement>(".message");
  if (!message) return;
  message.focus({ preventScroll: true });
  message.classList.remove("marked");
  requestAnimationFrame(() => message.classList.add("marked"));
}
