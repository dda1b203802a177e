// What the user can write in place of a message: /topic and the like, with the names and
// meanings that they have in the terminal (internal/terminal/commands.go).
import type { Member } from "../../client.ts";
import { confirm, rename, tryPerform } from "../actions.ts";
import { nicksLike, type Person, type Suggestion } from "../completion.ts";
import { commandOf } from "../emote.ts";
import { canModerate, canRemove } from "../permissions.ts";
import { navigate } from "../route.ts";
import { noSearch } from "../room-state.ts";
import { store, type Panel } from "../store.ts";
import { othersWhoTalked } from "../talked-lately.ts";
import { isolated, t, texts } from "../texts.ts";
import { commandTexts } from "../texts/commands.ts";

const c = () => texts("commands", commandTexts);
type Name = keyof (typeof commandTexts)["help"];

/** What comes of a command: why it failed, and what is in the field then. */
interface Outcome {
  problem?: string | undefined;
  draft?: string;
}

interface Command {
  /** What follows its name: a nick, or something else; undefined for nothing. */
  takes?: "nick" | "text";
  /** Whether only owners and moderators may do it. */
  moderates?: boolean;
  run: (argument: string) => Outcome | Promise<Outcome>;
}

const open = (panel: Panel) => (): Outcome => {
  store.panel.value = panel;
  return {};
};

const perform = async (operation: Parameters<typeof tryPerform>[0]): Promise<Outcome> => ({
  problem: await tryPerform(operation),
});

/** Says what a command needs, or that it takes nothing. */
const incomplete = (name: Name): Outcome => ({
  problem: c().needs(isolated(`/${name} ${c().usage[name] ?? ""}`.trim())),
});

const commands: Record<Name, Command> = {
  me: { takes: "text", run: () => incomplete("me") }, // with a text it is a message
  nick: {
    takes: "text",
    run: async (nick) => (nick ? { problem: await rename(nick) } : incomplete("nick")),
  },
  search: {
    takes: "text",
    run: (q) => {
      if (!store.room.limits.value?.query_chars) return { problem: c().noSearch };
      if (q) store.room.search.value = { ...noSearch, q };
      return open("search")();
    },
  },
  who: { run: open("members") },
  pins: { run: open("pins") },
  invite: { run: open("share") },
  topic: { takes: "text", moderates: true, run: (topic) => set("topic", topic) },
  name: { takes: "text", moderates: true, run: (name) => set("name", name) },
  lock: { moderates: true, run: () => perform({ type: "set", locked: true }) },
  unlock: { moderates: true, run: () => perform({ type: "set", locked: false }) },
  kick: {
    takes: "nick",
    moderates: true,
    run: (argument) => {
      const found = memberAt("kick", argument);
      if (!("member" in found)) return found;
      const { member, rest } = found;
      return perform({ type: "kick", member: member.member, ...(rest ? { reason: rest } : {}) });
    },
  },
  ban: {
    takes: "nick",
    moderates: true,
    run: (argument) => {
      const found = memberAt("ban", argument);
      if (!("member" in found)) return found;
      const { member, rest } = found;
      confirm({ is: "ban", member, ...(rest ? { reason: rest } : {}) });
      return {};
    },
  },
  quit: {
    run: () => {
      navigate(undefined);
      return {};
    },
  },
  help: { run: () => ({ draft: "/" }) },
};

function set(what: "topic" | "name", argument: string): Outcome | Promise<Outcome> {
  if (!argument) return incomplete(what);
  return perform({ type: "set", [what]: argument === "-" ? "" : argument });
}

/** The member whose nick an argument begins with, and what follows it; or why a command can't be carried out. */
function memberAt(command: Name, argument: string): { member: Member; rest: string } | Outcome {
  const written = argument.replace(/^@/, "");
  const { you, members } = store.room;
  const named = [...members.value, ...othersWhoTalked().filter((m) => !m.bot)]
    .filter((m) => `${written} `.toLowerCase().startsWith(`${m.nick.toLowerCase()} `))
    .sort((a, b) => b.nick.length - a.nick.length)[0]; // of one length, somebody who is here
  if (!written) return incomplete(command);
  if (!named) return { problem: c().notHere(isolated(written)) };
  if (!canRemove(you.value, named)) return { problem: t().forbidden };
  return { member: named, rest: written.slice(named.nick.length).trim() };
}

/** Whether the user may do a command. */
const may = (command: Command): boolean => !command.moderates || canModerate(store.room.you.value);

/** Suggestions for what is written before the caret; undefined if that is no command, or in its text. */
export function suggestCommand(text: string, caret: number, people: readonly Person[]): Suggestion[] | undefined {
  const [, written, argument] = /^\/(\p{L}*)(?: +(.*))?$/su.exec(text.slice(0, caret)) ?? [];
  if (written === undefined) return undefined;
  if (argument !== undefined) {
    const takesNick = Object.hasOwn(commands, written) && commands[written as Name].takes === "nick";
    return takesNick ? nicksLike(argument, caret - argument.length, caret, people) : undefined;
  }
  return (Object.keys(commands) as Name[])
    .filter((name) => name.startsWith(written.toLowerCase()) && name !== written && may(commands[name]))
    .map((name) => ({
      shown: `/${name}`,
      usage: c().usage[name],
      help: c().help[name],
      from: 0,
      to: caret,
      insert: `/${name}${commands[name].takes ? " " : ""}`,
    }));
}

/** Carries out a command. */
export async function runCommand(written: string): Promise<Outcome> {
  const word = commandOf(written) ?? written;
  const name = word.slice(1).toLowerCase() as Name;
  if (!Object.hasOwn(commands, name)) return { problem: c().unknown(isolated(word)) };
  const command = commands[name];
  if (!may(command)) return { problem: t().forbidden };
  const argument = written.slice(word.length).trim();
  if (argument && !command.takes) return incomplete(name); // it would do something else than is meant
  return command.run(argument);
}
