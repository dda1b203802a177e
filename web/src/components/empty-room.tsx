// A room without messages: what the user can begin with.
import { send } from "../actions.ts";
import { embedded } from "../embedded.ts";
import { isOwner } from "../permissions.ts";
import { barred, store } from "../store.ts";
import { t, texts } from "../texts.ts";
import { welcomeTexts } from "../texts/welcome.ts";
import { Icon } from "./later-icons.tsx";

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
  return (
    <>
      <p>{w().emptyHint}</p>
      <ul>
        <li>
          <button type="button" class="button wide" onClick={open("share")}>
            <Icon name="share" /> {t().shareTitle}
          </button>
        </li>
        <li>
          <button type="button" class="button wide" onClick={greet}>
            <Icon name="smile" /> {w().hello}
          </button>
        </li>
        {isOwner(store.room.you.value) ? (
          <li>
            <button type="button" class="button wide" onClick={open("room")}>
              <Icon name="edit" /> {w().nameRoom}
            </button>
          </li>
        ) : (
          !embedded && (
            <li>
              <button type="button" class="button wide" onClick={open("settings")}>
                <Icon name="bell" /> {w().notified}
              </button>
            </li>
          )
        )}
      </ul>
    </>
  );
}
