// The emoji of the picker, in a group for each category.
import type { Signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { alongLine } from "../arrows.ts";
import { emojiKey } from "../emoji.ts";
import type { Category } from "../emoji-table.ts";
import { texts } from "../texts.ts";
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

const columnsOfWide = 9;
/** How wide an emoji's place is elsewhere, in px: style/picker.css has it too. */
const place = 44;
/** A part of a group has this many lines. */
const linesOfPart = 5;
/** How many parts are made at once: those that are in view, and then some at a time. */
const [firstParts, moreParts] = [3, 2];

/**
 * Shows the groups in a scroller, in parts. A part out of view is neither laid out nor drawn, and those after the
 * first are made once these are shown: to make all elements at once takes too long on a phone.
 */
export function EmojiGroups({ groups, chosen, shown, current, take }: EmojiGroupsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const columns = wide.matches ? columnsOfWide : Math.max(4, Math.floor((innerWidth - 24) / place));
  const parts = useMemo(() => groups.map(({ emoji }) => inParts(emoji, columns * linesOfPart)), [groups, columns]);
  const [ready, setReady] = useState(firstParts);
  const waits = ready < parts.flat().length;
  useEffect(() => {
    if (!waits) return;
    const next = setTimeout(() => setReady(ready + moreParts));
    return () => clearTimeout(next);
  }, [ready, waits]);
  useLayoutEffect(() => {
    scroller.current!.style.setProperty("--columns", String(columns));
  }, [columns]);
  const e = texts("emoji", emojiTexts);
  const point = (event: Event) => (shown.value = emojiAt(event.target));
  let made = 0;
  return (
    <div
      ref={scroller}
      class="emoji-groups"
      translate={false}
      onPointerOver={point}
      onFocusIn={point}
      onClick={(event) => {
        const emoji = emojiAt(event.target);
        if (emoji) take(emoji, event.shiftKey);
      }}
      onScroll={(event) => (current.value = indexInView(event.currentTarget))}
    >
      {groups.map(({ is }, i) => {
        const title = is === "found" ? undefined : is === "recent" ? e.recent : e.group[is];
        return (
          <section aria-label={title}>
            {title && <h3>{title}</h3>}
            {parts[i]!.map((emoji) => (
              <Part emoji={emoji} lines={Math.ceil(emoji.length / columns)} full={made++ < ready} chosen={chosen} />
            ))}
          </section>
        );
      })}
    </div>
  );
}

interface PartProps {
  emoji: readonly string[];
  lines: number;
  /** Whether it has its emoji, and not only their place. */
  full: boolean;
  chosen: ReadonlySet<string> | undefined;
}

function Part({ emoji, lines, full, chosen }: PartProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current!.style.setProperty("--lines", String(lines));
  }, [lines]);
  const buttons = useMemo(
    () =>
      full &&
      emoji.map((one) => (
        <button type="button" tabIndex={-1} aria-pressed={chosen?.has(emojiKey(one))}>
          {one}
        </button>
      )),
    [emoji, full, chosen],
  );
  return (
    <div ref={box} class="signs">
      {buttons}
    </div>
  );
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
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
  const along = alongLine(e.key);
  const row = at.closest("[data-row]");
  if (row) {
    const all = [...row.querySelectorAll<HTMLElement>("button")];
    if (e.key === "ArrowDown" && row.matches(".picker-tabs")) return focus(inView(picker)?.querySelector("button"));
    return along !== 0 && focus(all.at((all.indexOf(at) + along) % all.length));
  }
  const i = emoji.indexOf(at);
  if (i < 0) return false;
  if (along) return focus(emoji[Math.max(0, i + along)]);
  const groups = [...picker.querySelectorAll("section")];
  const group = groups.findIndex((g) => g.contains(at));
  switch (e.key) {
    case "ArrowDown":
    case "ArrowUp": {
      const columns = Number(getComputedStyle(at).getPropertyValue("--columns"));
      const lines = groups.flatMap((g) => inParts([...g.querySelectorAll<HTMLElement>("button")], columns));
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
      return focus((groups[group + 1] ?? groups.at(-1))?.querySelector("button"));
    case "PageUp":
      return focus(groups[Math.max(0, group - 1)]?.querySelector("button"));
  }
  if (e.key.length === 1 && e.key !== " ") field.focus(); // which takes the character
  return false;
}

/** The index of the group that is in view in the scroller. */
function indexInView({ scrollTop, children }: HTMLElement): number {
  const above = [...children].filter((group) => (group as HTMLElement).offsetTop <= scrollTop + 8);
  return Math.max(0, above.length - 1);
}

/** The group that is in view: the tabs show it a moment later. */
function inView(picker: HTMLElement): Element | undefined {
  const scroller = picker.querySelector<HTMLElement>(".emoji-groups")!;
  return scroller.children[indexInView(scroller)];
}

function toNextPart(picker: HTMLElement, step: 1 | -1): boolean {
  const one = (selector: string) => picker.querySelector(selector) ?? [];
  const parts = [one("[data-row=tabs]"), one("input"), inView(picker) ?? [], one(".foot")].flat();
  const now = parts.findIndex((part) =>
    (part.matches("section") ? part.closest(".emoji-groups")! : part).contains(document.activeElement),
  );
  const part = parts.at((now + step) % parts.length)!;
  return focus(part.matches("input") ? part : part.querySelector("[aria-current=true], [aria-checked=true], button"));
}

function focus(element: Element | null | undefined): boolean {
  (element as HTMLElement | null | undefined)?.focus();
  return true;
}
