// What a user sees who can't join the room: why, and what they can do about it.
import { useState } from "preact/hooks";
import type { Failure } from "../../client.ts";
import { joinErrorText } from "../refusals.ts";
import { base, linkTo } from "../route.ts";
import { connect } from "../actions.ts";
import { store } from "../store.ts";
import { language, t } from "../texts.ts";
import { entryTexts } from "../texts/entry.ts";
import { token } from "../token.ts";
import { Icon } from "./later-icons.tsx";
import { KnockForm } from "./knock.tsx";
import { useNow } from "./use-now.ts";

const entry = () => entryTexts[language.value];

/** Says why the server refuses the user. `until` is the time of the next attempt, if there is one. */
export function JoinRefused({ code, why, until }: { code: string; why: Failure; until?: number }) {
  const now = useNow(until !== undefined);
  const { title, lines } = joinErrorText(why);
  return (
    <main class="card-page">
      <Back />
      <div class="card" role="alert">
        <p class="sign">
          <Icon
            name={why.code === "locked" || why.code === "bad-token" ? "lock" : why.code === "banned" ? "ban" : "clock"}
          />
        </p>
        <h1>{title}</h1>
        <p class="code" dir="auto">
          {code}
        </p>
        {lines.map((line) => (
          <p class="told" dir="auto">
            {line}
          </p>
        ))}
        {until !== undefined && (
          <p class="hint" aria-live="off" translate={false}>
            {entry().againIn(Math.max(0, Math.ceil((until - now) / 1000)))}
          </p>
        )}
        {why.code === "locked" && !token.value && <KnockForm />}
        {why.code !== "closed" && (
          <button
            type="button"
            class={why.code === "locked" ? "button wide" : "button strong wide"}
            onClick={() => (until === undefined ? location.reload() : connect())}
          >
            {entry().tryAgain}
          </button>
        )}
      </div>
    </main>
  );
}

/** Asks for the room's password. */
export function PasswordForm({ code }: { code: string }) {
  const { passwordPrompts, state } = store.room;
  const [typed, setTyped] = useState("");
  const refused = state.value.is === "refused";
  const wrong = refused && passwordPrompts.value > 1;
  return (
    <main class="card-page">
      <Back />
      <form
        class="card"
        onSubmit={(e) => {
          e.preventDefault();
          if (refused) connect(undefined, typed);
        }}
      >
        <p class="sign">
          <Icon name="lock" />
        </p>
        <h1>{entry().passwordTitle}</h1>
        <p class="code" dir="auto">
          {code}
        </p>
        <input
          type="password"
          value={typed}
          required
          autocomplete="current-password"
          placeholder={t().password}
          aria-label={t().password}
          aria-invalid={wrong}
          aria-describedby="password-hint"
          onInput={(e) => setTyped(e.currentTarget.value)}
          ref={(input) => {
            if (input && !input.dataset.begun) {
              input.dataset.begun = "yes";
              input.focus();
            }
          }}
        />
        <p id="password-hint" class={wrong ? "wrong" : "hint"} role={wrong ? "alert" : undefined}>
          {wrong ? entry().passwordWrong : entry().passwordHint}
        </p>
        <button type="submit" class="button strong wide" disabled={!refused}>
          {t().enter}
        </button>
      </form>
    </main>
  );
}

const Back = () => (
  <a class="plain corner" href={base.href} aria-label={t().back} title={t().back} onClick={linkTo(undefined)}>
    <Icon name="back" />
  </a>
);
