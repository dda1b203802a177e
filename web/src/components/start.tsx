// The start page: a new room, a room by its code, or one that the user was in.
import { useState } from "preact/hooks";
import { newID } from "../../client.ts";
import { base } from "../base.ts";
import { isCode, newCode } from "../code.ts";
import { embedded } from "../embedded.ts";
import { endNotifying } from "../notify/registration.ts";
import { codeIn, inviteIn, linkElsewhere } from "../room-link.ts";
import { storage } from "../storage.ts";
import { linkTo, navigate, roomLink } from "../route.ts";
import { store } from "../store.ts";
import { ago, isolated, t, texts } from "../texts.ts";
import { token } from "../token.ts";
import { entryTexts } from "../texts/entry.ts";
import { Icon } from "./later-icons.tsx";
import { Sample, type SampleProps } from "./sample.tsx";
import { SignIn } from "./sign-in.tsx";
import { useAway } from "./use-away.ts";

const entry = () => texts("entry", entryTexts);

/** `Row` shows the messages of a sample: this file is loaded later than it. */
export function Start({ wrong, Row }: { wrong?: string } & SampleProps) {
  const [typed, setTyped] = useState(wrong ?? "");
  const [bad, setBad] = useState(wrong !== undefined);
  const [name, setName] = useState("");
  const create = (e: Event) => {
    e.preventDefault();
    const code = newCode();
    if (name.trim()) storage.setPass(code, { name: name.trim() });
    navigate(code);
  };
  const join = (e: Event) => {
    e.preventDefault();
    const link = linkElsewhere(typed, base);
    if (link) return embedded ? void open(link, "_blank", "noopener") : location.assign(link);
    const code = codeIn(typed);
    const invite = inviteIn(typed);
    if (isCode(code) && invite) storage.setPass(code, { invite, inviteID: newID() });
    if (isCode(code)) navigate(code);
    else setBad(true);
  };
  return (
    <main class="card-page start">
      <button
        type="button"
        class="plain corner end"
        aria-label={t().settings}
        title={t().settings}
        onClick={() => (store.panel.value = "settings")}
      >
        <Icon name="settings" />
      </button>
      <div class="card">
        <Logo />
        <h1>Snug</h1>
        <p class="tagline">{entry().tagline}</p>
        <Away />
        <form onSubmit={create}>
          <input
            class="wide"
            value={name}
            dir="auto"
            maxLength={100}
            placeholder={entry().roomName}
            aria-label={entry().roomName}
            autocomplete="off"
            onInput={(e) => setName(e.currentTarget.value)}
          />
          <button type="submit" class="button strong wide big">
            <Icon name="plus" /> {entry().newRoom}
          </button>
        </form>
        <p class="hint">{entry().newRoomHint}</p>
        <p class="or">
          <span>{entry().orJoin}</span>
        </p>
        <form class="row" onSubmit={join}>
          <input
            value={typed}
            dir="auto"
            placeholder={entry().roomCodeExample}
            aria-label={t().roomCode}
            aria-invalid={bad}
            aria-describedby="code-wrong"
            autocapitalize="none"
            autocomplete="off"
            spellcheck={false}
            required
            onInput={(e) => {
              setTyped(e.currentTarget.value);
              setBad(false);
            }}
          />
          <button type="submit" class="button">
            {t().join}
          </button>
        </form>
        <p id="code-wrong" class="wrong" role="alert">
          {bad && entry().badCode}
        </p>
        {!token.value && <SignIn />}
        <Visits />
      </div>
      <Sample Row={Row} />
    </main>
  );
}

/** Says that the network or the server is away, and what can be seen all the same. */
function Away() {
  const { away, ask } = useAway();
  const says = away === "network" ? entry().offline : away && entry().noServer;
  return (
    <div role="status">
      {says && (
        <div class="notice" translate={false}>
          <span>
            {says}
            {store.visits.value.length > 0 && entry().roomsAway}
          </span>
          {away === "server" && (
            <button type="button" class="link" onClick={ask}>
              {t().tryNow}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Visits() {
  const visits = store.visits.value;
  if (visits.length === 0) return null;
  const forget = (code: string) => {
    void endNotifying(code);
    storage.forget(code);
    store.visits.value = storage.visits;
  };
  return (
    <section class="visits" aria-label={entry().recentRooms}>
      <h2>{entry().recentRooms}</h2>
      <ul>
        {visits.map(({ code, at, name, topic }) => (
          <li key={code}>
            <a href={roomLink(code)} onClick={linkTo(code)}>
              <span class="which">
                <bdi>{name || code}</bdi>
                {(name || topic) && <bdi class="about">{name ? code : topic}</bdi>}
              </span>{" "}
              <span class="when">{ago(at)}</span>
            </a>
            <button
              type="button"
              class="plain"
              aria-label={t().forget(isolated(code))}
              title={t().forget(isolated(code))}
              onClick={() => forget(code)}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A room with someone in it. */
function Logo() {
  return (
    <svg class="logo" viewBox="0 0 64 64" aria-hidden="true">
      <rect class="wall" width="64" height="64" rx="18" />
      <path class="bubble" d="M16 25a9 9 0 0 1 9-9h14a9 9 0 0 1 9 9v8a9 9 0 0 1-9 9H30l-9 8v-8.6A9 9 0 0 1 16 33z" />
      <path class="mouth" d="M25 29.5c2 4.5 12 4.5 14 0" />
    </svg>
  );
}
