// One message, in its bubble.
import type { Pending } from "../../client.ts";
import { emoteOf } from "../emote.ts";
import { onlyEmoji } from "../emoji.ts";
import type { Message } from "../fold.ts";
import { callsUser, gistOf } from "../content.ts";
import { errorText } from "../errors.ts";
import { discard, goTo, replyTo, retry } from "../actions.ts";
import { openMenu } from "../menu.ts";
import { barred, shownFold, store } from "../store.ts";
import { isolated, moment, t, time } from "../texts.ts";
import { Icon } from "./icons.tsx";
import { lazy } from "./lazy.tsx";
import { Face, hue, RoleTag } from "./member-marks.tsx";
import { RichText } from "./rich-text.tsx";

const Files = lazy((m) => m.Files);
const Reactions = lazy((m) => m.Reactions);

interface Place {
  own: boolean;
  first: boolean;
  last: boolean;
}

export function MessageRow({ message, own, first, last }: { message: Message } & Place) {
  const { nick, member } = message.from;
  const changing = store.room.changing.value.has(message.seq);
  const big = onlyEmoji(message.content);
  const isEmote = emoteOf(message.content) !== undefined;
  const calls = callsUser(message);
  const classes = [
    "message",
    own ? "own" : "other",
    first && "first",
    last && "last",
    big && "big",
    isEmote && "emote",
    calls && "calls",
    changing && "pending",
    message.deleted && "erased",
    message === store.room.arrived.peek() && "arrives",
  ]
    .filter(Boolean)
    .join(" ");
  return (
    <article class={classes} tabIndex={-1} aria-label={t().saidBy(isolated(nick), time(message.at))}>
      {!own && <div class="side">{last && <Face nick={nick} member={member} />}</div>}
      <div class="column">
        {first && !isEmote && (
          <header class={`sender ${hue(member)}`}>
            <bdi class="nick" translate={false}>
              {nick}
            </bdi>
            {message.as && (
              <bdi class="as" translate={false}>
                {message.as}
              </bdi>
            )}
            <RoleTag of={message.from} />
            <Time at={message.at} />
          </header>
        )}
        <div class="bubble">
          {message.replyTo !== undefined && <Answered seq={message.replyTo} />}
          {message.deleted ? (
            <p class="quiet">{t().deleted}</p>
          ) : (
            <Content message={message} by={message.from} of={message.seq} />
          )}
          {message.files && <Files files={message.files} />}
          {(changing || message.edited) && (
            <footer translate={false}>
              {changing && <Waits why={t().changing} />}
              {message.edited && <span>{t().edited}</span>}
            </footer>
          )}
        </div>
        {message.reactions && message.reactions.size > 0 && <Reactions message={message} />}
      </div>
      {!message.deleted && <Actions message={message} />}
    </article>
  );
}

/** A time of the day; pointed at, all of it. */
const Time = ({ at }: { at: Date }) => (
  <time dateTime={at.toISOString()} title={moment(at)} translate={false}>
    {time(at)}
  </time>
);

const Waits = ({ why }: { why: string }) => (
  <span class="waits" title={why}>
    <Icon name="clock" />
  </span>
);

function Actions({ message }: { message: Message }) {
  return (
    <div class="actions">
      <Time at={message.at} />
      {!barred.value && (
        <>
          <Action label={t().react} icon="smile" popup="dialog" run={(at) => openMenu({ is: "react", message, at })} />
          <Action label={t().reply} icon="reply" run={() => replyTo(message)} />
        </>
      )}
      <Action label={t().messageMenu} icon="dots" popup="menu" run={(at) => openMenu({ is: "message", message, at })} />
    </div>
  );
}

interface ActionProps {
  label: string;
  icon: "smile" | "reply" | "dots";
  popup?: "dialog" | "menu";
  run: (button: HTMLElement) => void;
}

const Action = ({ label, icon, popup, run }: ActionProps) => (
  <button
    type="button"
    class={popup === "menu" ? "more" : undefined}
    tabIndex={-1}
    title={label}
    aria-label={label}
    aria-haspopup={popup}
    onClick={(e) => run(e.currentTarget)}
  >
    <Icon name={icon} />
  </button>
);

/** The beginning of the message that is replied to. A click goes there. */
function Answered({ seq }: { seq: number }) {
  store.room.version.value; // the message may be loaded later
  const to = shownFold().find(seq);
  const nick = to?.from.nick;
  return (
    <button
      type="button"
      class={`answered ${to ? hue(to.from.member) : ""}`}
      tabIndex={-1}
      title={nick ? t().answerTo(isolated(nick)) : t().earlier}
      onClick={() => goTo(seq)}
    >
      {nick ? (
        <bdi class="who" translate={false}>
          {nick}
        </bdi>
      ) : (
        <span class="who">{t().earlier}</span>
      )}
      {to && (
        <span key={to.content} class="what" dir="auto">
          {to.deleted ? t().deleted : gistOf(to)}
        </span>
      )}
    </button>
  );
}

/** Of a message with more lines or characters, only the beginning is shown at first. */
const longest = { lines: 24, characters: 2400 };

/** `of` names the message among those that are shown whole. */
function Content({ message, by, of }: Parameters<typeof RichText>[0] & { of: number | string }) {
  const { content } = message;
  const { expanded } = store.room; // the row may leave the page, and come back
  const open = expanded.value.has(of);
  const toggle = () => {
    const now = new Set(expanded.value);
    if (!now.delete(of)) now.add(of);
    expanded.value = now;
  };
  const long = content.length > longest.characters || content.split("\n", longest.lines + 1).length > longest.lines;
  return (
    <>
      <div key={content} class={long && !open ? "content cut" : "content"}>
        <RichText message={message} by={by} />
      </div>
      {long && (
        <button type="button" class="link" aria-expanded={open} onClick={toggle}>
          <span key={String(open)}>{open ? t().less : t().more}</span>
        </button>
      )}
    </>
  );
}

/** A message of the user that isn't in the log yet. */
export function PendingRow({ message, first, last }: { message: Pending } & Omit<Place, "own">) {
  const { failed } = message;
  const you = store.room.you.value ?? { nick: "", member: "" };
  const out = store.room.state.value.is === "ended"; // nothing is sent any more
  const unsent = failed !== undefined || out;
  const big = onlyEmoji(message.content);
  const isEmote = emoteOf(message.content) !== undefined;
  return (
    <article
      class={[
        "message own pending arrives",
        first && "first",
        last && "last",
        big && "big",
        isEmote && "emote",
        unsent && "failed",
      ]
        .filter(Boolean)
        .join(" ")}
      tabIndex={-1}
      aria-label={unsent ? t().failed : t().sending}
    >
      <div class="column">
        {first && !isEmote && (
          <header class={`sender ${hue(you.member)}`}>
            <bdi class="nick" translate={false}>
              {you.nick}
            </bdi>
            <Time at={new Date(message.at)} />
          </header>
        )}
        <div class="bubble">
          {message.replyTo !== undefined && <Answered seq={message.replyTo} />}
          <Content message={message} by={you} of={message.id} />
          {message.files && <Files files={message.files} />}
          {!unsent && (
            <footer>
              <Waits why={t().sending} />
            </footer>
          )}
        </div>
        {unsent && (
          <p class="why" role="alert">
            <Icon name="warning" />{" "}
            <span>
              <b>{t().failed}</b>
              {failed && (
                <>
                  {" "}
                  · <span class="reason">{errorText(failed)}</span>
                </>
              )}
            </span>
            {!out && (
              <button type="button" class="link" onClick={() => retry(message.id)}>
                {t().retry}
              </button>
            )}
            <button type="button" class="link" onClick={() => discard(message.id)}>
              {t().discard}
            </button>
          </p>
        )}
      </div>
    </article>
  );
}
