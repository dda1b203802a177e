// What is shown over the messages: why there is no connection, why an action failed, and what is about to happen.
import { signal } from "@preact/signals";
import { connect } from "../actions.ts";
import { minute } from "../clock.ts";
import { barrierOf } from "../barrier.ts";
import { barred, store } from "../store.ts";
import { newBuild, reload } from "../updates.ts";
import { countdown, isolated, number, soonMinute, t, texts } from "../texts.ts";
import { entryTexts } from "../texts/entry.ts";
import { lifeTexts } from "../texts/life.ts";
import { Icon } from "./icons.tsx";
import { useNow } from "./use-now.ts";
import { useOnline } from "./use-online.ts";

const entry = () => texts("entry", entryTexts);

/** What the user has just done where nothing else shows it. */
const done = signal<{ text: string } | undefined>(undefined);
/** How long it is shown, in ms. */
const doneFor = 2500;

/** Says for a moment what the user has done. */
export function say(text: string): void {
  const said = (done.value = { text });
  setTimeout(() => {
    if (done.peek() === said) done.value = undefined;
  }, doneFor);
}

/** A notice over the messages, while there is no connection or after an error. */
export function Notice() {
  const { state, entered, copied, away, error } = store.room;
  const online = useOnline();
  const now = useNow(state.value.is === "waiting");
  if (barred.value) return null;
  if (copied.value && away.value && (state.value.is === "waiting" || state.value.is === "connecting"))
    return (
      <div class="notice" role="status" translate={false}>
        <span>{online ? entry().noServerCopy : entry().offlineCopy}</span>
        <button type="button" class="link" onClick={() => connect()}>
          {t().tryNow}
        </button>
      </div>
    );
  switch (state.value.is) {
    case "open":
      if (error.value !== undefined) return <ErrorNotice text={error.value} />;
      return (
        <>
          <div role="status">{done.value && <p class="notice brief">{done.value.text}</p>}</div>
          {!done.value && <OpenNotice />}
        </>
      );
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((state.value.until - now) / 1000));
      const { why } = state.value;
      const found = why && barrierOf(why);
      return (
        <div class="notice" translate={false}>
          {found ? (
            <span>
              <b>{found.title}</b> {found.lines.join(" ")} {entry().againIn(countdown(state.value.until - now))}
            </span>
          ) : (
            <span>
              {!online
                ? t().offline
                : entered.value
                  ? t().lost(seconds < 2 ? "" : number(seconds))
                  : entry().unreached(seconds < 1 ? "" : number(seconds))}
            </span>
          )}
          <button type="button" class="link" onClick={() => connect()}>
            {t().tryNow}
          </button>
        </div>
      );
    }
    case "connecting":
      return entered.value ? (
        <div class="notice" translate={false}>
          <span>{t().reconnecting}</span>
        </div>
      ) : null;
  }
  return null;
}

/** The end of the room that the user was told of and needn't be told again. */
const known = signal("");
/** How long before its end a room says so, in ms; a minute more, as `minute` is behind. */
const warnedBefore = 3_660_000;

/** Says that the room closes soon; else that another member has the nick. */
function OpenNotice() {
  const expires = store.room.settings.value?.expires ?? "";
  const at = new Date(expires);
  if (!expires || known.value === expires || at.getTime() - minute.value > warnedBefore)
    return newBuild.value ? <UpdateNotice /> : <NickTakenNotice />;
  return (
    <div class="notice" role="status">
      <span>{texts("life", lifeTexts).closesSoon(soonMinute(at))}</span>
      <button
        type="button"
        class="plain small"
        aria-label={t().close}
        title={t().close}
        onClick={() => (known.value = expires)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Says that the server has another build of the page. */
function UpdateNotice() {
  return (
    <div class="notice" role="status">
      <span>{entry().newVersion}</span>
      <button type="button" class="link" onClick={() => void reload()}>
        {entry().load}
      </button>
    </div>
  );
}

/** Says that another member has the nick that the user asked for. */
function NickTakenNotice() {
  const { takenNick, you } = store.room;
  if (takenNick.value === undefined || !you.value) return null;
  return (
    <div class="notice" role="status" translate={false}>
      <span>{t().takenNick(isolated(takenNick.value), isolated(you.value.nick))}</span>
      <button
        type="button"
        class="plain small"
        aria-label={t().close}
        title={t().close}
        onClick={() => (takenNick.value = undefined)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Says why the user's last action failed. */
function ErrorNotice({ text }: { text: string }) {
  return (
    <div key={text} class="notice bad" role="alert">
      <span>{text}</span>
      <button
        type="button"
        class="plain small"
        aria-label={t().close}
        title={t().close}
        onClick={() => (store.room.error.value = undefined)}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
