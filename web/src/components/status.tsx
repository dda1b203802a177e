// The state of the connection.
import { store } from "../store.ts";
import { t } from "../texts.ts";

/** The state as a dot and a word, in the header. */
export function Status() {
  const { state, entered, away } = store.room;
  const [kind, text] =
    state.value.is === "open"
      ? ["good", t().connected]
      : state.value.is === "ended" || state.value.is === "refused"
        ? ["bad", t().notConnected]
        : ["waiting", entered.value ? t().reconnecting : away.value ? t().notConnected : t().connecting];
  return (
    <span class={`status ${kind}`} role="status" translate={false}>
      <span class="dot" aria-hidden="true" />
      <span class="word">{text}</span>
    </span>
  );
}
