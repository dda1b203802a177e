// Where one writes.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { commandOf } from "../action.ts";
import { offers, type Offer } from "../completion.ts";
import type { Message } from "../fold.ts";
import { kept } from "../keep.ts";
import { gist } from "../markdown.ts";
import { mayEdit } from "../may.ts";
import { ask, change, edit } from "../deeds.ts";
import { say, typing } from "../session.ts";
import { nicks, store, turn } from "../store.ts";
import { isolated, number, t } from "../texts.ts";
import { hue, Icon } from "./icons.tsx";
import { useNow } from "./now.ts";
import { Offers } from "./offers.tsx";

/** What was sent from here, newest last: Up brings it back; where there is nothing, it edits one's last message. */
const sent: string[] = [];
const mostSent = 50;

/** A screen without a keyboard: there Enter is for lines, and the button sends. */
const touch = matchMedia("(hover: none) and (pointer: coarse)");

export function Composer() {
  const { room } = store;
  const code = room.code.value;
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => kept.draft(code));
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState("");
  const [full, setFull] = useState(false);
  const [meant, setMeant] = useState(""); // looks like a command: sent again it is sent as it is
  const [back, setBack] = useState(0); // how far back in what was sent
  const answered = room.replyTo.value;
  const editing = room.editing.value;
  const aside = useRef<string | undefined>(undefined); // the draft, while something else is edited
  const wait = turn.value - useNow(turn.value > Date.now());

  useLayoutEffect(() => kept.setDraft(code, aside.current ?? text), [code, text]); // or an older text could be kept after a newer one
  useLayoutEffect(() => { // before the next key is pressed
    if (!editing) return;
    aside.current ??= text;
    put(editing.content);
    return () => {
      if (room.editing.peek()) return; // another one
      put(aside.current ?? "");
      aside.current = undefined;
    };
  }, [editing]);
  useEffect(() => { if (!touch.matches) field.current?.focus(); }, [code]);
  useLayoutEffect(() => {
    const area = field.current!;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);

  const offered = dismissed === text ? [] : offers(text, caret, otherNicks());
  const current = offered[Math.min(chosen, offered.length - 1)];
  const most = room.limits.value?.content_chars ?? Infinity;
  const left = most - [...text].length;
  const ended = room.state.value.is === "ended";

  const save = editing ? t().saveMessage : t().sendMessage;

  const put = (now: string, at = now.length) => {
    setText(now);
    setCaret(at);
    setChosen(0);
    queueMicrotask(() => field.current?.setSelectionRange(at, at));
  };
  const accept = (o: Offer) => {
    put(o.text, o.caret);
    field.current?.focus();
  };
  const send = () => {
    const content = text.trimEnd();
    if (left < 0 || ended) return;
    if (editing) {
      room.editing.value = undefined;
      if (!content.trim()) ask({ is: "erase", message: editing });
      else if (content !== editing.content) void change(editing, { type: "edit", seq: editing.seq, content });
      return;
    }
    if (!content.trim()) return put("");
    if (commandOf(content) && meant !== text) return setMeant(text);
    const taken = say(content);
    setFull(!taken);
    if (!taken) return;
    sent.push(text.trimEnd());
    sent.splice(0, sent.length - mostSent);
    setBack(0);
    put("");
    if (!touch.matches) field.current?.focus();
  };
  const recall = (to: number) => {
    setBack(to);
    put(to === 0 ? "" : (sent.at(-to) ?? ""));
  };

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing || e.keyCode === 229) return; // it belongs to the input method; Safari says so by 229 alone
    if (current) {
      const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
      if (step) setChosen((chosen + step + offered.length) % offered.length);
      else if (e.key === "Enter" || e.key === "Tab") accept(current);
      else if (e.key === "Escape") setDismissed(text);
      else return;
      e.preventDefault();
      e.stopPropagation();
      return;
    }
    const recalling = !editing && (text === "" || (back > 0 && text === sent.at(-back)));
    if (e.key === "Enter" && !e.shiftKey && !touch.matches) send();
    else if (e.key === "ArrowUp" && recalling && back < sent.length && caretOnFirstLine(e)) recall(back + 1);
    else if (e.key === "ArrowUp" && !editing && text === "" && sent.length === 0 && lastOwn()) edit(lastOwn()!);
    else if (e.key === "ArrowDown" && back > 0 && recalling) recall(back - 1);
    else if (e.key === "Escape" && editing) room.editing.value = undefined;
    else if (e.key === "Escape" && answered) room.replyTo.value = undefined;
    else return;
    e.preventDefault();
  };

  return (
    <form class="composer" onSubmit={(e) => { e.preventDefault(); send(); }}>
      {current && <Offers offers={offered} current={current} accept={accept} />}
      {editing && (
        <div class="answering">
          <Icon name="edit" />
          <span class="text">
            <b>{t().editing}</b>
            <span dir="auto">{gist(editing.content)}</span>
          </span>
          <button type="button" class="plain" aria-label={t().stopEditing} title={t().stopEditing} onClick={() => (room.editing.value = undefined)}><Icon name="close" /></button>
        </div>
      )}
      {answered && (
        <div class="answering">
          <Icon name="reply" />
          <span class={`text ${hue(answered.from.member)}`}>
            <b>{t().replyingTo(isolated(answered.from.nick))}</b>
            <span dir="auto">{gist(answered.content)}</span>
          </span>
          <button type="button" class="plain" aria-label={t().stopReplying} title={t().stopReplying} onClick={() => (room.replyTo.value = undefined)}><Icon name="close" /></button>
        </div>
      )}
      <div class="field">
        <textarea
          id="draft"
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={ended ? t().notConnected : t().write}
          aria-label={t().write}
          aria-autocomplete="list"
          aria-controls={current ? "offers" : undefined}
          aria-activedescendant={current ? `offer-${offered.indexOf(current)}` : undefined}
          aria-invalid={left < 0}
          aria-describedby={wait > 0 ? "left slow" : "left"}
          disabled={ended}
          autocomplete="off"
          enterkeyhint={touch.matches ? "enter" : "send"}
          onInput={(e) => {
            setText(e.currentTarget.value);
            if (!editing) kept.setDraft(code, e.currentTarget.value); // the page may go before the effect runs
            setCaret(e.currentTarget.selectionStart);
            setChosen(0);
            if (e.currentTarget.value) typing();
          }}
          onSelect={(e) => setCaret(e.currentTarget.selectionStart)}
          onBlur={() => setDismissed(text)}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="send" aria-label={save} title={save} disabled={(!text.trim() && !editing) || left < 0 || ended}><Icon name={editing ? "check" : "send"} /></button>
      </div>
      {wait > 0 && !editing && !ended && <p id="slow" class="left">{t().slow(number(Math.ceil(wait / 1000)))}</p>}
      <p id="left" class={left < 0 ? "left over" : "left"} role="status">
        {full ? t().tooManyWaiting : meant && meant === text ? t().noCommand(commandOf(meant) ?? "") : left < 0 ? t().tooLong(number(-left)) : left < 200 ? t().charactersLeft(number(left)) : ""}
      </p>
    </form>
  );
}

/** The last message of one's own that can be edited, not far above. */
function lastOwn(): Message | undefined {
  const { fold, you } = store.room;
  return fold.messages.slice(-200).findLast((m) => mayEdit(you.value, m));
}

function caretOnFirstLine(e: KeyboardEvent): boolean {
  const area = e.currentTarget as HTMLTextAreaElement;
  return !area.value.slice(0, area.selectionStart).includes("\n");
}

function otherNicks(): string[] {
  const you = store.room.you.value?.nick;
  const talked = store.room.fold.messages.slice(-200).map((m) => m.from.nick);
  return [...new Set([...nicks.value, ...talked])].filter((n) => n !== you);
}
