// Emoji to react with: a few at once, and all that there are names for.
import { useState } from "preact/hooks";
import { openMenu, react } from "../deeds.ts";
import { emoji, emojiLike } from "../emoji.ts";
import type { Message } from "../fold.ts";
import { store, type Menu } from "../store.ts";
import { t } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { pick } from "./menu.tsx";

const quick = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

const mine = (message: Message, sign: string): boolean =>
  message.reactions?.get(sign)?.includes(store.room.you.value?.member ?? "") ?? false;

/** The first line of a message's menu. */
export function Quick({ menu }: { menu: Menu & { is: "message" } }) {
  const { message, at } = menu;
  return (
    <div class="quick" role="group" aria-label={t().react}>
      {quick.map((sign) => (
        <button type="button" role="menuitemcheckbox" aria-checked={mine(message, sign)} tabIndex={-1} onClick={() => pick(() => react(message, sign))}>{sign}</button>
      ))}
      <button type="button" role="menuitem" tabIndex={-1} aria-label={t().moreEmoji} title={t().moreEmoji} onClick={() => openMenu({ is: "react", message, at })}><Icon name="plus" /></button>
    </div>
  );
}

/** Each sign once, those that are used most first. */
const all = [...new Set([...quick, ...emoji.values()])];
const most = 64;

export function Picker({ message }: { message: Message }) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase().replace(/^:|:$/g, "");
  const signs = wanted ? [...new Set(emojiLike(wanted, most).map((name) => emoji.get(name)!))] : all;
  return (
    <>
      <input value={typed} placeholder={t().findEmoji} aria-label={t().findEmoji} autocapitalize="none" autocomplete="off" spellcheck={false} onInput={(e) => setTyped(e.currentTarget.value)} />
      <div class="signs">
        {signs.map((sign) => <button type="button" tabIndex={-1} key={sign} aria-pressed={mine(message, sign)} onClick={() => pick(() => react(message, sign))}>{sign}</button>)}
      </div>
      {signs.length === 0 && <p class="hint" role="status">{t().noEmoji}</p>}
    </>
  );
}
