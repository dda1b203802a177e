// The page of a room.
import { useLayoutEffect, useRef } from "preact/hooks";
import { embedded } from "../embedded.ts";
import { nickErrorText } from "../errors.ts";
import { enterRoom, leaveRoom } from "../actions.ts";
import { storage } from "../storage.ts";
import { barred, roomTitle, store, type Panel } from "../store.ts";
import { counted, list, number, t } from "../texts.ts";
import { nameOf, token } from "../token.ts";
import { Composer } from "./composer.tsx";
import { Back } from "./back.tsx";
import { Icon } from "./icons.tsx";
import { lazy } from "./lazy.tsx";
import { LazyOverlays } from "./lazy-overlays.tsx";
import { Messages } from "./messages.tsx";
import { Status } from "./status.tsx";

const Barrier = lazy((m) => m.Barrier);
const Knocks = lazy((m) => m.Knocks);
const Lifetime = lazy((m) => m.Lifetime);
const Members = lazy((m) => m.Members);
const NickForm = lazy((m) => m.NickForm);
const Notice = lazy((m) => m.Notice);
const RoomsButton = lazy((m) => m.RoomsButton);
const RoomsColumn = lazy((m) => m.RoomsColumn);

export function Room({ code }: { code: string }) {
  const { room } = store;
  const nick = nameOf(token.value) || store.nick.value || storage.place(code)?.nick || "";
  const named = nick !== "";
  useLayoutEffect(() => {
    if (!named) return;
    enterRoom(code, nick, token.peek());
    return leaveRoom;
  }, [code, named]);

  const field = useRef<HTMLTextAreaElement>(null);

  if (!named) return <NickForm code={code} />;
  if (room.code.value === "") return null;
  const state = room.state.value;
  const out = barred.value;
  const takesFocus = !!field.current?.form?.contains(document.activeElement); // the user was writing
  const tries = state.is === "waiting" || state.is === "connecting"; // then a copy may be shown
  const read =
    (room.entered.value && !("why" in state && state.why?.code === "closed")) || (tries && room.copied.value);
  if (out && !read)
    return (
      <div class="room">
        <RoomsColumn />
        <Barrier alone takesFocus={takesFocus} />
      </div>
    );
  if (!out && state.is === "refused") return <NickForm code={code} wrong={nickErrorText(state.why)} />;
  return (
    <div class="room">
      <RoomsColumn />
      <Header />
      <main>
        <Notice />
        {room.knocks.value.length > 0 && <Knocks />}
        <Messages onEscape={() => field.current?.focus()} />
        <Typing />
        {out ? <Barrier takesFocus={takesFocus} /> : <Composer field={field} />}
      </main>
      <aside class="aside" aria-label={t().members}>
        <Members />
      </aside>
      <LazyOverlays />
    </div>
  );
}

function Header() {
  const { room } = store;
  const { topic, name, locked } = room.settings.value ?? {};
  const pins = room.pins.value.length;
  const out = room.state.value.is === "ended" || !room.entered.value;
  const open = (panel: Panel) => () => (store.panel.value = panel);
  return (
    <header class="top-bar">
      <Back class="back" />
      {!embedded && store.visits.value.length > 1 && (
        <span class="rooms-button">
          <RoomsButton />
        </span>
      )}
      <div class="title">
        <h1 translate={false}>
          <bdi>{roomTitle.value}</bdi>
          {name && <bdi class="its-code">{room.code.value}</bdi>}
        </h1>
        <p>
          <Status />
          {locked && (
            <span class="locked" title={t().lockedTitle}>
              <Icon name="lock" />
              <span class="unseen">{t().lockedTitle}</span>
            </span>
          )}
          <Lifetime />
          {topic && (
            <bdi key={topic} class="topic" title={topic}>
              {topic}
            </bdi>
          )}
        </p>
      </div>
      {pins > 0 && (
        <button
          type="button"
          class="plain pins-button"
          aria-label={`${t().pins}: ${number(pins)}`}
          title={t().pins}
          onClick={open("pins")}
        >
          <Icon name="pin" />
          <span class="badge" translate={false}>
            {number(pins)}
          </span>
        </button>
      )}
      {room.limits.value?.query_chars && <Opener panel="search" />}
      <button
        type="button"
        class="plain people-button"
        aria-label={out ? t().members : `${t().members}: ${number(room.count.value)}`}
        title={t().members}
        onClick={open("members")}
      >
        <Icon name="people" />
        {!out && (
          <span class="badge" translate={false}>
            {number(room.count.value)}
          </span>
        )}
      </button>
      <Opener panel="share" />
      <Opener panel="settings" />
    </header>
  );
}

/** The button that opens a panel. */
function Opener({ panel }: { panel: "search" | "share" | "settings" }) {
  const label = t()[panel];
  return (
    <button type="button" class="plain" aria-label={label} title={label} onClick={() => (store.panel.value = panel)}>
      <Icon name={panel} />
    </button>
  );
}

function Typing() {
  const { typing, members } = store.room;
  const names = [...typing.value.keys()].flatMap((id) => members.value.find((m) => m.member === id)?.nick ?? []);
  const text =
    names.length === 0 ? "" : names.length > 3 ? t().someTyping : counted(t().typing, names.length, list(names));
  return (
    <p class="typing" aria-hidden="true" translate={false}>
      {text && (
        <span class="dots">
          <i />
          <i />
          <i />
        </span>
      )}
      {text}
    </p>
  );
}
