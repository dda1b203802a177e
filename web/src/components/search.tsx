// The panel for searching the room.
import { useEffect, useRef, useState } from "preact/hooks";
import type { LogEvent } from "../../client.ts";
import { goTo } from "../actions.ts";
import { emoteOf } from "../emote.ts";
import { countFound, highlight, termsOf } from "../highlight.ts";
import { extended } from "../markdown/extended.ts";
import { plain } from "../markdown/gist.ts";
import { session } from "../session/current.ts";
import { RoomSearch } from "../session/search.ts";
import { store } from "../store.ts";
import { counted, day, moment, t, texts, time } from "../texts.ts";
import { searchTexts } from "../texts/search.ts";
import { hue } from "./member-marks.tsx";
import { Panel } from "./panel.tsx";

const s = () => texts("search", searchTexts);

export function SearchPanel() {
  const { q, found, next, busy, answered, incomplete, error } = store.room.search.value;
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [search] = useState(() => new RoomSearch(session.peek()!.requests));
  useEffect(() => {
    const current = store.room.search.peek(); // the user may have typed since the panel was drawn
    if (current.q === q) field.current?.select();
    if (!current.answered) search.begin(current.q, true); // the panel was closed before the answer came
    return () => search.close();
  }, [search]);
  const terms = termsOf(q);
  const walk = (e: KeyboardEvent) => {
    if ((e.key !== "ArrowDown" && e.key !== "ArrowUp") || e.isComposing) return;
    const all = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = e.key === "ArrowDown" ? all[Math.min(at + 1, all.length - 1)] : (all[at - 1] ?? field.current);
    if (!to || (at < 0 && e.key === "ArrowUp")) return;
    to.focus();
    e.preventDefault();
  };
  return (
    <Panel title={t().search} name="search">
      <div onKeyDown={walk}>
        <form
          role="search"
          onSubmit={(e) => {
            e.preventDefault();
            search.begin(q, true);
          }}
        >
          <input
            ref={field}
            type="text"
            inputMode="search"
            enterkeyhint="search"
            autofocus
            dir="auto"
            value={q}
            aria-label={s().field}
            aria-describedby={q.trim() ? undefined : "search-hint"}
            placeholder={s().example}
            autocomplete="off"
            autocapitalize="off"
            maxLength={store.room.limits.value?.query_chars}
            onInput={(e) => search.begin(e.currentTarget.value, false)}
          />
        </form>
        {error && (
          <p class="wrong" role="alert">
            {error}
          </p>
        )}
        <p class="hint" role="status">
          {q.trim() && !error ? status(found.length, busy, answered, next !== undefined) : ""}
        </p>
        {!q.trim() && (
          <p class="hint" id="search-hint">
            {s().hint}
          </p>
        )}
        {incomplete && <p class="hint incomplete">{s().incomplete}</p>}
        <ol ref={list} class="found" aria-label={s().results}>
          {found.map((e) => (
            <Found key={e.seq} event={e} terms={terms} />
          ))}
        </ol>
        {next !== undefined && !busy && (
          <button type="button" class="button wide" onClick={() => search.more()}>
            {found.length > 0 ? s().older : s().further}
          </button>
        )}
      </div>
    </Panel>
  );
}

function status(count: number, busy: boolean, answered: boolean, more: boolean): string {
  if (busy) return s().searching;
  if (!answered) return "";
  if (count === 0) return more ? s().noneYet : s().none;
  return counted(more ? s().foundMore : s().found, count);
}

/** A message that was found. A click goes there. */
function Found({ event, terms }: { event: LogEvent; terms: readonly string[] }) {
  const at = new Date(event.sent_at ?? event.at);
  return (
    <li>
      <button
        type="button"
        class="which"
        onClick={() => {
          store.panel.value = undefined;
          goTo(event.seq);
        }}
      >
        <span class="by">
          <bdi class={`who ${hue(event.from.member)}`} translate={false}>
            {event.as ?? event.from.nick}
          </bdi>
          <time dateTime={at.toISOString()} title={moment(at)}>
            {s().when(day(at), time(at))}
          </time>
        </span>
        {event.content && (
          <span class="text" dir="auto">
            <Marked text={shownText(event.content, terms)} terms={terms} />
          </span>
        )}
        {event.files?.map((file) => (
          <span key={file.id} class="file" dir="auto">
            📎 <Marked text={file.name} terms={terms} />
          </span>
        ))}
      </button>
    </li>
  );
}

/** What a message says without its Markdown, unless that hides something that was searched for: the address of a link, say. */
function shownText(content: string, terms: readonly string[]): string {
  const text = plain(emoteOf(content) ?? content, extended);
  return countFound(text, terms) < countFound(content, terms) ? content : text;
}

function Marked({ text, terms }: { text: string; terms: readonly string[] }) {
  return <>{highlight(text, terms).map((piece) => (piece.found ? <mark>{piece.text}</mark> : piece.text))}</>;
}
