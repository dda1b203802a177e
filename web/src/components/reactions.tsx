// The reactions below a message.
import { react } from "../actions.ts";
import { emojiOf } from "../emoji.ts";
import type { Message } from "../fold.ts";
import { visible } from "../markdown/visible.ts";
import { store } from "../store.ts";
import { list, number, t } from "../texts.ts";

/** The reactions to a message. The user's own are shown as pressed; each can be added or taken back. */
export function Reactions({ message }: { message: Message }) {
  const { you, members } = store.room;
  const name = (id: string) => (id === you.value?.member ? t().you : members.value.find((m) => m.member === id)?.nick);
  return (
    <ul class="reactions" aria-label={t().react}>
      {[...message.reactions!].map(([key, ids]) => {
        const emoji = emojiOf(visible(key));
        const named = ids.flatMap((id) => name(id) ?? []);
        const label = t().reacted(`${emoji} ${number(ids.length)}`, list(named, 20, ids.length - named.length));
        return (
          <li key={key}>
            <button
              type="button"
              tabIndex={-1}
              aria-pressed={ids.includes(you.value?.member ?? "")}
              aria-label={label}
              title={label}
              onClick={() => react(message, emoji)}
            >
              <bdi>{emoji}</bdi> {number(ids.length)}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
