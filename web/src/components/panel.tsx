// A panel that covers the page: a modal dialog. The browser keeps the focus inside.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { store } from "../store.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { Menus } from "./menu.tsx";

interface PanelProps {
  title: string;
  name: string;
  /** Makes it cover all of the window, as a page of its own with this label on its way back. */
  back?: string;
  children: ComponentChildren;
}

export function Panel({ title, name, back, children }: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const label = back ?? t().close;
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
      class={`${back ? "panel page" : "panel"} ${name}`}
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
          {back ? <h1 id="panel-title">{title}</h1> : <h2 id="panel-title">{title}</h2>}
          <button type="button" class="plain" aria-label={label} title={label} onClick={close}>
            <Icon name={back ? "back" : "close"} />
          </button>
        </header>
        {children}
      </div>
      <Menus />
    </dialog>
  );
}
