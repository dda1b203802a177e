import { store } from "../store.ts";
import { forgetAnnouncements } from "./announce.ts";

const { room } = store;

/** Has a message that is deleted or no longer kept stay nowhere in the page, apart from the log. */
export function forgetMessages(gone: (seq: number) => boolean): void {
  if (room.pins.value.some(gone)) room.pins.value = room.pins.value.filter((seq) => !gone(seq));
  forgetAnnouncements(gone);
  const { found } = room.search.value;
  if (found.some((e) => gone(e.seq)))
    room.search.value = { ...room.search.value, found: found.filter((e) => !gone(e.seq)) };
  if (room.composing.value && gone(room.composing.value.message.seq)) room.composing.value = undefined;
  const menu = store.menu.value;
  if (menu && "message" in menu && gone(menu.message.seq)) store.menu.value = undefined;
  const confirming = store.confirming.value;
  if (confirming?.is === "delete" && gone(confirming.message.seq))
    store.panel.value = store.confirming.value = undefined;
}
