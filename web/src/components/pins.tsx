// The pinned messages, to go to and, for moderators, to unpin.
import { useEffect, useState } from "preact/hooks";
import { goTo, messageAt, tryPerform } from "../actions.ts";
import type { Message } from "../fold.ts";
import { gistOf } from "../content.ts";
import { canModerate } from "../permissions.ts";
import { store } from "../store.ts";
import { t, texts } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { Panel } from "./panel.tsx";

const l = () => texts("life", lifeTexts);

export function Pins() {
  const { pins, you } = store.room;
  const [wrong, setWrong] = useState<string>();
  return (
    <Panel title={t().pins} name="pins">
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {pins.value.length === 0 && <p class="hint">{l().noPins}</p>}
      <ul class="listed">
        {pins.value.map((seq) => (
          <Pin
            key={seq}
            seq={seq}
            unpin={canModerate(you.value) ? () => void tryPerform({ type: "unpin", seq }).then(setWrong) : undefined}
          />
        ))}
      </ul>
    </Panel>
  );
}

function Pin({ seq, unpin }: { seq: number; unpin: (() => void) | undefined }) {
  const [read, setRead] = useState<Message | null>();
  useEffect(() => void messageAt(seq).then((m) => setRead(m ?? null)), [seq]);
  store.room.version.value; // an edit changes the loaded message
  const message = store.room.fold.find(seq) ?? read;
  if (message === undefined) return null;
  return (
    <li>
      {message && !message.deleted ? (
        <button
          type="button"
          class="which"
          title={l().goToPin}
          onClick={() => {
            store.panel.value = undefined;
            goTo(seq);
          }}
        >
          <bdi>{message.as ?? message.from.nick}</bdi>
          <span class="hint" dir="auto">
            {gistOf(message)}
          </span>
        </button>
      ) : (
        <span class="hint">{l().erased}</span>
      )}
      {unpin && (
        <button type="button" class="button" onClick={unpin}>
          {l().unpin}
        </button>
      )}
    </li>
  );
}
