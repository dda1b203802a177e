// A room without messages: what the user can begin with.
import { send } from "../actions.ts";
import { embedded } from "../embedded.ts";
import { isOwner } from "../permissions.ts";
import { barred, store } from "../store.ts";
import { t, texts } from "../texts.ts";
import { welcomeTexts } from "../texts/welcome.ts";
import { Icon, type IconName } from "./later-icons.tsx";

const w = () => texts("welcome", welcomeTexts);

export function EmptyRoom() {
  return (
    <div class="empty">
      <p class="wave" aria-hidden="true">
        👋
      </p>
      <p class="title">{w().empty}</p>
      {!barred.value && <Beginnings />}
    </div>
  );
}

function Beginnings() {
  const open = (panel: "share" | "room" | "settings") => () => (store.panel.value = panel);
  const greet = () => {
    send(w().greeting);
    document.getElementById("draft")?.focus(); // the button goes with the first message
  };
  const owner = isOwner(store.room.you.value);
  return (
    <>
      <p>{w().emptyHint}</p>
      <ul>
        <Beginning icon="share" text={t().shareTitle} onClick={open("share")} />
        <Beginning icon="smile" text={w().hello} onClick={greet} />
        {owner && <Beginning icon="edit" text={w().nameRoom} onClick={open("room")} />}
        {!owner && !embedded && <Beginning icon="bell" text={w().notified} onClick={open("settings")} />}
      </ul>
    </>
  );
}

interface BeginningProps {
  icon: IconName;
  text: string;
  onClick: () => void;
}

function Beginning({ icon, text, onClick }: BeginningProps) {
  return (
    <li>
      <button type="button" class="button wide" onClick={onClick}>
        <Icon name={icon} /> {text}
      </button>
    </li>
  );
}
