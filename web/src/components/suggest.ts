// What the composer suggests.
import { suggest, type Person, type Suggestion } from "../completion.ts";
import type { Message } from "../fold.ts";
import { store } from "../store.ts";
import { suggestCommand } from "./commands.ts";

/** How far back those are sought who have talked and aren't here, in messages. */
const talkedLately = 200;

/** Suggestions for what is written before the caret: in a message that is edited, no commands. */
export function suggestionsFor(text: string, caret: number, editing: Message | undefined): Suggestion[] {
  const { members, you } = store.room;
  const here = members.value.filter((m) => m.member !== you.value?.member);
  return (
    (!editing && suggestCommand(text, caret, here)) ||
    suggest(text, caret, [...here, ...others()], store.settings.value.tone)
  );
}

/** Those who have talked lately and aren't on the list of who is here. In a crowd, that list doesn't tell who is away. */
function others(): Person[] {
  const { members, you, count, fold } = store.room;
  const listed = new Set([...members.value, you.value].flatMap((m) => [m?.member, m?.nick]));
  const crowd = count.value > members.value.length;
  const found = new Map<string, Person>(); // by nick
  for (const { from } of fold.messages.slice(-talkedLately).reverse()) {
    if (listed.has(from.member) || listed.has(from.nick)) continue;
    listed.add(from.member); // a nick from before is another one's now, perhaps
    if (!found.has(from.nick)) found.set(from.nick, { ...from, role: "member", away: !crowd && !from.bot });
  }
  return [...found.values()];
}
