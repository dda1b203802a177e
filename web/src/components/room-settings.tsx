// The room's settings, for its owners, and the bans, also for moderators.
import { useEffect, useState } from "preact/hooks";
import type { Ban, Operation } from "../../client.ts";
import { canModerate, isOwner } from "../permissions.ts";
import { bans, tryPerform } from "../actions.ts";
import { store } from "../store.ts";
import { duration, isolated, soonMoment, t, texts } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { settingTexts } from "../texts/room-settings.ts";
import { Hooks } from "./hooks.tsx";
import { End, Lifetime } from "./lifetime.tsx";
import { Panel } from "./panel.tsx";
import { Save } from "./save.tsx";

type Change = Omit<Operation & { type: "set" }, "type">;

const s = () => texts("room", settingTexts);
const l = () => texts("life", lifeTexts);

const pauses = [0, 5000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000]; // ms

export function RoomSettings() {
  const { you, settings } = store.room;
  const [wrong, setWrong] = useState<string>();
  const [saved, setSaved] = useState("");
  const now = settings.value;
  const may = canModerate(you.value);
  useEffect(() => {
    if (!may) store.panel.value = undefined; // the user has lost the role
  }, [may]);
  if (!now || !may) return null;

  const set = async (change: Change): Promise<boolean> => {
    const problem = await tryPerform({ type: "set", ...change });
    setWrong(problem);
    setSaved(problem === undefined ? Object.keys(change)[0]! : "");
    return problem === undefined;
  };
  const slow = pauses.includes(now.slow_ms) ? pauses : [...pauses, now.slow_ms].sort((a, b) => a - b);
  return (
    <Panel title={t().roomSettings} name="room-settings">
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {isOwner(you.value) && (
        <>
          <Line
            of="name"
            value={now.name ?? ""}
            label={l().name}
            hint={l().nameHint}
            maxLength={100}
            saved={saved === "name"}
            set={set}
          />
          <Line
            of="topic"
            value={now.topic}
            label={s().topic}
            hint={s().topicHint}
            maxLength={500}
            saved={saved === "topic"}
            set={set}
          />
          <fieldset>
            <legend>{s().access}</legend>
            <label class="check">
              <input
                type="checkbox"
                checked={now.locked}
                aria-describedby="lock-hint"
                onChange={(e) => void set({ locked: e.currentTarget.checked })}
              />
              {s().lock}
            </label>
            <p id="lock-hint" class="hint under">
              {s().lockHint}
            </p>
            <Password has={now.password} saved={saved === "password"} set={set} />
            <label class="check">
              <input
                type="checkbox"
                checked={now.reading === "members"}
                aria-describedby="reading-hint"
                onChange={(e) => void set({ reading: e.currentTarget.checked ? "members" : "" })}
              />
              {s().reading}
            </label>
            <p id="reading-hint" class="hint under">
              {s().readingHint}
            </p>
          </fieldset>
          <label class="labelled">
            <span>{s().slowMode}</span>
            <select
              value={now.slow_ms}
              aria-describedby="slow-hint"
              onChange={(e) => void set({ slow_ms: Number(e.currentTarget.value) })}
            >
              {slow.map((ms) => (
                <option value={ms}>{ms === 0 ? s().off : duration(ms)}</option>
              ))}
            </select>
          </label>
          <p id="slow-hint" class="hint">
            {s().slowModeHint}
          </p>
          <Lifetime settings={now} set={set} />
        </>
      )}
      <Hooks />
      <Bans />
      <End />
    </Panel>
  );
}

interface Field {
  saved: boolean;
  set: (change: Change) => Promise<boolean>;
}

interface LineProps extends Field {
  of: "name" | "topic";
  /** As it is now. It may change while the user writes another one. */
  value: string;
  label: string;
  hint: string;
  maxLength: number;
}

/** A setting that is a line of text. */
function Line({ of, value, label, hint, maxLength, saved, set }: LineProps) {
  const [typed, setTyped] = useState<string>();
  const text = typed ?? value;
  const save = async (e: Event) => {
    e.preventDefault();
    if (await set({ [of]: text.trim() })) setTyped((now) => (now === typed ? undefined : now));
  };
  return (
    <form onSubmit={(e) => void save(e)}>
      <label class="labelled" for={`room-${of}`}>
        <span>{label}</span>
      </label>
      <div class="row">
        <input
          id={`room-${of}`}
          value={text}
          dir="auto"
          maxLength={maxLength}
          placeholder={hint}
          autocomplete="off"
          onInput={(e) => setTyped(e.currentTarget.value)}
        />
        <Save disabled={text.trim() === value} saved={saved} />
      </div>
    </form>
  );
}

function Password({ has, saved, set }: { has: boolean } & Field) {
  const [text, setText] = useState("");
  const save = async (e: Event) => {
    e.preventDefault();
    if (await set({ password: text })) setText("");
  };
  return (
    <form onSubmit={(e) => void save(e)}>
      <label class="labelled" for="room-password">
        <span>{t().password}</span>
      </label>
      <div class="row">
        <input
          id="room-password"
          type="password"
          value={text}
          maxLength={128}
          placeholder={s().newPassword}
          autocomplete="new-password"
          aria-describedby="password-hint"
          onInput={(e) => setText(e.currentTarget.value)}
        />
        <Save disabled={text === ""} saved={saved} />
      </div>
      <p id="password-hint" class="hint">
        {has ? s().hasPassword : s().noPassword}{" "}
        {has && (
          <button type="button" class="link" onClick={() => void set({ password: "" })}>
            {s().removePassword}
          </button>
        )}
      </p>
    </form>
  );
}

function Bans() {
  const [all, setAll] = useState<readonly Ban[] | string>();
  useEffect(() => void bans().then(setAll), []);
  const lift = async (member: string) => {
    const problem = await tryPerform({ type: "unban", member });
    setAll(problem ?? (await bans()));
  };
  return (
    <section class="bans" aria-label={s().bans}>
      <h3>{s().bans}</h3>
      {typeof all === "string" && (
        <p class="wrong" role="alert">
          {all}
        </p>
      )}
      {all?.length === 0 && <p class="hint">{s().noBans}</p>}
      {typeof all === "object" && all.length > 0 && (
        <ul>
          {all.map((b) => {
            const nick = b.nick ?? t().somebody;
            return (
              <li key={b.member}>
                <span class="who">
                  <bdi>{nick}</bdi>
                  <span class="hint">
                    {s().bannedBy(isolated(b.by.nick), b.until ? soonMoment(new Date(b.until)) : "")}
                    {b.reason && (
                      <>
                        {" "}
                        · <bdi>{b.reason}</bdi>
                      </>
                    )}
                  </span>
                </span>
                <button
                  type="button"
                  class="button"
                  aria-label={s().liftOf(isolated(nick))}
                  onClick={() => void lift(b.member)}
                >
                  {s().lift}
                </button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
