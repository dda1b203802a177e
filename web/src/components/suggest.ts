// What the composer suggests.
import { suggest, type Suggestion } from "../completion.ts";
import type { Message } from "../fold.ts";
import { nicks, store } from "../store.ts";
import { suggestCommand } from "./commands.ts";

/** Suggestions for what is written before the caret: in a message that is edited, no commands. */
export function suggestionsFor(text: string, caret: number, editing: Message | undefined): Suggestion[] {
  const others = otherNicks();
  return (!editing && suggestCommand(text, caret, others)) || suggest(text, caret, others, store.settings.value.tone);
}

function otherNicks(): string[] {
  const you = store.room.you.value?.nick;
  const talked = store.room.fold.messages.slice(-200).map((m) => m.from.nick);
  return [...new Set([...nicks.value, ...talked])].filter((n) => n !== you);
}
