// The emoji of the picker, in a group for each category.
import type { Signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { emojiKey } from "../emoji.ts";
import type { Category } from "../emoji-table.ts";
import { language } from "../texts.ts";
import { emojiTexts } from "../texts/emoji.ts";
import { wide } from "./wide.ts";

export interface Group {
  is: Category | "recent" | "found";
  emoji: readonly string[];
}

interface EmojiGroupsProps {
  groups: readonly Group[];
  chosen: ReadonlySet<string> | undefined;
  /** The emoji that is pointed at, or has the focus. */
  shown: Signal<string | undefined>;
  /** The index of the group that is in view. A change from elsewhere scrolls to it. */
  current: Signal<number>;
  take: (emoji: string, more: boolean) => void;
}

/** How large an emoji's place and a group's heading are, in px: style/picker.css has the same. */
const sizes = { wide: { place: 36, heading: 30 }, narrow: { place: 44, heading: 30 } };
const columnsOfWide = 9;

/**
 * Shows the groups in a scroller. A group out of view is neither laid out nor drawn, and those after
 * the first two come once these are shown: making all elements at once takes too long on a phone.
 */
export function EmojiGroups({ groups, chosen, shown, current, take }: EmojiGroupsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(2);
  const columns = wide.matches ? columnsOfWide : Math.max(4, Math.floor((innerWidth - 24) / sizes.narrow.place));
  useEffect(() => {
    if (ready >= groups.length) return;
    const next = setTimeout(() => setReady(ready + 1));
    return () => clearTimeout(next);
  }, [ready, groups]);
  useLayoutEffect(() => {
    scroller.current!.style.setProperty("--columns", String(columns));
  }, [columns]);
  const drawn = useMemo(
    () => groups.map((group, i) => <OneGroup group={group} full={i < ready} columns={columns} chosen={chosen} />),
    [groups, ready, chosen, columns],
  );
  const point = (e: Event) => (shown.value = emojiAt(e.target));
  return (
    <div
      ref={scroller}
      class="emoji-groups"
      translate={false}
      onPointerOver={point}
      onFocusIn={point}
      onClick={(e) => {
        const emoji = emojiAt(e.target);
        if (emoji) take(emoji, e.shiftKey);
      }}
      onScroll={(e) => {
        const { scrollTop, children } = e.currentTarget;
        const above = [...children].filter((group) => (group as HTMLElement).offsetTop <= scrollTop + 8);
        current.value = Math.max(0, above.length - 1);
      }}
    >
      {drawn}
    </div>
  );
}

function OneGroup({
  group: { is, emoji },
  full,
  columns,
  chosen,
}: {
  group: Group;
  full: boolean;
  columns: number;
  chosen: ReadonlySet<string> | undefined;
}) {
  const e = emojiTexts[language.value];
  const title = is === "found" ? undefined : is === "recent" ? e.recent : e.group[is];
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const { place, heading } = wide.matches ? sizes.wide : sizes.narrow;
    const height = Math.ceil(emoji.length / columns) * place + (title ? heading : 0);
    box.current!.style.minHeight = `${height}px`;
  }, [emoji, columns, title]);
  return (
    <section ref={box} aria-label={title}>
      {title && <h3>{title}</h3>}
      <div class="signs">
        {full &&
          emoji.map((one) => (
            <button type="button" tabIndex={-1} aria-pressed={chosen?.has(emojiKey(one))}>
              {one}
            </button>
          ))}
      </div>
    </section>
  );
}

const emojiAt = (target: EventTarget | null): string | undefined =>
  (target as Element).closest(".signs button")?.textContent ?? undefined;

/** Scrolls to a group. */
export function goToGroup(picker: Element, index: number): void {
  const scroller = picker.querySelector<HTMLElement>(".emoji-groups")!;
  const group = scroller.children[index] as HTMLElement | undefined;
  if (group) scroller.scrollTop = group.offsetTop;
}

/**
 * Moves the focus in the picker as a key says, and reports whether it did: arrows, Home, End, Page up
 * and Page down in the emoji, where what is typed goes to the field; arrows in a row of buttons; and Tab
 * from part to part, round and round.
 */
export function move(e: KeyboardEvent, picker: HTMLElement): boolean {
  const at = e.target as HTMLElement;
  const field = picker.querySelector("input")!;
  const emoji = [...picker.querySelectorAll<HTMLElement>(".signs button")];
  if (e.key === "Tab") return toNextPart(picker, e.shiftKey ? -1 : 1);
  if (e.altKey || e.ctrlKey || e.metaKey) return false;
  if (at === field) return e.key === "ArrowDown" && focus(inView(picker)?.querySelector("button"));
  const right = getComputedStyle(picker).direction === "rtl" ? -1 : 1;
  const along = e.key === "ArrowRight" ? right : e.key === "ArrowLeft" ? -right : 0;
  const row = at.closest("[data-row]");
  if (row) {
    const all = [...row.querySelectorAll<HTMLElement>("button")];
    if (e.key === "ArrowDown" && row.matches(".picker-tabs")) return focus(inView(picker)?.querySelector("button"));
    return along !== 0 && focus(all.at((all.indexOf(at) + along) % all.length));
  }
  const i = emoji.indexOf(at);
  if (i < 0) return false;
  if (along) return focus(emoji[Math.max(0, i + along)]);
  const groups = [...picker.querySelectorAll(".signs")].map((g) => [...g.querySelectorAll<HTMLElement>("button")]);
  const group = groups.findIndex((g) => g.includes(at));
  switch (e.key) {
    case "ArrowDown":
    case "ArrowUp": {
      const columns = Number(getComputedStyle(at).getPropertyValue("--columns"));
      const lines = groups.flatMap((g) => linesOf(g, columns));
      const line = lines.findIndex((l) => l.includes(at));
      const next = lines[line + (e.key === "ArrowDown" ? 1 : -1)];
      if (!next) return e.key === "ArrowDown" || focus(field);
      return focus(next[Math.min(lines[line]!.indexOf(at), next.length - 1)]);
    }
    case "Home":
      return focus(emoji[0]);
    case "End":
      return focus(emoji.at(-1));
    case "PageDown":
      return focus((groups[group + 1] ?? groups.at(-1))?.[0]);
    case "PageUp":
      return focus(groups[Math.max(0, group - 1)]?.[0]);
  }
  if (e.key.length === 1 && e.key !== " ") field.focus(); // which takes the character
  return false;
}

function linesOf(emoji: readonly HTMLElement[], columns: number): HTMLElement[][] {
  return Array.from({ length: Math.ceil(emoji.length / columns) }, (_, i) =>
    emoji.slice(i * columns, (i + 1) * columns),
  );
}

/** The group that is in view. */
function inView(picker: HTMLElement): Element | undefined {
  const tabs = [...picker.querySelectorAll("[data-row=tabs] button")];
  const groups = picker.querySelectorAll(".signs");
  return groups[tabs.findIndex((tab) => tab.matches("[aria-current=true]"))] ?? groups[0];
}

function toNextPart(picker: HTMLElement, step: 1 | -1): boolean {
  const one = (selector: string) => picker.querySelector(selector) ?? [];
  const parts = [one("[data-row=tabs]"), one("input"), inView(picker) ?? [], one(".foot")].flat();
  const now = parts.findIndex((part) =>
    (part.matches(".signs") ? part.closest(".emoji-groups")! : part).contains(document.activeElement),
  );
  const part = parts.at((now + step) % parts.length)!;
  return focus(part.matches("input") ? part : part.querySelector("[aria-current=true], [aria-checked=true], button"));
}

function focus(element: Element | null | undefined): boolean {
  (element as HTMLElement | null | undefined)?.focus();
  return true;
}
