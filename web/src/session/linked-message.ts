// The message that the page's address names, as the link of a notification does: r/CODE#seq=42.
import { effect, signal, untracked } from "@preact/signals";
import { goTo } from "../actions.ts";
import { store } from "../store.ts";
import { session } from "./current.ts";

const { room } = store;

/** Takes the message out of the page's address. */
function take(): number | undefined {
  const seq = Number(new URLSearchParams(location.hash.slice(1)).get("seq"));
  if (!Number.isSafeInteger(seq) || seq <= 0) return undefined;
  history.replaceState(history.state, "", location.pathname + location.search);
  return seq;
}

/** Goes to the message that the address names, once the room is there. */
export function watchLinkedMessage(): void {
  const wanted = signal(take());
  addEventListener("hashchange", () => (wanted.value = take() ?? wanted.value));
  effect(() => {
    const seq = wanted.value;
    room.version.value; // the replay goes on
    if (seq === undefined || !room.entered.value || room.copied.value) return;
    if (room.fold.last === 0 || !session.value?.log.replayed) return;
    untracked(() => {
      wanted.value = undefined;
      goTo(seq);
    });
  });
}
