// Who has talked lately and isn't on the list of who is here.
import type { Person } from "./completion.ts";
import { store } from "./store.ts";

/** How far back they are sought, in messages. */
const mostMessages = 200;

/** Each nick once, the latest first: its last one to talk. In a crowd, the list of who is here doesn't tell who is away. */
export function othersWhoTalked(): Person[] {
  const { members, you, count, fold } = store.room;
  const listed = new Set([...members.value, you.value].flatMap((m) => [m?.member, m?.nick]));
  const crowd = count.value > members.value.length;
  const found = new Map<string, Person>(); // by nick
  for (const { from } of fold.messages.slice(-mostMessages).reverse()) {
    if (listed.has(from.member) || listed.has(from.nick)) continue;
    listed.add(from.member); // a nick from before is another one's now, perhaps
    if (!found.has(from.nick)) found.set(from.nick, { ...from, role: "member", away: !crowd && !from.bot });
  }
  return [...found.values()];
}
