// The emoji that are used most, as the first line of a message's menu.
import { react } from "../actions.ts";
import { emojiKey } from "../emoji.ts";
import type { Message } from "../fold.ts";
import { closeMenu, openMenu } from "../menu.ts";
import { store, type Menu } from "../store.ts";
import { t, texts } from "../texts.ts";
import { emojiTexts } from "../texts/emoji.ts";
import { Icon } from "./later-icons.tsx";

/** Those that are used most. */
export const quick: readonly string[] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/** The keys of the emoji with which the user has reacted to a message. */
export function ownReactions(message: Message): ReadonlySet<string> {
  const you = store.room.you.value?.member ?? "";
  return new Set([...(message.reactions ?? [])].flatMap(([key, ids]) => (ids.includes(you) ? [key] : [])));
}

export function Quick({ menu }: { menu: Menu & { is: "message" } }) {
  const { message, at } = menu;
  const own = ownReactions(message);
  const { more } = texts("emoji", emojiTexts);
  return (
    <div class="quick" role="group" aria-label={t().react}>
      {quick.map((emoji) => (
        <button
          type="button"
          role="menuitemcheckbox"
          aria-checked={own.has(emojiKey(emoji))}
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
        aria-label={more}
        title={more}
        onClick={() => openMenu({ is: "react", message, at })}
      >
        <Icon name="plus" />
      </button>
    </div>
  );
}
