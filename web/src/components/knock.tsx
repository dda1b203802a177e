// Knocking at a locked room: for the one who waits, and for those who may let them in.
import { useState } from "preact/hooks";
import { knock, leaveRoom, perform } from "../actions.ts";
import { base, linkTo } from "../route.ts";
import { store } from "../store.ts";
import { isolated, language, t } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { Icon } from "./icons.tsx";

const l = () => lifeTexts[language.value];

const mostNote = 200;

/** Offers to knock, where the room is locked. */
export function KnockForm() {
  const [note, setNote] = useState("");
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        knock(note.trim());
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
      <button type="submit" class="button strong wide">
        {l().knock}
      </button>
    </form>
  );
}

/** Says that the user waits. */
export function Knocking({ code }: { code: string }) {
  return (
    <main class="card-page">
      <a class="plain corner" href={base.href} aria-label={t().back} title={t().back} onClick={linkTo(undefined)}>
        <Icon name="back" />
      </a>
      <div class="card" role="status">
        <p class="sign">
          <Icon name="clock" />
        </p>
        <h1>{l().knockingTitle}</h1>
        <p class="code" dir="auto">
          {code}
        </p>
        <p class="told">{l().knockingHint}</p>
        <button
          type="button"
          class="button wide"
          onClick={() => {
            leaveRoom();
            location.reload();
          }}
        >
          {t().cancel}
        </button>
      </div>
    </main>
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
