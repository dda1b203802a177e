// A room.
import { useEffect } from "preact/hooks";
import { whyNotNick } from "../refusals.ts";
import { follow, base } from "../route.ts";
import { enter, leave } from "../session.ts";
import { store, type Panel } from "../store.ts";
import { list, number, t } from "../texts.ts";
import { nameOf, token } from "../token.ts";
import { Ask } from "./ask.tsx";
import { Composer } from "./composer.tsx";
import { Barred, Password } from "./door.tsx";
import { Icon } from "./icons.tsx";
import { MembersAside, MembersPanel } from "./members.tsx";
import { Menus } from "./menu.tsx";
import { Messages } from "./messages.tsx";
import { Nick } from "./nick.tsx";
import { RoomSettings } from "./roomsettings.tsx";
import { Settings } from "./settings.tsx";
import { Share } from "./share.tsx";
import { Notice, Status } from "./status.tsx";

export function Room({ code }: { code: string }) {
  const { room } = store;
  const named = (nameOf(token.value) || store.nick.value) !== "";
  useEffect(() => {
    if (!named) return;
    enter(code, nameOf(token.peek()) || store.nick.peek());
    return leave;
  }, [code, named]);

  if (!named) return <Nick code={code} />;
  if (room.code.value === "") return null;
  const state = room.state.value;
  if (!room.entered.value && state.is === "ended" && state.why.code !== "left") return <Barred code={code} why={state.why} />;
  if (!room.entered.value && state.is === "waiting" && state.why) return <Barred code={code} why={state.why} until={state.until} />;
  if (room.asked.value > 0) return <Password code={code} />;
  if (state.is === "refused") return <Nick code={code} wrong={whyNotNick(state.why)} />;
  return (
    <div class="room">
      <Header />
      <main>
        <Notice />
        <Messages />
        <Typing />
        <Composer />
      </main>
      <MembersAside />
      {store.panel.value === "members" && <MembersPanel />}
      {store.panel.value === "share" && <Share />}
      {store.panel.value === "settings" && <Settings />}
      {store.panel.value === "room" && <RoomSettings />}
      {store.panel.value === "ask" && <Ask />}
      {store.panel.value === undefined && <Menus />}
    </div>
  );
}

function Header() {
  const { room } = store;
  const topic = room.settings.value?.topic;
  const out = room.state.value.is === "ended";
  const open = (panel: Panel) => () => (store.panel.value = panel);
  return (
    <header class="top-bar">
      <a class="plain" href={base.href} aria-label={t().back} title={t().back} onClick={follow(undefined)}><Icon name="back" /></a>
      <div class="title">
        <h1><bdi>{room.code.value}</bdi></h1>
        <p><Status />{room.settings.value?.locked && <span class="locked" title={t().lockedTitle}><Icon name="lock" /><span class="unseen">{t().lockedTitle}</span></span>}{topic && <bdi class="topic" title={topic}>{topic}</bdi>}</p>
      </div>
      <button type="button" class="plain people-button" aria-label={out ? t().members : `${t().members}: ${t().here(room.count.value, number(room.count.value))}`} title={t().members} onClick={open("members")}>
        <Icon name="people" />{!out && <span class="badge">{number(room.count.value)}</span>}
      </button>
      <button type="button" class="plain" aria-label={t().share} title={t().share} onClick={open("share")}><Icon name="share" /></button>
      <button type="button" class="plain" aria-label={t().settings} title={t().settings} onClick={open("settings")}><Icon name="settings" /></button>
    </header>
  );
}

function Typing() {
  const { typing, members } = store.room;
  const names = [...typing.value.keys()].flatMap((id) => members.value.find((m) => m.member === id)?.nick ?? []);
  const text = names.length === 0 ? "" : names.length > 3 ? t().someTyping : t().typing(list(names), names.length);
  return <p class="typing" aria-hidden="true">{text && <span class="dots"><i /><i /><i /></span>}{text}</p>;
}
