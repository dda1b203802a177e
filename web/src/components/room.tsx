// The page of a room.
import { useEffect, useRef } from "preact/hooks";
import { nickErrorText } from "../errors.ts";
import { linkTo, base } from "../route.ts";
import { enterRoom, leaveRoom } from "../actions.ts";
import { store, type Panel } from "../store.ts";
import { list, number, soonMoment, t } from "../texts.ts";
import { nameOf, token } from "../token.ts";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { lazy } from "./lazy.tsx";
import { LazyOverlays } from "./lazy-overlays.tsx";
import { MembersAside } from "./members.tsx";
import { Messages } from "./messages.tsx";
import { Notice, Status } from "./status.tsx";

const JoinRefused = lazy(async () => (await import("./later.tsx")).JoinRefused);
const Knocking = lazy(async () => (await import("./later.tsx")).Knocking);
const Knocks = lazy(async () => (await import("./later.tsx")).Knocks);
const NickForm = lazy(async () => (await import("./later.tsx")).NickForm);
const PasswordForm = lazy(async () => (await import("./later.tsx")).PasswordForm);

export function Room({ code }: { code: string }) {
  const { room } = store;
  const named = (nameOf(token.value) || store.nick.value) !== "";
  useEffect(() => {
    if (!named) return;
    enterRoom(code, nameOf(token.peek()) || store.nick.peek(), token.peek());
    return leaveRoom;
  }, [code, named]);

  const field = useRef<HTMLTextAreaElement>(null);

  if (!named) return <NickForm code={code} />;
  if (room.code.value === "") return null;
  const state = room.state.value;
  if (state.is === "ended" && (state.why.code === "closed" || !room.entered.value) && state.why.code !== "left")
    return <JoinRefused code={code} why={state.why} />;
  if (room.knocking.value) return <Knocking code={code} />;
  if (!room.entered.value && state.is === "waiting" && state.why)
    return <JoinRefused code={code} why={state.why} until={state.until} />;
  if (room.passwordPrompts.value > 0) return <PasswordForm code={code} />;
  if (state.is === "refused") return <NickForm code={code} wrong={nickErrorText(state.why)} />;
  return (
    <div class="room">
      <Header />
      <main>
        <Notice />
        {room.knocks.value.length > 0 && <Knocks />}
        <Messages onEscape={() => field.current?.focus()} />
        <Typing />
        <Composer field={field} />
      </main>
      <MembersAside />
      <LazyOverlays />
    </div>
  );
}

function Header() {
  const { room } = store;
  const { topic, name, locked, expires } = room.settings.value ?? {};
  const pins = room.pins.value.length;
  const out = room.state.value.is === "ended";
  const open = (panel: Panel) => () => (store.panel.value = panel);
  return (
    <header class="top-bar">
      <a class="plain" href={base.href} aria-label={t().back} title={t().back} onClick={linkTo(undefined)}>
        <Icon name="back" />
      </a>
      <div class="title">
        <h1 translate={false}>
          <bdi>{name || room.code.value}</bdi>
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
          {expires && <span class="ends">{t().expiring(soonMoment(new Date(expires)))}</span>}
          {topic && (
            <bdi key={topic} class="topic" title={topic}>
              {topic}
            </bdi>
          )}
        </p>
      </div>
      {pins > 0 && (
        <button type="button" class="plain" aria-label={t().pins} title={t().pins} onClick={open("pins")}>
          <Icon name="pin" />
        </button>
      )}
      <button
        type="button"
        class="plain people-button"
        aria-label={out ? t().members : `${t().members}: ${t().here(room.count.value, number(room.count.value))}`}
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
      <button type="button" class="plain" aria-label={t().share} title={t().share} onClick={open("share")}>
        <Icon name="share" />
      </button>
      <button type="button" class="plain" aria-label={t().settings} title={t().settings} onClick={open("settings")}>
        <Icon name="settings" />
      </button>
    </header>
  );
}

function Typing() {
  const { typing, members } = store.room;
  const names = [...typing.value.keys()].flatMap((id) => members.value.find((m) => m.member === id)?.nick ?? []);
  const text = names.length === 0 ? "" : names.length > 3 ? t().someTyping : t().typing(list(names), names.length);
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
