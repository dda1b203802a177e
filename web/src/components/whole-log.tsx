import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { latinKey } from "../latin-key.ts";
import type { Row } from "../rows.ts";
import { store } from "../store.ts";
import { transcript } from "../transcript.ts";
import type { VirtualList } from "./virtual-list.tsx";

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

/**
 * Lets the browser copy, find and print all that is loaded, though the list has few
 * rows in the page. Copying several messages copies each with its time and sender.
 * Ctrl+F is the browser's own; once more, it searches the room.
 */
export function WholeLog({ list }: { list: RefObject<VirtualList<Row> | null> }) {
  useEffect(() => {
    const copy = (e: ClipboardEvent): void => {
      const rows = isField(e.target) ? [] : (list.current?.selection() ?? []);
      if (rows.length < 2 || !e.clipboardData) return;
      e.clipboardData.setData("text/plain", transcript(rows));
      e.preventDefault();
    };
    const key = (e: KeyboardEvent): void => {
      if (!(e.ctrlKey || e.metaKey) || e.shiftKey || e.altKey || document.querySelector("dialog[open]")) return;
      if (latinKey(e) === "f") {
        if (list.current?.expanded && store.room.limits.peek()?.query_chars) {
          store.panel.value = "search";
          e.preventDefault();
        }
        list.current?.expand(true);
      }
      if (latinKey(e) !== "a" || isField(e.target)) return;
      list.current?.selectAll();
      e.preventDefault();
    };
    const print = (): void => list.current?.expand(true);
    const collapse = (): void => list.current?.expand(false);
    const goOn = (e: Event): void => {
      if (isField(e.target)) collapse();
    };
    document.addEventListener("copy", copy);
    document.addEventListener("keydown", key);
    for (const event of ["focusin", "pointerdown", "input"]) document.addEventListener(event, goOn);
    addEventListener("beforeprint", print);
    addEventListener("afterprint", collapse);
    return () => {
      document.removeEventListener("copy", copy);
      document.removeEventListener("keydown", key);
      for (const event of ["focusin", "pointerdown", "input"]) document.removeEventListener(event, goOn);
      removeEventListener("beforeprint", print);
      removeEventListener("afterprint", collapse);
    };
  }, [list]);
  return null;
}
