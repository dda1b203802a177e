import { stopComposing } from "../actions.ts";
import { gistOf } from "../content.ts";
import type { Composing } from "../room-state.ts";
import { current, store } from "../store.ts";
import { isolated, t } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { hue } from "./member-marks.tsx";

/** Shows above the composer which message the user edits or replies to. */
export function ComposingBar({ composing }: { composing: Composing }) {
  store.room.version.value; // the message may be edited meanwhile
  const { is } = composing;
  const message = current(composing.message);
  const editing = is === "edit";
  const stop = editing ? t().stopEditing : t().stopReplying;
  return (
    <div key={message.seq} class="answering">
      <Icon name={editing ? "edit" : "reply"} />
      <span class={editing ? "text" : `text ${hue(message.from.member)}`}>
        <b>{editing ? t().editing : t().replyingTo(isolated(message.from.nick))}</b>
        <span key={message.content} dir="auto">
          {gistOf(message)}
        </span>
      </span>
      <button type="button" class="plain" aria-label={stop} title={stop} onClick={stopComposing}>
        <Icon name="close" />
      </button>
    </div>
  );
}
