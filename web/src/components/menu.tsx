// The menu of a message or a member. The browser keeps it above everything else and
// closes it; on a phone it comes up from the bottom.
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { react } from "../actions.ts";
import { alongLine } from "../arrows.ts";
import { closeMenu } from "../menu.ts";
import { barred, store, type Menu } from "../store.ts";
import { direction, isolated, moment, t, texts } from "../texts.ts";
import { emojiTexts } from "../texts/emoji.ts";
import { fileTexts } from "../texts/files.ts";
import { touchOnly } from "../touch.ts";
import { Icon } from "./later-icons.tsx";
import { itemsOf, type Item } from "./menu-items.ts";
import { Picker } from "./picker.tsx";
import { ownReactions, Quick } from "./quick.tsx";
import { replaceRange } from "./use-draft.ts";
import { wide } from "./wide.ts";

/** Shows the menu that is open. It has to be inside the dialog, if one is open. */
export function Menus() {
  const menu = store.menu.value;
  if (!menu) return null;
  switch (menu.is) {
    case "react":
      return <Reacting menu={menu} />;
    case "emoji":
      return (
        <Open menu={menu} role="dialog" label={texts("emoji", emojiTexts).insert}>
          <Picker
            choose={(emoji, more) => insert(menu.at as HTMLTextAreaElement, emoji, more)}
            hint={texts("emoji", emojiTexts).several}
          />
        </Open>
      );
  }
  return <Actions menu={menu} />;
}

function Reacting({ menu }: { menu: Menu & { is: "react" } }) {
  const own = useMemo(() => ownReactions(menu.message), [menu]);
  return (
    <Open menu={menu} role="dialog" label={t().react}>
      <Picker chosen={own} choose={(emoji) => closeMenu(() => react(menu.message, emoji))} />
    </Open>
  );
}

/** Writes an emoji at the caret, as if it were typed. The picker closes, unless more are to come. */
function insert(field: HTMLTextAreaElement, emoji: string, more: boolean): void {
  const write = () => replaceRange(field, field.selectionStart, field.selectionEnd, emoji);
  if (!more) return closeMenu(write);
  const focused = document.activeElement as HTMLElement | null;
  field.focus({ preventScroll: true });
  write();
  focused?.focus({ preventScroll: true });
}

function Actions({ menu }: { menu: Menu & { is: "message" | "member" | "attach" } }) {
  const items = itemsOf(menu);
  const label =
    menu.is === "message"
      ? t().messageMenu
      : menu.is === "member"
        ? t().memberMenu(isolated(menu.member.nick))
        : texts("files", fileTexts).add;
  return (
    <Open menu={menu} role="menu" label={label}>
      {menu.is === "message" && (
        <>
          <div class="when" translate={false}>
            {moment(menu.message.at)}
          </div>
          {!barred.value && <Quick menu={menu} />}
        </>
      )}
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
      role={item.checked === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={item.checked}
      tabIndex={-1}
      class={item.grave ? "grave" : ""}
      onClick={() => closeMenu(item.run)}
    >
      <Icon name={item.icon} /> {item.text}
      {item.checked && <Icon name="check" />}
    </button>
  );
}

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
    // A field would bring up the keyboard of a phone, over the menu.
    const field = element.querySelector("input");
    (field && touchOnly.matches ? element : (field ?? element.querySelector("button")))?.focus({ preventScroll: true });
    return () => {
      const lost = document.activeElement === document.body || element.contains(document.activeElement);
      const to = menu.at.isConnected ? menu.at : document.querySelector<HTMLElement>(".scroller"); // whose it was may be gone
      if (lost) to?.focus({ preventScroll: true });
    };
  }, [menu]);
  return (
    <div
      ref={box}
      popover="auto"
      tabIndex={-1}
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

/** Places the menu next to the element that opened it, where there is space for it; above the composer, at its end. */
function place(menu: HTMLElement, at: HTMLElement): void {
  if (!wide.matches) return;
  const composer = at.matches("textarea") ? at.closest(".field") : null;
  const from = (composer ?? at).getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = from.bottom + 4 + height <= innerHeight - 8;
  const rtl = direction.peek() === "rtl";
  const fits = rtl ? from.right - width >= 8 : from.left + width <= innerWidth - 8;
  const atEnd = composer !== null || !fits;
  const left = atEnd === rtl ? from.left : from.right - width;
  if (below) menu.style.top = `${Math.max(8, from.bottom + 4)}px`;
  else menu.style.bottom = `${Math.max(8, Math.min(innerHeight - from.top + 4, innerHeight - height - 8))}px`;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
}

/** Handles keys: arrows go through the items, Home and End to the first and last one, Tab closes the menu. The picker has handled its own. */
function walk(e: KeyboardEvent, menu: HTMLElement): void {
  const all = menu.role === "menu" ? [...menu.querySelectorAll<HTMLElement>("button")] : [];
  const i = all.indexOf(document.activeElement as HTMLElement);
  const go = (to: number) => all[(to + all.length) % all.length]?.focus();
  if (e.key === "Escape") return e.stopPropagation(); // it closes the menu, and not the dialog below
  if (all.length === 0) return;
  if (e.key === "ArrowDown") go(below(all, i, 1));
  else if (e.key === "ArrowUp") go(below(all, i, -1));
  else if (alongLine(e.key)) go(i + alongLine(e.key));
  else if (e.key === "Home") go(0);
  else if (e.key === "End") go(-1);
  else if (e.key === "Tab") closeMenu();
  else return;
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
