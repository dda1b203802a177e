// What the composer suggests.
import { suggest, type Suggestion } from "../completion.ts";
import type { Message } from "../fold.ts";
import { store } from "../store.ts";
import { othersWhoTalked } from "../talked-lately.ts";
import { suggestCommand } from "./commands.ts";

/** Suggestions for what is written before the caret: in a message that is edited, no commands. */
export function suggestionsFor(text: string, caret: number, editing: Message | undefined): Suggestion[] {
  const { members, you } = store.room;
  const people = [...members.value.filter((m) => m.member !== you.value?.member), ...othersWhoTalked()];
  const removable = people.filter((p) => !p.bot);
  return (
    (!editing && suggestCommand(text, caret, removable)) || suggest(text, caret, people, store.settings.value.tone)
  );
}
