// The emoji picker: all emoji by category, those that the user took last first, with a search.
import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { changeSettings } from "../change-settings.ts";
import { emojiTable, oneEmoji, withTone, type Emoji } from "../emoji-table.ts";
import { store } from "../store.ts";
import { counted, texts } from "../texts.ts";
import { emojiTexts } from "../texts/emoji.ts";
import { EmojiGroups, move, type Group } from "./emoji-groups.tsx";
import { PickerFoot } from "./picker-foot.tsx";
import { PickerTabs } from "./picker-tabs.tsx";
import { quick } from "./quick.tsx";

const e = () => texts("emoji", emojiTexts);

/** How many emoji a search shows. */
const mostFound = 90;
/** How many of those that were taken last are kept: three lines. */
const mostRecent = 27;

interface PickerProps {
  /** Called with what the user chooses. `more` says that the picker is to stay open. */
  choose: (emoji: string, more: boolean) => void;
  /** The keys of the emoji that are shown as chosen. */
  chosen?: ReadonlySet<string>;
  /** What is said while no emoji is pointed at. */
  hint?: string;
}

export function Picker({ choose, chosen, hint }: PickerProps) {
  const [typed, setTyped] = useState("");
  const [hurried, setHurried] = useState(false); // Enter was pressed before the table was loaded
  const [recent] = useState(() => store.settings.peek().recentEmoji ?? []); // what is taken meanwhile moves nothing
  const [shown] = useState(() => signal<string | undefined>(undefined));
  const [current] = useState(() => signal(0));
  const root = useRef<HTMLDivElement>(null);
  const tone = store.settings.value.tone ?? 0;
  const table = emojiTable.loaded.value;
  useEffect(emojiTable.load, []);

  const wanted = typed.trim().toLowerCase().replace(/^:|:$/g, "");
  const found = useMemo((): Group[] | undefined => {
    if (!wanted) return undefined;
    const pasted = oneEmoji(typed);
    const inTone = (emoji: Emoji) => withTone(emoji, tone);
    return [{ is: "found", emoji: pasted ? [pasted] : (table?.find(wanted, mostFound).map(inTone) ?? []) }];
  }, [typed, table, tone]);
  const all = useMemo((): Group[] => {
    const taken: Group[] = recent.length > 0 ? [{ is: "recent", emoji: recent }] : [];
    if (!table) return [...taken, { is: "found", emoji: quick }];
    return [
      ...taken,
      ...[...table.groups].map(([is, emoji]) => ({ is, emoji: emoji.map((one) => withTone(one, tone)) })),
    ];
  }, [table, tone]);
  const groups = found ?? all;
  const first = found?.[0]?.emoji[0];

  const take = (emoji: string, more: boolean) => {
    const before = store.settings.peek().recentEmoji ?? [];
    changeSettings({ recentEmoji: [emoji, ...before.filter((other) => other !== emoji)].slice(0, mostRecent) });
    choose(emoji, more);
  };
  useEffect(() => {
    if (hurried && first) take(first, false);
    setHurried(false);
  }, [table]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = event.target as HTMLElement;
    const typing = at.tagName === "INPUT";
    if (event.isComposing || event.keyCode === 229) return event.stopPropagation();
    if (event.key === "Enter" && typing) {
      if (first) take(first, event.shiftKey);
      else if (wanted && !table) setHurried(true);
    } else if (!move(event, root.current!)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="picker" ref={root} onKeyDown={onKeyDown}>
      <PickerTabs groups={all} current={current} searching={found !== undefined} clear={() => setTyped("")} />
      <input
        value={typed}
        placeholder={e().find}
        aria-label={e().find}
        autocapitalize="none"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          shown.value = undefined;
        }}
      />
      <EmojiGroups
        key={found ? "found" : "all"}
        groups={groups}
        chosen={chosen}
        shown={shown}
        current={current}
        take={take}
      />
      <p class={found && table && !first ? "hint none" : "unseen"} role="status" translate={false}>
        {found && table && (first ? counted(e().found, found[0]!.emoji.length) : e().none)}
      </p>
      <PickerFoot shown={shown} first={first} hint={hint} />
    </div>
  );
}
