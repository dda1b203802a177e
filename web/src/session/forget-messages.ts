import type { Message } from "../fold.ts";
import { closeMenu } from "../menu.ts";
import type { Composing } from "../room-state.ts";
import { storage } from "../storage.ts";
import { shownFold, store } from "../store.ts";
import { t } from "../texts.ts";
import { forgetAnnouncements } from "./announce.ts";

const { room } = store;

/** Has a message that is deleted or no longer kept stay nowhere in the page, apart from the log. */
export function forgetMessages(gone: (seq: number) => boolean): void {
  if (room.pins.value.some(gone)) room.pins.value = room.pins.value.filter((seq) => !gone(seq));
  forgetAnnouncements(gone);
  const { found } = room.search.value;
  if (found.some((e) => gone(e.seq)))
    room.search.value = { ...room.search.value, found: found.filter((e) => !gone(e.seq)) };
  if (room.composing.value && gone(room.composing.value.message.seq)) stop(room.composing.value);
  const menu = store.menu.value;
  if (menu && "message" in menu && gone(menu.message.seq)) closeMenu();
  const isShown = (m: Pick<Message, "files">) => m.files?.some((f) => f.id === room.image.peek()?.id);
  if (store.panel.value === "image" && ![...shownFold().messages, ...room.pending.value].some(isShown))
    store.panel.value = room.image.value = undefined;
  const confirming = store.confirming.value;
  if (confirming?.is === "delete" && gone(confirming.message.seq))
    store.panel.value = store.confirming.value = undefined;
}

/** Ends a reply to a message that is gone, or its edit. What the user has made of it is theirs, and stays. */
function stop({ is, message }: Composing): void {
  const { edit } = storage.draft(room.code.peek());
  room.composing.value = undefined;
  if (is !== "edit" || !edit?.text.trim() || edit.text === message.content) return;
  room.salvaged.value = edit.text;
  room.error.value = t().deleted;
}
