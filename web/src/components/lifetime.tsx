// How long a room and its messages last, for its owners; and its messages to take along, also for moderators.
import { useState } from "preact/hooks";
import type { Operation, Settings } from "../../client.ts";
import { confirm } from "../actions.ts";
import { isOwner } from "../permissions.ts";
import { roomLink } from "../route.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";
import { duration, language, soonMoment } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { token } from "../token.ts";

const l = () => lifeTexts[language.value];

type Set = (change: Omit<Operation & { type: "set" }, "type">) => Promise<boolean>;

const hour = 3600; // seconds
const day = 24 * hour;
const kept = [0, hour, day, 7 * day, 30 * day, 90 * day, 365 * day]; // 0 is forever
const ends = [hour, day, 7 * day, 30 * day];

export function Lifetime({ settings, set }: { settings: Settings; set: Set }) {
  const now = settings.keep_seconds ?? 0;
  const times = kept.includes(now) ? kept : [...kept, now].sort((a, b) => a - b);
  const keep = (seconds: number) => {
    const oldest = store.room.fold.messages[0];
    const removes =
      seconds > 0 && (store.room.more.value || (oldest && oldest.at.getTime() < Date.now() - seconds * 1000));
    if (removes) confirm({ is: "keep", seconds });
    else void set({ keep_seconds: seconds });
  };
  const close = (value: string) => {
    if (value === "") void set({ expires: "" });
    else if (value !== settings.expires)
      void set({ expires: new Date(Date.now() + Number(value) * 1000).toISOString() });
  };
  return (
    <>
      <label class="labelled">
        <span>{l().keep}</span>
        <select value={now} aria-describedby="keep-hint" onChange={(e) => keep(Number(e.currentTarget.value))}>
          {times.map((s) => (
            <option value={s}>{s === 0 ? l().forever : duration(s * 1000)}</option>
          ))}
        </select>
      </label>
      <p id="keep-hint" class="hint">
        {l().keepHint}
      </p>
      <label class="labelled">
        <span>{l().expires}</span>
        <select
          value={settings.expires ?? ""}
          aria-describedby="expires-hint"
          onChange={(e) => close(e.currentTarget.value)}
        >
          <option value="">{l().never}</option>
          {settings.expires && (
            <option value={settings.expires}>{l().at(soonMoment(new Date(settings.expires)))}</option>
          )}
          {ends.map((s) => (
            <option value={s}>{l().in(duration(s * 1000))}</option>
          ))}
        </select>
      </label>
      <p id="expires-hint" class="hint">
        {l().expiresHint}
      </p>
    </>
  );
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
