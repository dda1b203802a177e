// Asks the user to confirm an action that they can't undo.
import { useState } from "preact/hooks";
import type { Operation } from "../../client.ts";
import { change, perform } from "../actions.ts";
import { gist } from "../markdown/gist.ts";
import { store, type Confirmation } from "../store.ts";
import { duration, isolated, t } from "../texts.ts";
import { Panel } from "./panel.tsx";

const hour = 3600;
const times = [hour, 24 * hour, 7 * 24 * hour, 0]; // seconds; 0 is permanent
const mostReason = 200;

export function ConfirmDialog() {
  const what = store.confirming.value;
  const [reason, setReason] = useState("");
  const [seconds, setSeconds] = useState(hour);
  if (!what) return null;
  const { title, hint, verb } = words(what);
  const close = () => (store.panel.value = store.confirming.value = undefined);
  const go = (e: Event) => {
    e.preventDefault();
    close();
    if (what.is === "delete") void change(what.message, { type: "delete", seq: what.message.seq });
    else void perform(operation(what, reason.trim(), seconds));
  };
  return (
    <Panel title={title} name="confirm">
      <form onSubmit={go}>
        {what.is === "delete" && <blockquote dir="auto">{gist(what.message.content)}</blockquote>}
        <p class="hint">{hint}</p>
        {what.is === "ban" && (
          <fieldset>
            <legend>{t().howLong}</legend>
            <div class="choice">
              {times.map((s) => (
                <label>
                  <input type="radio" name="seconds" checked={s === seconds} onChange={() => setSeconds(s)} />
                  <span>{s === 0 ? t().forGood : duration(s * 1000)}</span>
                </label>
              ))}
            </div>
          </fieldset>
        )}
        {(what.is === "ban" || what.is === "kick") && (
          <label class="labelled">
            <span>{t().reason}</span>
            <input
              value={reason}
              dir="auto"
              maxLength={mostReason}
              placeholder={t().optional}
              autocomplete="off"
              onInput={(e) => setReason(e.currentTarget.value)}
            />
          </label>
        )}
        <div class="row end">
          <button type="button" class="button" autofocus onClick={close}>
            {t().cancel}
          </button>
          <button type="submit" class={what.is === "role" ? "button strong" : "button grave"}>
            {verb}
          </button>
        </div>
      </form>
    </Panel>
  );
}

function operation(what: Exclude<Confirmation, { is: "delete" }>, reason: string, seconds: number): Operation {
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

function words(what: Confirmation): { title: string; hint: string; verb: string } {
  if (what.is === "delete") return { title: t().eraseTitle, hint: t().eraseHint, verb: t().erase };
  const nick = isolated(what.member.nick);
  switch (what.is) {
    case "kick":
      return { title: t().kickTitle(nick), hint: t().kickHint, verb: t().kick };
    case "ban":
      return { title: t().banTitle(nick), hint: t().banHint, verb: t().ban };
    case "role":
      if (what.member.member === store.room.you.value?.member)
        return { title: t().stepTitle, hint: t().stepHint, verb: t().stepDo };
      if (what.role === "owner") return { title: t().ownerTitle(nick), hint: t().ownerHint, verb: t().ownerDo };
      return { title: t().memberTitle(nick), hint: t().memberHint, verb: t().memberDo };
  }
}
