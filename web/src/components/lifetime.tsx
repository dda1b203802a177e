// How long a room and its messages last, for its owners; and its messages to take along, also for moderators.
import { useState } from "preact/hooks";
import type { Operation, Settings } from "../../client.ts";
import { confirm } from "../actions.ts";
import { isOwner } from "../permissions.ts";
import { roomLink } from "../route.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";
import { duration, soonMoment, t, texts } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { token } from "../token.ts";

const l = () => texts("life", lifeTexts);

type Set = (change: Omit<Operation & { type: "set" }, "type">) => Promise<boolean>;

const hour = 3600; // seconds
const day = 24 * hour;
const kept = [0, hour, day, 7 * day, 30 * day, 90 * day, 365 * day]; // 0 is forever
const ends = [hour, day, 7 * day, 30 * day];

/** What another time is counted in, in seconds. */
const units = { minutes: 60, hours: hour, days: day };
type Unit = keyof typeof units;

export function Lifetime({ settings, set }: { settings: Settings; set: Set }) {
  return (
    <>
      <Keep now={settings.keep_seconds ?? 0} set={set} />
      <Expires now={settings.expires ?? ""} set={set} />
    </>
  );
}

function Keep({ now, set }: { now: number; set: Set }) {
  const [other, setOther] = useState(false);
  const [count, setCount] = useState("1");
  const [unit, setUnit] = useState<Unit>("hours");
  const times = kept.includes(now) ? kept : [...kept, now].sort((a, b) => a - b);
  const keep = async (seconds: number) => {
    const oldest = store.room.fold.messages[0];
    const removes =
      seconds > 0 && (store.room.more.value || (oldest && oldest.at.getTime() < Date.now() - seconds * 1000));
    if (removes) confirm({ is: "keep", seconds });
    else if (await set({ keep_seconds: seconds })) setOther(false);
  };
  const choose = (value: string) => {
    setOther(value === "other");
    if (value !== "other") void keep(Number(value));
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void keep(Math.round(Number(count) * units[unit]));
      }}
    >
      <label class="labelled">
        <span>{l().keep}</span>
        <select
          value={other ? "other" : now}
          aria-describedby="keep-hint"
          onChange={(e) => choose(e.currentTarget.value)}
        >
          {times.map((s) => (
            <option value={s}>{s === 0 ? l().forever : duration(s * 1000)}</option>
          ))}
          <option value="other">{l().another}</option>
        </select>
      </label>
      {other && (
        <div class="row">
          <input
            type="number"
            min={1}
            max={3650}
            required
            value={count}
            aria-label={l().count}
            onInput={(e) => setCount(e.currentTarget.value)}
          />
          <select value={unit} aria-label={l().unit} onChange={(e) => setUnit(e.currentTarget.value as Unit)}>
            {(Object.keys(units) as Unit[]).map((one) => (
              <option value={one}>{l()[one]}</option>
            ))}
          </select>
          <button type="submit" class="button">
            {t().save}
          </button>
        </div>
      )}
      <p id="keep-hint" class="hint">
        {l().keepHint}
      </p>
    </form>
  );
}

function Expires({ now, set }: { now: string; set: Set }) {
  const [dated, setDated] = useState(false);
  const [date, setDate] = useState("");
  const close = async (at: number) => {
    if (await set({ expires: new Date(at).toISOString() })) setDated(false);
  };
  const choose = (value: string) => {
    setDated(value === "date");
    if (value === "") void set({ expires: "" });
    else if (value !== "date" && value !== now) void close(Date.now() + Number(value) * 1000);
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        void close(new Date(date).getTime());
      }}
    >
      <label class="labelled">
        <span>{l().expires}</span>
        <select
          value={dated ? "date" : now}
          aria-describedby="expires-hint"
          onChange={(e) => choose(e.currentTarget.value)}
        >
          <option value="">{l().never}</option>
          {now && <option value={now}>{l().at(soonMoment(new Date(now)))}</option>}
          {ends.map((s) => (
            <option value={s}>{l().in(duration(s * 1000))}</option>
          ))}
          <option value="date">{l().atDate}</option>
        </select>
      </label>
      {dated && (
        <div class="row">
          <input
            type="datetime-local"
            required
            min={local(new Date(Date.now() + 120_000))}
            value={date}
            aria-label={l().date}
            onInput={(e) => setDate(e.currentTarget.value)}
          />
          <button type="submit" class="button">
            {t().save}
          </button>
        </div>
      )}
      <p id="expires-hint" class="hint">
        {l().expiresHint}
      </p>
    </form>
  );
}

/** A time as a datetime-local field has it. */
function local(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const formats = [
  ["html", "asPage"],
  ["txt", "asText"],
  ["jsonl", "asData"],
] as const;

export function End() {
  const [wrong, setWrong] = useState(false);
  const [busy, setBusy] = useState(false);
  const save = async (format: string) => {
    setBusy(true);
    setWrong(!(await download(store.room.code.value, format)));
    setBusy(false);
  };
  return (
    <>
      <section class="bans" aria-label={l().export}>
        <h3>{l().export}</h3>
        <p class="hint">{l().exportHint}</p>
        <div class="row">
          {formats.map(([format, text]) => (
            <button type="button" class="button" disabled={busy} onClick={() => void save(format)}>
              {l()[text]}
            </button>
          ))}
        </div>
        {wrong && (
          <p class="wrong" role="alert">
            {l().exportFailed}
          </p>
        )}
      </section>
      {isOwner(store.room.you.value) && (
        <section class="bans" aria-label={l().end}>
          <h3>{l().end}</h3>
          <button type="button" class="button grave wide" onClick={() => confirm({ is: "close" })}>
            {l().closeAsk}
          </button>
        </section>
      )}
    </>
  );
}

/** Saves the room's messages as a file. It reports whether that went well. */
async function download(code: string, format: string): Promise<boolean> {
  const seat = storage.place(code)?.seat;
  try {
    const answer = await fetch(`${roomLink(code)}/export?format=${format}`, {
      headers: {
        ...(seat ? { "Snug-Seat": seat } : {}),
        ...(token.peek() ? { Authorization: `Bearer ${token.peek()}` } : {}),
      },
      cache: "no-store",
    });
    if (!answer.ok) return false;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `${code}.${format}`;
    link.click();
    URL.revokeObjectURL(link.href);
    return true;
  } catch {
    return false;
  }
}
