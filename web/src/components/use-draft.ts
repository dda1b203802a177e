import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { Composing } from "../room-state.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";

interface Texts {
  draft: string;
  /** What the user makes of the message with this seq, which is being edited. */
  edit?: { seq: number; text: string };
}

/**
 * The text of the composer, which is stored with each change. While a message is
 * edited it is that message's text, and the draft waits.
 */
export function useDraft(
  code: string,
  composing: Composing | undefined,
  field: RefObject<HTMLTextAreaElement | null>,
): { text: string; setText: (now: string) => void } {
  const [texts, setTexts] = useState<Texts>(() => {
    const { text, edit } = storage.draft(code);
    return { draft: text, ...(edit ? { edit } : {}) };
  });
  const editing = composing?.is === "edit" ? composing : undefined;
  const edit = texts.edit?.seq === editing?.message.seq ? texts.edit : undefined;
  const text = editing ? (edit?.text ?? editing.text ?? editing.message.content) : texts.draft;

  const setText = (now: string) => {
    const next: Texts = editing ? { ...texts, edit: { seq: editing.message.seq, text: now } } : { draft: now };
    setTexts(next);
    storage.patchDraft(code, editing ? { edit: next.edit } : { text: now }); // now: the page may be closed before it renders
  };

  useLayoutEffect(() => {
    // another text: the caret goes to its end
    setTexts((before) => (before.edit?.seq === editing?.message.seq ? before : { draft: before.draft }));
    const end = field.current?.value.length ?? 0;
    field.current?.setSelectionRange(end, end);
  }, [editing?.message.seq]);
  const salvaged = editing ? undefined : store.room.salvaged.value;
  useLayoutEffect(() => {
    if (salvaged === undefined) return;
    store.room.salvaged.value = undefined;
    setText([texts.draft, salvaged].filter(Boolean).join("\n"));
  }, [salvaged]);
  useLayoutEffect(() => {
    fit(field.current!);
  }, [text]);
  useLayoutEffect(() => {
    let width = 0;
    const resizes = new ResizeObserver(([entry]) => {
      if (entry!.contentRect.width === width) return; // its height is what `fit` has changed
      width = entry!.contentRect.width;
      fit(field.current!);
    });
    resizes.observe(field.current!);
    return () => resizes.disconnect();
  }, []);
  return { text, setText };
}

/** Gives the field the height of its text. What is around it keeps its own while that is measured: the list above would be scrolled. */
function fit(area: HTMLTextAreaElement): void {
  const around = area.parentElement!;
  around.style.minHeight = `${around.getBoundingClientRect().height}px`;
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight}px`;
  around.style.minHeight = "";
}

/** Chromium takes seconds to type some thousand lines: the time grows with their square. */
const mostTyped = 300;

/** Replaces a part of what is written as if it were typed, so that it can be undone, unless it has too many lines. */
export function replaceRange(field: HTMLTextAreaElement, from: number, to: number, text: string): void {
  field.setSelectionRange(from, to);
  if (text.split("\n").length <= mostTyped && document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
