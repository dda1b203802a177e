// A panel that covers the page: a modal dialog. The browser keeps the focus inside.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { store } from "../store.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { Menus } from "./menu.tsx";

export function Panel({ title, name, children }: { title: string; name: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const close = () => (store.panel.value = undefined);
  // Closing gives the focus back at once. `onClose` comes later: the focus may be
  // elsewhere by then, and would be moved away.
  useLayoutEffect(() => {
    const element = dialog.current!;
    element.showModal();
    return () => element.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`panel ${name}`}
      aria-labelledby="panel-title"
      onClose={(e) => {
        if (e.target === dialog.current) close();
      }}
      onClick={(e) => {
        if (e.target === dialog.current) close();
      }}
    >
      <div class="sheet">
        <header>
          <h2 id="panel-title">{title}</h2>
          <button type="button" class="plain" aria-label={t().close} title={t().close} onClick={close}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
      <Menus />
    </dialog>
  );
}
