// Asks for a nick, and again if the server refuses it. Who is asked sees which room it is for.
import { useEffect, useState } from "preact/hooks";
import type { Member } from "../../client.ts";
import { mayTakeFocus } from "../embedded.ts";
import { storage } from "../storage.ts";
import { roomLink } from "../route.ts";
import { adoptNick, connect } from "../actions.ts";
import { store } from "../store.ts";
import { counted, list, t, texts } from "../texts.ts";
import { entryTexts } from "../texts/entry.ts";
import { token } from "../token.ts";
import { Back } from "./back.tsx";
import { Face } from "./member-marks.tsx";
import { SignIn } from "./sign-in.tsx";

const entry = () => texts("entry", entryTexts);

export function NickForm({ code, wrong }: { code: string; wrong?: string }) {
  const [nick, setNick] = useState(store.nick.value);
  const [bad, setBad] = useState(wrong);
  const submit = (e: Event) => {
    e.preventDefault();
    const wanted = nick.trim();
    const again = store.nick.value !== "";
    const problem = adoptNick(wanted);
    setBad(problem);
    if (!problem && again) connect(wanted);
  };
  return (
    <main class="card-page">
      <Back class="corner" />
      <form class="card" onSubmit={submit}>
        <h1>{entry().nickTitle}</h1>
        <About code={code} />
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
              if (mayTakeFocus()) input.focus();
            }
          }}
        />
        <p id="nick-hint" class={bad ? "wrong" : "hint"} role={bad ? "alert" : undefined}>
          {bad ?? entry().nickHint}
        </p>
        {!storage.isKept && <p class="hint">{entry().notKept}</p>}
        <button type="submit" class="button strong wide">
          {t().enter}
        </button>
        {!token.value && <SignIn />}
      </form>
    </main>
  );
}

/** What the server says of a room to those who aren't in it. Of a locked room, one with a password, or one that only members read, it says nothing. */
interface Description {
  name?: string;
  topic?: string;
  count?: number;
  members?: Member[]; // who came first
}

/** Which room it is: its name, its topic, and who is there. */
function About({ code }: { code: string }) {
  const [{ name, topic, count = 0, members = [] }, setDescription] = useState<Description>({});
  useEffect(() => {
    let current = true;
    void describe(code).then((description) => current && setDescription(description));
    return () => void (current = false);
  }, [code]);
  return (
    <div class="about">
      {name && (
        <p class="name" dir="auto" translate={false}>
          {name}
        </p>
      )}
      <p class="code" dir="auto" translate={false}>
        {code}
      </p>
      {topic && <p dir="auto">{topic}</p>}
      {count > 0 && (
        <p class="here" title={count === members.length ? list(members.map((m) => m.nick)) : undefined}>
          {members.slice(0, 5).map((m) => (
            <Face key={m.member} nick={m.nick} member={m.member} />
          ))}
          <span>{counted(t().here, count)}</span>
        </p>
      )}
    </div>
  );
}

/** Asks the server about a room. Where it doesn't tell, nothing is shown. */
async function describe(code: string): Promise<Description> {
  try {
    const answer = await fetch(roomLink(code), { headers: { Accept: "application/json" }, cache: "no-store" });
    return answer.ok ? ((await answer.json()) as Description) : {};
  } catch {
    return {};
  }
}
