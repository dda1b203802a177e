// A notification of a room: what it says. There is one for a room, which counts the messages since the user has read it.
import { emoteOf } from "../emote.ts";
import { isolated } from "../isolated.ts";
import { extended } from "../markdown/extended.ts";
import { gist } from "../markdown/gist.ts";
import { formOf, type Counted } from "../texts/counted.ts";
import type { Language } from "../texts/languages.ts";
import type { NotifyTexts } from "../texts/notify.ts";

/** A message to notify of, as a push has it (docs/protocol.md). */
export interface News {
  /** The room's code, and its name if it has one. */
  room: string;
  name?: string | undefined;
  epoch: string;
  seq: number;
  /** The sender's nick. */
  from: string;
  /** Markdown. */
  text: string;
  /** How many files. */
  files?: number | undefined;
  /** The seqs of earlier messages that came together with it. A push has one message. */
  earlier?: readonly number[];
}

/** What a notification keeps for a click, and for the next one: its newest message, and how many it stands for. */
export interface NoteData {
  room: string;
  epoch: string;
  seq: number;
  count: number;
}

export interface Note {
  title: string;
  body: string;
  data: NoteData;
}

/** The texts of notifications, in a language. */
export interface NotifyWords {
  language: Language;
  texts: NotifyTexts;
}

/** What the room's next notification says; undefined if the one that is shown has the message already. */
export function noteOf(news: News, shown: NoteData | undefined, { language, texts }: NotifyWords): Note | undefined {
  const before = shown?.epoch === news.epoch ? shown : undefined;
  if (before && before.seq >= news.seq) return undefined;
  const rules = new Intl.PluralRules(language);
  const counted = <More extends string[]>(text: Counted<More>, n: number, ...more: More) =>
    formOf(text, rules, n)(n.toLocaleString(language), ...more);
  const { room, epoch, seq, earlier = [] } = news;
  const count = (before?.count ?? 0) + 1 + earlier.filter((other) => !before || other > before.seq).length;
  const where = isolated(news.name || room);
  const who = isolated(news.from);
  const said = gist(news.text, extended) || (news.files ? counted(texts.files, news.files) : "");
  const emote = emoteOf(news.text) !== undefined;
  return {
    title: count > 1 ? counted(texts.several, count, where) : texts.from(who, where),
    body: emote ? `${who} ${said}` : count > 1 ? texts.spoken(who, said) : said,
    data: { room, epoch, seq, count },
  };
}

/** Reads the payload of a push; undefined if it can't be read. */
export function readNews(payload: unknown): News | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { room, name, epoch, seq, from, text, files } = payload as Partial<Record<keyof News, unknown>>;
  if (typeof room !== "string" || typeof epoch !== "string" || typeof seq !== "number") return undefined;
  return {
    room,
    name: typeof name === "string" ? name : undefined,
    epoch,
    seq,
    from: typeof from === "string" ? from : "",
    text: typeof text === "string" ? text : "",
    files: typeof files === "number" ? files : undefined,
  };
}
