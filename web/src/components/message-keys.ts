// What keys do in the message list.
import { confirm, edit, replyTo } from "../actions.ts";
import { alongLine } from "../arrows.ts";
import { latinKey } from "../latin-key.ts";
import type { Message } from "../fold.ts";
import { openMenu } from "../menu.ts";
import { canEdit, canDelete } from "../permissions.ts";
import { rows, store } from "../store.ts";

/**
 * Handles a key in the list: up and down go from message to message, left and right
 * through what can be pressed in a message. On a message Enter and R reply, E edits,
 * Delete asks to delete it, M opens its menu. End goes to the newest message, Escape
 * back to the composer, or from an older part of the log to the newest message.
 */
export function handleListKey(e: KeyboardEvent, to: { toEnd: () => void; escape: () => void }): void {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const here = e.target instanceof Element ? e.target.closest<HTMLElement>("li[data-key]") : null;
  const onMessage = e.target instanceof Element && e.target.classList.contains("message");
  switch (e.key) {
    case "ArrowUp":
    case "ArrowDown": {
      const beside = messageBeside(here, e.key === "ArrowUp", e.currentTarget as HTMLElement);
      beside?.focus({ preventScroll: true });
      beside?.scrollIntoView({ block: "nearest" });
      break;
    }
    case "ArrowRight":
    case "ArrowLeft":
      if (!here) return;
      controlBeside(here, alongLine(e.key))?.focus();
      break;
    case "End":
      to.toEnd();
      break;
    case "Escape":
      to.escape();
      break;
    default: {
      const row = rows.value.find((r) => r.key === here?.dataset.key);
      if (!onMessage || row?.is !== "message" || row.message.deleted || !act(e, row.message, e.target as HTMLElement))
        return;
    }
  }
  e.preventDefault();
}

/** Does what a key stands for on a message; it reports whether it stands for anything. */
function act(e: KeyboardEvent, message: Message, at: HTMLElement): boolean {
  const you = store.room.you.value;
  const letter = latinKey(e);
  if (e.key === "Enter" || letter === "r") replyTo(message);
  else if (e.key === "ContextMenu" || letter === "m") openMenu({ is: "message", message, at });
  else if (letter === "e" && canEdit(you, message)) edit(message);
  else if (e.key === "Delete" && canDelete(you, message)) confirm({ is: "delete", message });
  else return false;
  return true;
}

/** The message above or below a row; without a row, the last one in view. */
function messageBeside(here: HTMLElement | null, up: boolean, scroller: HTMLElement): HTMLElement | undefined {
  const all = [...scroller.querySelectorAll<HTMLElement>(".message")];
  if (!here) {
    const bottom = scroller.getBoundingClientRect().bottom;
    return all.filter((m) => m.getBoundingClientRect().top < bottom).at(-1);
  }
  const i = all.findIndex((m) => here.contains(m));
  if (i < 0) return all.at(-1);
  return all[up ? i - 1 : i + 1];
}

/** What can be pressed in a message, after (1) or before (-1) what has the focus. */
function controlBeside(row: HTMLElement, step: number): HTMLElement | undefined {
  const all = [...row.querySelectorAll<HTMLElement>(".message, a, button, pre")];
  const i = all.findIndex((e) => e === document.activeElement);
  return all[i + step];
}
