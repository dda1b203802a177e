// Emoji to react with: a few in the menu, and all of them in the picker.
import { useEffect, useState } from "preact/hooks";
import { closeMenu, openMenu, react } from "../actions.ts";
import { emojiKey } from "../emoji.ts";
import { emojiTable } from "../emoji-table.ts";
import type { Message } from "../fold.ts";
import { store, type Menu } from "../store.ts";
import { language, t } from "../texts.ts";
import { Icon } from "./later-icons.tsx";
import { menuTexts } from "../texts/menus.ts";

const m = () => menuTexts[language.value];

/** Those that are used most. */
const quick = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

const mine = (message: Message, emoji: string): boolean =>
  message.reactions?.get(emojiKey(emoji))?.includes(store.room.you.value?.member ?? "") ?? false;

/** The first line of a message's menu. */
export function Quick({ menu }: { menu: Menu & { is: "message" } }) {
  const { message, at } = menu;
  return (
    <div class="quick" role="group" aria-label={t().react}>
      {quick.map((emoji) => (
        <button
          type="button"
          role="menuitemcheckbox"
          aria-checked={mine(message, emoji)}
          tabIndex={-1}
          onClick={() => closeMenu(() => react(message, emoji))}
        >
          {emoji}
        </button>
      ))}
      <button
        type="button"
        role="menuitem"
        tabIndex={-1}
        aria-label={m().moreEmoji}
        title={m().moreEmoji}
        onClick={() => openMenu({ is: "react", message, at })}
      >
        <Icon name="plus" />
      </button>
    </div>
  );
}

const mostFound = 64;

export function Picker({ message }: { message: Message }) {
  const [typed, setTyped] = useState("");
  const [hurried, setHurried] = useState(false); // Enter was pressed before the table was loaded
  const table = emojiTable.loaded.value;
  useEffect(emojiTable.load, []);
  const wanted = typed.trim().toLowerCase().replace(/^:|:$/g, "");
  const found = wanted
    ? (table?.find(wanted, mostFound).map((f) => f.emoji) ?? [])
    : [...new Set([...quick, ...(table?.all ?? [])])];
  useEffect(() => {
    if (hurried && table && found[0]) closeMenu(() => react(message, found[0]!));
  }, [hurried, table]);
  return (
    <>
      <input
        onKeyDown={(e) => {
          if (e.key === "Enter" && !table) setHurried(true);
        }}
        value={typed}
        placeholder={m().findEmoji}
        aria-label={m().findEmoji}
        autocapitalize="none"
        autocomplete="off"
        spellcheck={false}
        onInput={(e) => setTyped(e.currentTarget.value)}
      />
      <div class="signs">
        {found.map((emoji) => (
          <button
            type="button"
            tabIndex={-1}
            key={emoji}
            aria-pressed={mine(message, emoji)}
            onClick={() => closeMenu(() => react(message, emoji))}
          >
            {emoji}
          </button>
        ))}
      </div>
      {table && found.length === 0 && (
        <p class="hint" role="status">
          {m().noEmoji}
        </p>
      )}
    </>
  );
}
