// Of what the user is notified: in the shown room, and for all rooms when not.
import { askPermission, level, permission, setLevel } from "../notify/level.ts";
import { pushed } from "../notify/registration.ts";
import { chime } from "../notify/sound.ts";
import type { Quiet } from "../levels.ts";
import { storage, type Settings } from "../storage.ts";
import { store } from "../store.ts";
import { texts } from "../texts.ts";
import { notifyTexts } from "../texts/notify.ts";
import { Choice } from "./choice.tsx";

const n = () => texts("notify", notifyTexts);

/** The quiet time that a user begins with. */
const atFirst: Quiet = { from: "22:00", to: "07:00" };

const set = (change: Partial<Settings>): void => {
  storage.settings = store.settings.value = { ...store.settings.value, ...change };
};

export function Notifications() {
  const inRoom = store.room.code.value !== "";
  const now = inRoom ? level.value : store.settings.value.notify;
  const { sound } = store.settings.value;
  return (
    <>
      <Choice
        label={inRoom ? n().here : n().elsewhere}
        name="level"
        value={now}
        options={{ all: n().all, mentions: n().mentions, none: n().none }}
        hint={
          now !== "none" && (
            <>
              {now === "mentions" && n().mentionsHint} {state(inRoom)}{" "}
              {permission.value === "default" && (
                <button type="button" class="link" onClick={() => void askPermission()}>
                  {n().ask}
                </button>
              )}
            </>
          )
        }
        onPick={(chosen) => {
          if (chosen !== "none") void askPermission();
          setLevel(chosen);
        }}
      />
      <fieldset>
        <legend>{n().inAllRooms}</legend>
        <label class="check">
          <input
            type="checkbox"
            checked={sound}
            onChange={(e) => {
              set({ sound: e.currentTarget.checked });
              if (e.currentTarget.checked) chime();
            }}
          />
          {n().sound}
        </label>
        <QuietTime />
      </fieldset>
    </>
  );
}

/** What the user can expect, or has to do first. */
function state(inRoom: boolean): string {
  if (permission.value === undefined) {
    if (!isSecureContext) return n().needEncryption;
    return needsHomeScreen() ? n().addToHome : n().cantNotify;
  }
  if (permission.value === "denied") return n().notAllowed;
  if (permission.value === "default") return n().notAsked;
  if (!inRoom) return "";
  return pushed.value === "yes" ? n().whenClosed : pushed.value === "failed" ? n().noPush : n().whenOpen;
}

/** Whether this is an iPhone or iPad that shows the page in its browser: only what is on its home screen may notify. */
function needsHomeScreen(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  const iOS = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
  return iOS && !matchMedia("(display-mode: standalone)").matches;
}

function QuietTime() {
  const { quiet } = store.settings.value;
  const time = (label: string, end: keyof Quiet) => (
    <label class="labelled">
      <span>{label}</span>
      <input
        type="time"
        required
        value={quiet![end]}
        onChange={(e) => {
          if (e.currentTarget.value) set({ quiet: { ...quiet!, [end]: e.currentTarget.value } });
        }}
      />
    </label>
  );
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={quiet !== undefined}
          onChange={(e) => set({ quiet: e.currentTarget.checked ? atFirst : undefined })}
        />
        {n().quiet}
      </label>
      {quiet && (
        <div class="row times">
          {time(n().quietFrom, "from")}
          {time(n().quietTo, "to")}
        </div>
      )}
    </>
  );
}
