// Knocking at a locked room: for the one who stands before it, and for those who may let them in.
import { useState } from "preact/hooks";
import { comeBack, perform } from "../actions.ts";
import { store } from "../store.ts";
import { isolated, texts } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { Icon } from "./icons.tsx";

const l = () => texts("life", lifeTexts);

const mostNote = 200;

/** Offers to knock, where the room is locked. */
export function KnockForm() {
  const [note, setNote] = useState("");
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        comeBack(note.trim());
      }}
    >
      <input
        value={note}
        dir="auto"
        maxLength={mostNote}
        placeholder={l().note}
        aria-label={l().note}
        autocomplete="off"
        onInput={(e) => setNote(e.currentTarget.value)}
      />
      <button type="submit" class="button strong">
        {l().knock}
      </button>
    </form>
  );
}

/** Who waits before the room, for owners and moderators: one after the other. */
export function Knocks() {
  const { knocks } = store.room;
  const { member, nick = "", note } = knocks.value[0]!;
  const who = isolated(nick);
  return (
    <div key={member} class="notice" role="status" translate={false}>
      <span>
        <b>{l().wantsIn(who)}</b> {note && <bdi>{note}</bdi>}
      </span>
      <button
        type="button"
        class="link"
        aria-label={l().letInWho(who)}
        onClick={() => void perform({ type: "admit", member })}
      >
        {l().letIn}
      </button>
      <button
        type="button"
        class="plain small"
        aria-label={l().ignore(who)}
        title={l().ignore(who)}
        onClick={() => (knocks.value = knocks.value.slice(1))}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
