// The menu of a message or a member. The browser keeps it above everything else and
// closes it; on a phone it comes up from the bottom.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { closeMenu } from "../actions.ts";
import { store, type Menu } from "../store.ts";
import { isolated, t } from "../texts.ts";
import { Icon } from "./later-icons.tsx";
import { itemsOf, type Item } from "./menu-items.ts";
import { Picker, Quick } from "./picker.tsx";

/** Shows the menu that is open. It has to be inside the dialog, if one is open. */
export function Menus() {
  const menu = store.menu.value;
  if (!menu) return null;
  return menu.is === "react" ? (
    <Open menu={menu} role="dialog" label={t().react}>
      <Picker message={menu.message} />
    </Open>
  ) : (
    <Actions menu={menu} />
  );
}

function Actions({ menu }: { menu: Menu & { is: "message" | "member" } }) {
  const items = itemsOf(menu);
  const label = menu.is === "message" ? t().messageMenu : t().memberMenu(isolated(menu.member.nick));
  return (
    <Open menu={menu} role="menu" label={label}>
      {menu.is === "message" && <Quick menu={menu} />}
      {items.map((item) => (
        <Choice item={item} />
      ))}
    </Open>
  );
}

function Choice({ item }: { item: Item }) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      class={item.grave ? "grave" : ""}
      onClick={() => closeMenu(item.run)}
    >
      <Icon name={item.icon} /> {item.text}
    </button>
  );
}

const wide = matchMedia("(width >= 600px)");

function Open({
  menu,
  role,
  label,
  children,
}: {
  menu: Menu;
  role: "menu" | "dialog";
  label: string;
  children: ComponentChildren;
}) {
  const box = useRef<HTMLDivElement>(null);
  const shown = useRef<Menu>(undefined);
  useEffect(() => {
    const element = box.current!;
    element.showPopover();
    shown.current = menu;
    place(element, menu.at);
    element.querySelector<HTMLElement>("input, button")?.focus({ preventScroll: true });
    return () => {
      const lost = document.activeElement === document.body || element.contains(document.activeElement);
      if (lost && menu.at.isConnected) menu.at.focus({ preventScroll: true });
    };
  }, [menu]);
  return (
    <div
      ref={box}
      popover="auto"
      class={`menu of-${menu.is}`}
      role={role}
      aria-label={label}
      onToggle={(e) => {
        // The event comes late: another menu may have opened since.
        if (
          e.newState === "closed" &&
          !e.currentTarget.matches(":popover-open") &&
          shown.current === menu &&
          store.menu.peek() === menu
        )
          closeMenu();
      }}
      onKeyDown={(e) => walk(e, box.current!)}
    >
      {children}
    </div>
  );
}

/** Places the menu next to the element that opened it, where there is space for it. */
function place(menu: HTMLElement, at: HTMLElement): void {
  if (!wide.matches) return;
  const from = at.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = from.bottom + 4 + height <= innerHeight - 8;
  const left = from.left + width <= innerWidth - 8 ? from.left : from.right - width;
  menu.style.top = `${Math.max(8, below ? from.bottom + 4 : Math.min(from.top - height - 4, innerHeight - height - 8))}px`;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
}

/** Handles keys: arrows go through the items, Home and End to the first and last one, Tab closes the menu. In the picker's field, left and right move the caret. */
function walk(e: KeyboardEvent, menu: HTMLElement): void {
  const all = [...menu.querySelectorAll<HTMLElement>("input, button")];
  const i = all.indexOf(document.activeElement as HTMLElement);
  const typing = all[i]?.tagName === "INPUT";
  const go = (to: number) => all[(to + all.length) % all.length]?.focus();
  if (e.key === "ArrowDown") go(below(all, i, 1));
  else if (e.key === "ArrowUp") go(below(all, i, -1));
  else if (e.key === "ArrowRight" && !typing) go(i + 1);
  else if (e.key === "ArrowLeft" && !typing) go(i - 1);
  else if (e.key === "Home" && !typing) go(0);
  else if (e.key === "End" && !typing) go(-1);
  else if (e.key === "Tab") closeMenu();
  else if (e.key === "Enter" && typing) all[1]?.click();
  else {
    if (e.key === "Escape") e.stopPropagation(); // it closes the menu, and not the dialog below
    return;
  }
  e.preventDefault();
  e.stopPropagation();
}

/** The index of the element in the next line, below or above, that is nearest to the focused one. */
function below(all: HTMLElement[], i: number, step: 1 | -1): number {
  const here = all[i]?.getBoundingClientRect();
  if (!here) return 0;
  const middle = (r: DOMRect) => r.left + r.width / 2;
  const later = all
    .map((e, at) => ({ at, r: e.getBoundingClientRect() }))
    .filter(({ r }) => (r.top - here.top) * step > 4);
  if (later.length === 0) return step > 0 ? 0 : all.length - 1;
  const line = Math.min(...later.map(({ r }) => Math.abs(r.top - here.top)));
  const onIt = later.filter(({ r }) => Math.abs(Math.abs(r.top - here.top) - line) < 4);
  return onIt.reduce((a, b) => (Math.abs(middle(b.r) - middle(here)) < Math.abs(middle(a.r) - middle(here)) ? b : a))
    .at;
}
