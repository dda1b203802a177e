// Why the user isn't in the room, and what they can do: in the composer's place, under the messages that they have seen.
// Where they have seen none, it is all that the page shows.
import { useEffect, useRef, useState } from "preact/hooks";
import { comeBack, connect } from "../actions.ts";
import { barrier } from "../barrier.ts";
import { embedded, mayTakeFocus } from "../embedded.ts";
import { base, linkTo, roomCode } from "../route.ts";
import { store } from "../store.ts";
import { countdown, t, texts } from "../texts.ts";
import { entryTexts } from "../texts/entry.ts";
import { token } from "../token.ts";
import { KnockForm } from "./knock.tsx";
import { Icon } from "./later-icons.tsx";
import { SignInFailure, SignInLink } from "./sign-in.tsx";
import { useNow } from "./use-now.ts";

const entry = () => texts("entry", entryTexts);

/** With `takesFocus`, the user was writing when it came: its first control takes the focus. */
export function Barrier({ alone = false, takesFocus = false }: { alone?: boolean; takesFocus?: boolean }) {
  const { title, lines, sign, end, form, again } = barrier();
  const now = useNow(end !== undefined);
  const left = end ? Math.max(0, end.at - now) : 0;
  const closed = left > 0 && again?.waits === true;
  const box = useRef<HTMLElement>(null);
  const focuses = takesFocus || (form === "password" && mayTakeFocus());
  useEffect(() => {
    if (focuses) box.current?.querySelector<HTMLElement>("input, button, a")?.focus();
  }, [form]);
  const Title = alone ? "h1" : "h2";
  const panel = (
    <section ref={box} class={alone ? "barrier alone" : "barrier"}>
      <p class="sign">
        <Icon name={sign} />
      </p>
      <div key={title} class="why-out" role="alert">
        <Title>{title}</Title>
        {alone && (
          <p class="code" dir="auto">
            {roomCode.value}
          </p>
        )}
        {lines.map((line) => (
          <p>{line}</p>
        ))}
        {end?.moment && <p class="unseen">{end.moment}</p>}
      </div>
      {end && left > 0 && (
        <p class="left-time" aria-live="off" title={end.moment} translate={false}>
          {end.left(countdown(left))}
        </p>
      )}
      {end && left === 0 && (
        <p class="left-time" role="status" translate={false}>
          {end.over}
        </p>
      )}
      {form === "password" && <PasswordForm />}
      {form === "sign-in" && <SignInFailure />}
      {form === "knock" && !token.value && <KnockForm />}
      <p class="ways">
        {form === "sign-in" && <SignInLink class="button strong" />}
        {again && (
          // It can have the focus while it does nothing yet: then it is found as soon as it does.
          <button
            type="button"
            class={form || again.minor ? "button" : "button strong"}
            aria-disabled={closed}
            onClick={() => !closed && comeBack()}
          >
            {again.text}
          </button>
        )}
        {!embedded && (
          <a class="button" href={base.href} onClick={linkTo(undefined)}>
            {entry().otherRoom}
          </a>
        )}
      </p>
    </section>
  );
  return alone ? <main class="card-page">{panel}</main> : panel;
}

function PasswordForm() {
  const { passwordPrompts, state } = store.room;
  const [typed, setTyped] = useState("");
  const refused = state.value.is === "refused";
  const wrong = refused && passwordPrompts.value > 1;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (refused) connect(undefined, typed);
      }}
    >
      <input
        type="password"
        value={typed}
        required
        autocomplete="current-password"
        placeholder={t().password}
        aria-label={t().password}
        aria-invalid={wrong}
        aria-describedby={wrong ? "password-wrong" : undefined}
        onInput={(e) => setTyped(e.currentTarget.value)}
      />
      <button type="submit" class="button strong" disabled={!refused}>
        {t().enter}
      </button>
      {wrong && (
        <p id="password-wrong" class="wrong" role="alert">
          {entry().passwordWrong}
        </p>
      )}
    </form>
  );
}
