// The categories of the picker, as a row of buttons above the emoji.
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { texts } from "../texts.ts";
import { emojiTexts } from "../texts/emoji.ts";
import { goToGroup, type Group } from "./emoji-groups.tsx";
import { Icon, type IconName } from "./later-icons.tsx";

const icons: Record<Exclude<Group["is"], "found">, IconName> = {
  recent: "clock",
  smileys: "smile",
  people: "person",
  animals: "leaf",
  food: "cup",
  travel: "car",
  activities: "ball",
  objects: "bulb",
  symbols: "heart",
  flags: "flag",
};

interface PickerTabsProps {
  groups: readonly Group[];
  current: Signal<number>;
  searching: boolean;
  /** Ends the search. */
  clear: () => void;
}

export function PickerTabs({ groups, current, searching, clear }: PickerTabsProps) {
  const e = texts("emoji", emojiTexts);
  const row = useRef<HTMLDivElement>(null);
  const wanted = useRef<number>(undefined); // where to go once the search has ended
  const go = (index: number) => {
    current.value = index;
    goToGroup(row.current!.closest(".picker")!, index);
  };
  useEffect(() => {
    if (!searching && wanted.current !== undefined) go(wanted.current);
    wanted.current = undefined;
  }, [searching]);
  useEffect(() => {
    row.current!.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current.value]);
  return (
    <div class="picker-tabs" data-row="tabs" role="toolbar" aria-label={e.categories} ref={row}>
      {groups.map(({ is }, i) => {
        if (is === "found") return null;
        const label = is === "recent" ? e.recent : e.group[is];
        return (
          <button
            key={is}
            type="button"
            class="plain"
            tabIndex={-1}
            aria-label={label}
            title={label}
            aria-current={!searching && current.value === i}
            onClick={() => {
              if (!searching) return go(i);
              wanted.current = i;
              clear();
            }}
          >
            <Icon name={icons[is]} />
          </button>
        );
      })}
    </div>
  );
}
