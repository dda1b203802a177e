// Asks the user to confirm an action that they can't undo.
import { useState } from "preact/hooks";
import type { Operation } from "../../client.ts";
import { change, forget, perform, signOut } from "../actions.ts";
import { endAllNotifying, endNotifying } from "../notify/registration.ts";
import { gistOf } from "../content.ts";
import type { Message } from "../fold.ts";
import { isOwner } from "../permissions.ts";
import { endSession } from "../sign-in.ts";
import { current, store, type Confirmation } from "../store.ts";
import { duration, isolated, t, texts } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { Panel } from "./panel.tsx";
import { menuTexts } from "../texts/menus.ts";

const m = () => texts("menus", menuTexts);

const hour = 3600;
const times = [hour, 24 * hour, 7 * 24 * hour, 0]; // seconds; 0 is permanent
const mostReason = 200;

export function ConfirmDialog() {
  const what = store.confirming.value;
  const [reason, setReason] = useState(what && "reason" in what ? (what.reason ?? "") : "");
  const [seconds, setSeconds] = useState(hour);
  if (!what) return null;
  const { title, hint, verb } = words(what);
  const close = () => (store.panel.value = store.confirming.value = undefined);
  const go = (e: Event) => {
    e.preventDefault();
    close();
    if (what.is === "forget") {
      void endNotifying(store.room.code.value);
      forget();
    } else if (what.is === "signOut") void endEverything();
    else if (what.is === "delete") void change(what.message, { type: "delete", seq: what.message.seq });
    else void perform(operation(what, reason.trim(), seconds));
  };
  return (
    <Panel title={title} name="confirm">
      <form onSubmit={go}>
        {what.is === "delete" && <Quote message={what.message} />}
        <p class="hint">{hint}</p>
        {what.is === "ban" && (
          <fieldset>
            <legend>{m().howLong}</legend>
            <div class="choice">
              {times.map((s) => (
                <label>
                  <input type="radio" name="seconds" checked={s === seconds} onChange={() => setSeconds(s)} />
                  <span>{s === 0 ? m().forGood : duration(s * 1000)}</span>
                </label>
              ))}
            </div>
          </fieldset>
        )}
        {(what.is === "ban" || what.is === "kick") && (
          <label class="labelled">
            <span>{m().reason}</span>
            <input
              value={reason}
              dir="auto"
              maxLength={mostReason}
              placeholder={m().optional}
              autocomplete="off"
              onInput={(e) => setReason(e.currentTarget.value)}
            />
          </label>
        )}
        <div class="row end">
          <button type="button" class="button" autofocus onClick={close}>
            {t().cancel}
          </button>
          <button type="submit" class={what.is === "role" || what.is === "keep" ? "button strong" : "button grave"}>
            {verb}
          </button>
        </div>
      </form>
    </Panel>
  );
}

/** What a message says: it may be edited meanwhile. */
function Quote({ message }: { message: Message }) {
  store.room.version.value;
  return <blockquote dir="auto">{gistOf(current(message))}</blockquote>;
}

function operation(
  what: Exclude<Confirmation, { is: "delete" | "forget" | "signOut" }>,
  reason: string,
  seconds: number,
): Operation {
  if (what.is === "keep") return { type: "set", keep_seconds: what.seconds };
  if (what.is === "close") return { type: "close" };
  const { member } = what.member;
  const why = reason ? { reason } : {};
  switch (what.is) {
    case "kick":
      return { type: "kick", member, ...why };
    case "ban":
      return { type: "ban", member, ...why, ...(seconds ? { seconds } : {}) };
    case "role":
      return { type: "role", member, role: what.role };
  }
}

/** Ends what the server has for the user, and then forgets what this browser has. */
async function endEverything(): Promise<void> {
  await endAllNotifying();
  if (await endSession()) await signOut();
}

function words(what: Confirmation): { title: string; hint: string; verb: string } {
  if (what.is === "delete") return { title: m().eraseTitle, hint: m().eraseHint, verb: m().erase };
  const l = texts("life", lifeTexts);
  switch (what.is) {
    case "forget":
      return {
        title: l.forgetTitle,
        hint: `${l.forgetWarning} ${isOwner(store.room.you.value) ? l.forgetOwner : ""}`,
        verb: l.forgetDo,
      };
    case "signOut":
      return { title: l.signOutTitle, hint: l.signOutWarning, verb: l.signOutDo };
    case "close":
      return { title: l.closeTitle, hint: l.closeWarning, verb: l.closeDo };
    case "keep":
      return { title: l.keepTitle(duration(what.seconds * 1000)), hint: l.keepWarning, verb: l.keepDo };
  }
  const nick = isolated(what.member.nick);
  switch (what.is) {
    case "kick":
      return { title: m().kickTitle(nick), hint: m().kickHint, verb: m().kick };
    case "ban":
      return { title: m().banTitle(nick), hint: m().banHint, verb: m().ban };
    case "role":
      if (what.member.member === store.room.you.value?.member)
        return { title: m().stepTitle, hint: m().stepHint, verb: m().stepDo };
      if (what.role === "owner") return { title: m().ownerTitle(nick), hint: m().ownerHint, verb: m().ownerDo };
      return { title: m().memberTitle(nick), hint: m().memberHint, verb: m().memberDo };
  }
}
