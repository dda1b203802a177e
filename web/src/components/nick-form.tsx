// Asks for a nick, and again if the server refuses it.
import { useState } from "preact/hooks";
import { storage } from "../storage.ts";
import { base, linkTo } from "../route.ts";
import { connect } from "../actions.ts";
import { store } from "../store.ts";
import { language, t } from "../texts.ts";
import { entryTexts } from "../texts/entry.ts";
import { Icon } from "./icons.tsx";

const entry = () => entryTexts[language.value];

const mostLetters = 32;

export function NickForm({ code, wrong }: { code: string; wrong?: string }) {
  const [nick, setNick] = useState(store.nick.value);
  const [bad, setBad] = useState(wrong);
  const submit = (e: Event) => {
    e.preventDefault();
    const wanted = nick.trim();
    if (wanted === "" || [...wanted].length > mostLetters) return setBad(t().badNick);
    storage.nick = wanted;
    const again = store.nick.value !== "";
    store.nick.value = wanted;
    if (again) connect(wanted);
  };
  return (
    <main class="card-page">
      <a class="plain corner" href={base.href} aria-label={t().back} title={t().back} onClick={linkTo(undefined)}>
        <Icon name="back" />
      </a>
      <form class="card" onSubmit={submit}>
        <h1>{entry().nickTitle}</h1>
        <p class="code" dir="auto">
          {code}
        </p>
        <input
          id="nick"
          value={nick}
          dir="auto"
          autocomplete="nickname"
          maxLength={64}
          required
          placeholder={t().nick}
          aria-label={t().nick}
          aria-invalid={bad !== undefined}
          aria-describedby="nick-hint"
          onInput={(e) => setNick(e.currentTarget.value)}
          ref={(input) => {
            if (input && !input.dataset.begun) {
              input.dataset.begun = "yes";
              input.focus();
            }
          }}
        />
        <p id="nick-hint" class={bad ? "wrong" : "hint"} role={bad ? "alert" : undefined}>
          {bad ?? entry().nickHint}
        </p>
        <button type="submit" class="button strong wide">
          {t().enter}
        </button>
      </form>
    </main>
  );
}
