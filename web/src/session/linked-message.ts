// The message that the page's address names, as the link of a notification does: r/CODE#seq=42.
// Links to messages and rooms of this server that somebody has sent are followed in the page.
import { effect, signal, untracked } from "@preact/signals";
import { goTo, messageAt } from "../actions.ts";
import { isCode } from "../code.ts";
import { roomKey } from "../records.ts";
import { base, codeAt, navigate, roomCode } from "../route.ts";
import { store } from "../store.ts";
import { texts } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { session } from "./current.ts";

const { room } = store;

interface Linked {
  code: string;
  /** The message; undefined if the link is that of the room. */
  seq: number | undefined;
}

/** Takes the message out of the page's address. */
function take(): Linked | undefined {
  const link = linked(new URL(location.href));
  if (link?.seq === undefined) return undefined;
  history.replaceState(history.state, "", location.pathname + location.search);
  return link;
}

/** What a link to a message or a room of this server leads to; undefined for other links. */
function linked(url: URL): Linked | undefined {
  const [, name, value] = /^#(seq)=(\d+)$/.exec(url.hash) ?? [];
  const code = url.origin === base.origin && url.pathname.startsWith(base.pathname) ? codeAt(url.pathname) : undefined;
  if (!code || !isCode(code) || (url.hash && !name)) return undefined;
  const seq = Number(value);
  return { code, seq: Number.isSafeInteger(seq) && seq > 0 ? seq : undefined };
}

/** Goes to the message that the address names, or a link that the user follows, once the room is there. */
export function watchLinkedMessage(): void {
  const wanted = signal(take());
  addEventListener("hashchange", () => (wanted.value = take() ?? wanted.value));
  addEventListener("click", (e) => {
    const link = e.target instanceof Element && e.target.closest<HTMLAnchorElement>(".content a[href]");
    if (!link || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const to = linked(new URL(link.href));
    if (!to) return;
    e.preventDefault();
    if (!isShown(to.code)) navigate(to.code);
    wanted.value = to;
  });
  effect(() => {
    const { code, seq } = wanted.value ?? {};
    room.version.value; // the replay goes on
    if (code === undefined) return;
    if (!isShown(code)) return void (wanted.value = undefined); // the user has gone elsewhere
    if (seq === undefined || roomKey(room.code.value) !== roomKey(code) || !room.entered.value || room.copied.value)
      return;
    if (room.fold.last === 0 || !session.value?.log.replayed) return;
    untracked(() => {
      wanted.value = undefined;
      void show(seq);
    });
  });
}

function isShown(code: string): boolean {
  return roomKey(roomCode.value ?? "") === roomKey(code);
}

/** Goes to a message, or to where it was. */
async function show(seq: number): Promise<void> {
  const { fold } = room;
  goTo(seq);
  if (!(await messageAt(seq)) && room.fold === fold) room.error.value = texts("life", lifeTexts).erased;
}
