// The user's rooms: a column next to the room on a wide screen, a panel elsewhere.
import { gistOf } from "../content.ts";
import { emoteOf } from "../emote.ts";
import { embedded } from "../embedded.ts";
import type { Message } from "../fold.ts";
import { Hues } from "../hues.ts";
import { overviews, type Overview } from "../session/other-rooms.ts";
import { roomKey } from "../records.ts";
import { base, linkTo, roomLink } from "../route.ts";
import { storage, type Visit } from "../storage.ts";
import { store, unread } from "../store.ts";
import { ago, clockOrDay, form, isolated, number, t, texts } from "../texts.ts";
import { roomsTexts } from "../texts/rooms.ts";
import { Icon } from "./later-icons.tsx";
import { Letter } from "./member-marks.tsx";
import { Panel } from "./panel.tsx";

const r = () => texts("rooms", roomsTexts);

/** Rooms have colours, too. */
const hues = new Hues();

/** The column. There is none for somebody who knows no other room, nor in the frame of an element. */
export function RoomsColumn() {
  const here = roomKey(store.room.code.value);
  if (embedded || store.visits.value.every(({ code }) => roomKey(code) === here)) return null;
  return (
    <nav class="rooms-column" aria-label={r().yourRooms}>
      <Rooms />
    </nav>
  );
}

export function RoomsPanel() {
  return (
    <Panel title={r().yourRooms} name="rooms-panel">
      <Rooms />
    </Panel>
  );
}

/** The button that opens the panel, in place of the link to the start page. It counts what is new in other rooms. */
export function RoomsButton() {
  const here = roomKey(store.room.code.value);
  const all = [...overviews.value].filter(([key]) => key !== here).map(([, o]) => o);
  const count = all.reduce((n, o) => n + o.unread, 0);
  const counted = counting(
    count,
    all.some((o) => o.more),
  );
  const label = [r().rooms, ...(count > 0 ? [form(t().unread, count)(counted)] : [])].join(": ");
  return (
    <button type="button" class="plain" aria-label={label} title={label} onClick={() => (store.panel.value = "rooms")}>
      <Icon name="rooms" />
      {count > 0 && (
        <span class={`badge news${all.some((o) => o.mentioned) ? " mention" : ""}`} translate={false}>
          {counted}
        </span>
      )}
    </button>
  );
}

/** So many, or more than that. */
const counting = (count: number, more = false): string => `${number(count)}${more ? "+" : ""}`;

function Rooms() {
  const { room } = store;
  room.version.value;
  const fold = room.copied.value ?? room.fold;
  const here = roomKey(room.code.value);
  const you = room.you.value?.member;
  const rooms = store.visits.value
    .map((visit) => {
      const key = roomKey(visit.code);
      const overview: Overview | undefined =
        key === here && fold.last > 0
          ? {
              last: fold.messages.findLast((m) => !m.deleted),
              unread: unread.value,
              more: false,
              mentioned: room.fold.newsAfter(room.seen.value, you).some((m) => !!you && m.mentions?.includes(you)),
            }
          : overviews.value.get(key);
      return { visit, overview, here: key === here, at: overview?.last?.at.getTime() ?? visit.at };
    })
    .sort((a, b) => b.at - a.at);
  return (
    <>
      <ul class="rooms">
        {rooms.map(({ visit, overview, here, at }) => (
          <li key={roomKey(visit.code)}>
            <RoomLink visit={visit} overview={overview} here={here} at={at} />
          </li>
        ))}
      </ul>
      <a class="other-room" href={base.href} onClick={linkTo(undefined)}>
        <Icon name="plus" /> {r().newRoom}
      </a>
    </>
  );
}

interface LinkProps {
  visit: Visit;
  overview: Overview | undefined;
  here: boolean;
  at: number;
}

function RoomLink({ visit: { code, name, topic }, overview, here, at }: LinkProps) {
  const { last, unread = 0, more, mentioned, refused } = overview ?? {};
  const count = counting(unread, more);
  const go = linkTo(code);
  return (
    <a
      class={unread > 0 ? "news" : ""}
      href={roomLink(code)}
      aria-current={here ? "page" : undefined}
      onClick={(e) => {
        if (here) e.preventDefault();
        else go(e);
        if (e.defaultPrevented) store.panel.value = undefined;
      }}
    >
      <Letter of={name || code} hue={`hue${hues.of(roomKey(code))}`} />
      <span class="which">
        <bdi class="name">{name || code}</bdi>
        <bdi class="said">
          {refused
            ? refusalText(refused)
            : last
              ? lineOf(last, storage.place(code)?.member)
              : topic || (name ? code : "")}
        </bdi>
      </span>
      <span class="when" title={ago(at)}>
        {clockOrDay(new Date(at))}
      </span>
      {unread > 0 && (
        <span class={`badge news${mentioned ? " mention" : ""}`}>
          <span aria-hidden="true">
            {mentioned && "@"}
            {count}
          </span>
          <span class="unseen">
            {form(t().unread, unread)(count)}
            {mentioned && `, ${r().mentioned}`}
          </span>
        </span>
      )}
    </a>
  );
}

const refusalText = (code: string): string => (code === "closed" ? r().closed : r().unreadable);

function lineOf(m: Message, you: string | undefined): string {
  if (emoteOf(m.content) !== undefined) return `${isolated(m.as ?? m.from.nick)} ${gistOf(m)}`;
  const nick = m.from.member === you ? t().youDid : (m.as ?? m.from.nick);
  return r().said(isolated(nick), gistOf(m));
}
