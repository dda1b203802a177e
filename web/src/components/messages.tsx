// The list of messages, and what lies over it.
import { useEffect, useRef } from "preact/hooks";
import { confirm, edit, openMenu, readOlder, replyTo, seen } from "../actions.ts";
import { canEdit, canErase, isOwner } from "../permissions.ts";
import { moderationText } from "../moderation.ts";
import type { LogEvent } from "../../client.ts";
import type { Message } from "../fold.ts";
import type { Presence } from "../presence.ts";
import type { Row } from "../rows.ts";
import { rows, store, unread } from "../store.ts";
import { day, isolated, list, number, t } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { List } from "./virtual-list.tsx";
import { MessageRow, PendingRow } from "./message.tsx";

export function Messages({ onEscape }: { onEscape: () => void }) {
  const { room } = store;
  const ref = useRef<List<Row>>(null);
  const wanted = room.goTo.value;

  useEffect(() => {
    if (!wanted) return;
    const key = rows.value.find((r) => (r.is === "message" && r.message.seq >= wanted.seq) || (r.is === "erased" && r.last >= wanted.seq))?.key;
    if (key === undefined || !ref.current?.to(key)) return;
    requestAnimationFrame(() => mark(ref.current?.element(key)));
  }, [wanted]);

  const looking = store.looking.value;
  const atEnd = room.atEnd.value;
  useEffect(() => {
    if (looking && atEnd) seen();
  }, [looking, atEnd, room.version.value]);

  // Sending something goes to it.
  const last = rows.value.at(-1);
  const sent = last?.is === "pending" ? last.key : undefined;
  useEffect(() => {
    if (sent !== undefined) ref.current?.toEnd();
  }, [sent]);

  return (
    <div class="messages">
      <List
        self={ref}
        rows={rows.value}
        row={row}
        guess={guess}
        stays={(r) => r.is === "message" || r.is === "erased" || r.is === "pending" || r.is === "moderation"}
        label={t().messages}
        onTop={readOlder}
        onEnd={(end) => (room.atEnd.value = end)}
        onKeyDown={(e) => walk(e, ref.current, onEscape)}
      />
      {!atEnd && (
        <button type="button" class="latest" onClick={() => ref.current?.toEnd()} aria-label={unread.value > 0 ? `${t().toLatest}: ${t().unread(unread.value, number(unread.value))}` : t().toLatest}>
          {unread.value > 0 && <span class="count">{number(unread.value)}</span>}
          <Icon name="down" />
        </button>
      )}
      <div class="unseen" role="log" aria-live="polite" aria-relevant="additions" aria-label={t().newMessages}>
        {room.announced.value.map((s) => <p key={s.key}>{s.text}</p>)}
      </div>
    </div>
  );
}

/** Draws the eye to a row that one went to. */
function mark(element: HTMLElement | undefined): void {
  const message = element?.querySelector<HTMLElement>(".message");
  if (!message) return;
  message.focus({ preventScroll: true });
  message.classList.remove("marked");
  requestAnimationFrame(() => message.classList.add("marked"));
}

/**
 * The keys of the list: up and down go from message to message, left and right
 * through what a message has to press. On a message Enter and R reply, E edits,
 * Delete asks to erase it, M opens its menu. End goes to the latest, Escape back to
 * writing.
 */
function walk(e: KeyboardEvent, list: List<Row> | null, onEscape: () => void): void {
  if (!list || e.ctrlKey || e.metaKey || e.altKey) return;
  const here = e.target instanceof Element ? e.target.closest<HTMLElement>("li[data-key]") : null;
  const onMessage = e.target instanceof Element && e.target.classList.contains("message");
  switch (e.key) {
    case "ArrowUp": case "ArrowDown": {
      const to = beside(here, e.key === "ArrowUp", e.currentTarget as HTMLElement);
      to?.focus({ preventScroll: true });
      to?.scrollIntoView({ block: "nearest" });
      break;
    }
    case "ArrowRight": case "ArrowLeft":
      if (!here) return;
      within(here, e.key === "ArrowRight")?.focus();
      break;
    case "End":
      list.toEnd();
      break;
    case "Escape":
      onEscape();
      break;
    default: {
      const row = rows.value.find((r) => r.key === here?.dataset.key);
      if (!onMessage || row?.is !== "message" || row.message.deleted || !press(e.key, row.message, e.target as HTMLElement)) return;
    }
  }
  e.preventDefault();
}

/** Does what a key stands for on a message; it reports whether it stands for anything. */
function press(key: string, message: Message, at: HTMLElement): boolean {
  const you = store.room.you.value;
  if (key === "Enter" || key === "r" || key === "R") replyTo(message);
  else if (key === "m" || key === "M" || key === "ContextMenu") openMenu({ is: "message", message, at });
  else if ((key === "e" || key === "E") && canEdit(you, message)) edit(message);
  else if (key === "Delete" && canErase(you, message)) confirm({ is: "delete", message });
  else return false;
  return true;
}

/** The message above or below a row; without a row, the last one in view. */
function beside(here: HTMLElement | null, up: boolean, scroller: HTMLElement): HTMLElement | undefined {
  const all = [...scroller.querySelectorAll<HTMLElement>(".message")];
  if (!here) {
    const bottom = scroller.getBoundingClientRect().bottom;
    return all.filter((m) => m.getBoundingClientRect().top < bottom).at(-1);
  }
  const i = all.findIndex((m) => here.contains(m));
  if (i < 0) return all.at(-1);
  return all[up ? i - 1 : i + 1];
}

/** What can be pressed in a message, after or before what has the focus. */
function within(row: HTMLElement, forward: boolean): HTMLElement | undefined {
  const all = [...row.querySelectorAll<HTMLElement>(".message, a, button, pre")];
  const i = all.findIndex((e) => e === document.activeElement);
  return all[forward ? i + 1 : i - 1];
}

function row(r: Row) {
  switch (r.is) {
    case "top":
      return <Top />;
    case "day":
      return <Day at={r.at} />;
    case "message":
      return <MessageRow {...r} />;
    case "erased":
      return <p class="presence">{t().deletedAll(number(r.count))}</p>;
    case "pending":
      return <PendingRow {...r} />;
    case "presence":
      return <PresenceLine presence={r.presence} />;
    case "moderation":
      return <Note event={r.event} />;
    case "gap":
      return <Gap count={r.last - r.first + 1} />;
    case "line":
      return <Line />;
  }
}

function Top() {
  const { room } = store;
  if (room.more.value) return <p class="top">{room.loading.value ? t().loading : "\u00a0"}</p>;
  if (!room.entered.value) return <p class="top">{"\u00a0"}</p>;
  room.version.value;
  if (room.fold.messages.length === 0 && room.pending.value.length === 0) {
    return (
      <div class="empty">
        <p class="wave" aria-hidden="true">👋</p>
        <p class="title">{t().empty}</p>
        <p>{t().emptyHint}</p>
        <button type="button" class="button" onClick={() => (store.panel.value = "share")}><Icon name="share" /> {t().shareTitle}</button>
      </div>
    );
  }
  return <p class="top">{room.fold.first > 1 ? t().goneAll : t().start}</p>;
}

const Day = ({ at }: { at: Date }) => <h2 class="day">{day(at)}</h2>;
const Gap = ({ count }: { count: number }) => <p class="gap">{t().gone(count, number(count))}</p>;
const Line = () => <p class="line"><span>{t().newMessages}</span></p>;

function PresenceLine({ presence }: { presence: Presence }) {
  const all = [...presence.changes.values()];
  const names = (did: "joined" | "left") => all.filter((c) => c.did === did).map((c) => c.nick);
  const lines: string[] = [];
  if (names("joined").length) lines.push(t().joined(list(names("joined"))));
  if (names("left").length) lines.push(t().left(list(names("left"))));
  for (const c of all) if (c.did === "renamed") lines.push(t().renamed(isolated(c.was ?? ""), isolated(c.nick)));
  return <p class="presence">{lines.slice(0, 6).join(" · ")}</p>;
}

function Note({ event }: { event: LogEvent }) {
  const mine = event.action === "claim" && event.member === store.room.you.value?.member && isOwner(store.room.you.value);
  return (
    <p class="presence">
      {moderationText(event)}
      {mine && <> ·<button type="button" class="link" onClick={() => (store.panel.value = "room")}>{t().roomSettings}</button></>}
    </p>
  );
}

/** How high a row may be, before it was in the page. */
function guess(r: Row): number {
  const text = (m: Pick<Message, "content">) => 24 * Math.max(1, Math.ceil(m.content.length / 60));
  switch (r.is) {
    case "message": return 36 + (r.first && !r.own ? 26 : 2) + Math.min(text(r.message), 400);
    case "pending": return 38 + Math.min(text(r.message), 400);
    case "top": return 60;
    default: return 44;
  }
}
