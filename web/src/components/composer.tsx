// Where the user writes.
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { confirm, edit, saveEdit, send, stopComposing, typing } from "../actions.ts";
import { attachedIn, attachIn } from "../attached.ts";
import type { Suggestion } from "../completion.ts";
import { mayTakeFocus } from "../embedded.ts";
import { commandOf, unescaped } from "../emote.ts";
import type { Message } from "../fold.ts";
import { heldPastes, holdPaste, longest } from "../long-pastes.ts";
import { canEdit } from "../permissions.ts";
import type { Composing } from "../room-state.ts";
import { nextTurn, store } from "../store.ts";
import { countdown, counted, isolated, t } from "../texts.ts";
import { touchOnly } from "../touch.ts";
import { attach } from "./attach.ts";
import { Icon } from "./icons.tsx";
import { later, lazy, loadLater } from "./lazy.tsx";
import { replaceRange, useDraft } from "./use-draft.ts";
import { useNow } from "./use-now.ts";

const ComposingBar = lazy((m) => m.ComposingBar);
const LongPaste = lazy((m) => m.LongPaste);
const Suggestions = lazy((m) => m.Suggestions);
const ComposerTools = lazy((m) => m.ComposerTools);
const Attachments = lazy((m) => m.Attachments);

/** How many sent messages the Up key brings back. */
const mostRecalled = 50;

const enterSends = (): boolean => {
  const { enter } = store.settings.value;
  return enter === "send" || (enter === "auto" && !touchOnly.matches);
};

export function Composer({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const { room } = store;
  const composing = room.composing.value;
  const editing = composing?.is === "edit" ? composing.message : undefined;
  const code = room.code.value;
  const { text, setText } = useDraft(code, composing, field);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState(""); // the text for which suggestions were closed
  const [problem, setProblem] = useState("");
  const sent = useRef<string[]>([]); // newest last
  const [back, setBack] = useState(0); // how many messages ago the recalled one was sent
  const wait = nextTurn.value - useNow(nextTurn.value > Date.now());

  useLayoutEffect(() => {
    if (composing || (!touchOnly.matches && mayTakeFocus())) field.current?.focus();
  }, [composing]);

  const suggestions = (dismissed !== text && later.value?.suggestionsFor(text, caret, editing)) || [];
  const current = suggestions[Math.min(chosen, suggestions.length - 1)];
  const most = room.limits.value?.content_chars ?? Infinity;
  const held = heldPastes(code);
  const attachments = editing ? [] : attachedIn(code);
  const files = attachments.flatMap((a) => a.stored ?? []);
  const left = most - [...(text + files.map((f) => f.alt).join(""))].length;
  const waits = attachments.length > files.length; // for an upload, or for what is done about one that failed
  /** What was submitted during an upload. */
  const [queued, setQueued] = useState<{ text: string; composing: Composing | undefined }>();
  const label = editing ? t().saveMessage : t().sendMessage;

  const changed = () => {
    setChosen(0);
    setProblem("");
  };
  const put = (now: string) => {
    setText(now);
    setCaret(now.length);
    changed();
  };
  const accept = (s: Suggestion) => {
    field.current!.focus();
    replaceRange(field.current!, s.from, s.to, s.insert);
  };
  const submit = () => {
    const content = text.trimEnd();
    if (left < 0) return;
    if (editing) {
      if (content !== editing.content && (content || editing.files)) return void saveEdit(editing, content);
      stopComposing();
      if (!content && !editing.files) confirm({ is: "delete", message: editing });
      return;
    }
    const failed = attachments.find((a) => a.error);
    if (failed) return setProblem(`${isolated(failed.file.name)}: ${failed.error}`); // it may be out of view
    if (waits) return setQueued({ text, composing });
    if (!content.trim() && attachments.length === 0) return put("");
    if (commandOf(content)) return void command(content);
    if (!send(unescaped(content), files)) return setProblem(t().tooManyWaiting);
    attachIn(code, []);
    sent.current = [...sent.current, content].slice(-mostRecalled);
    setBack(0);
    put("");
    if (!touchOnly.matches) field.current?.focus();
  };
  const command = async (content: string) => {
    if (!later.value) return loadLater();
    put("");
    const { problem, draft } = await later.value.runCommand(content);
    if (!field.current || (!problem && !draft)) return;
    if (!field.current.value) put(problem ? content : (draft ?? ""));
    setProblem(problem ?? "");
    field.current.focus();
  };
  // What was submitted during an upload goes when that is done, unless it fails, or the user goes on with it or with something else.
  useEffect(() => {
    if (!queued) return;
    const stands = queued.text === text && queued.composing === composing;
    if (stands && waits && !attachments.some((a) => a.error)) return;
    setQueued(undefined);
    if (stands && !waits) submit();
  });
  const recall = (to: number) => {
    setBack(to);
    put(to === 0 ? "" : (sent.current.at(-to) ?? ""));
  };
  /** Attaches files that are pasted or dropped, and asks about a text that is longer than a message may be. */
  const insert = (e: Event, data: DataTransfer | null) => {
    // A word processor or a spreadsheet gives a picture of a text besides it.
    const isText = data?.types.includes("text/rtf") && data.types.includes("text/plain");
    if (!editing && !isText && attach(data?.files)) return e.preventDefault();
    const pasted = data?.getData("text/plain") ?? "";
    const bound = Math.min(most, longest);
    if ([...pasted.slice(0, 2 * bound + 1)].length <= bound) return; // a character has up to two parts
    e.preventDefault();
    holdPaste(code, pasted);
  };

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing || e.keyCode === 229) return; // it belongs to the input method; Safari says so by 229 alone
    const modified = e.ctrlKey || e.metaKey;
    if (current && !modified) {
      const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
      if (step) setChosen((chosen + step + suggestions.length) % suggestions.length);
      else if (e.key === "Enter" || e.key === "Tab") accept(current);
      else if (e.key === "Escape") setDismissed(text);
      else return;
      e.preventDefault();
      e.stopPropagation();
      return;
    }
    const recalling = !editing && (text === "" || (back > 0 && text === sent.current.at(-back)));
    const own = !editing && text === "" && sent.current.length === 0 ? lastOwn() : undefined;
    if (e.key === "Enter" && (modified || (!e.shiftKey && enterSends()))) submit();
    else if (e.key === "ArrowUp" && recalling && back < sent.current.length && caretOnFirstLine(field.current!))
      recall(back + 1);
    else if (e.key === "ArrowUp" && own) edit(own);
    else if (e.key === "ArrowDown" && back > 0 && recalling) recall(back - 1);
    else if (e.key === "Escape" && composing) stopComposing();
    else if (!modified || !later.value?.format(field.current!, e)) return;
    e.preventDefault();
  };

  return (
    <form
      class="composer"
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      {current && <Suggestions suggestions={suggestions} current={current} accept={accept} />}
      {composing && <ComposingBar composing={composing} />}
      {held.length > 0 && <LongPaste code={code} text={held[0]!} field={field} editing={!!editing} />}
      {attachments.length > 0 && <Attachments />}
      <div class="field">
        <textarea
          id="draft"
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={t().write}
          aria-label={t().write}
          aria-autocomplete="list"
          aria-controls={current ? "suggestions" : undefined}
          aria-activedescendant={current ? `suggestion-${suggestions.indexOf(current)}` : undefined}
          aria-invalid={left < 0}
          aria-describedby={wait > 0 ? "left slow" : "left"}
          autocomplete="off"
          enterkeyhint={enterSends() ? "send" : "enter"}
          onInput={(e) => {
            setText(e.currentTarget.value);
            setCaret(e.currentTarget.selectionStart);
            changed();
            if (e.currentTarget.value) typing();
          }}
          onSelect={(e) => setCaret(e.currentTarget.selectionStart)}
          onBlur={() => setDismissed(text)}
          onKeyDown={onKeyDown}
          onPaste={(e) => insert(e, e.clipboardData)}
          onDrop={(e) => insert(e, e.dataTransfer)}
        />
        <ComposerTools field={field} files={!!room.limits.value?.file_bytes && !editing} />
        <button
          type="submit"
          class="send"
          aria-label={label}
          title={label}
          disabled={(!text.trim() && !editing && attachments.length === 0) || left < 0}
          onPointerDown={(e) => e.preventDefault()} // the field keeps the focus, and a phone its keyboard
        >
          <Icon name={editing ? "check" : "send"} />
        </button>
      </div>
      {wait > 0 && !editing && (
        <p id="slow" class="left" translate={false}>
          {t().slow(countdown(wait))}
        </p>
      )}
      <p key={problem} id="left" translate={false} class={left < 0 ? "left over" : "left"} role="status">
        {problem || lengthText(left)}
      </p>
    </form>
  );
}

function lengthText(left: number): string {
  if (left < 0) return counted(t().tooLong, -left);
  return left < 200 ? counted(t().charactersLeft, left) : "";
}

/** The user's last message that can be edited, if it isn't far above. */
function lastOwn(): Message | undefined {
  const { fold, you } = store.room;
  return fold.messages.slice(-200).findLast((m) => canEdit(you.value, m));
}

function caretOnFirstLine(field: HTMLTextAreaElement): boolean {
  return !field.value.slice(0, field.selectionStart).includes("\n");
}
