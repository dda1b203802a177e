// The members who are here: next to the messages on a wide screen, in a panel elsewhere.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Member } from "../../client.ts";
import { rename } from "../actions.ts";
import { openMenu } from "../menu.ts";
import { store } from "../store.ts";
import { counted, isolated, t } from "../texts.ts";
import { nameOf, token } from "../token.ts";
import { Icon } from "./icons.tsx";
import { Face, RoleTag } from "./member-marks.tsx";
import { hasMenu } from "../permissions.ts";

/** Owners first, then moderators. */
const rank = (m: Member): number => (m.role === "owner" ? 0 : m.role === "moderator" ? 1 : 2);

/** How many members are listed. */
const most = 200;

export function Members() {
  const { you, members, count, readers, state, away, entered } = store.room;
  if (state.value.is === "ended" || !entered.value)
    return <p class="hint">{state.value.is === "ended" || away.value ? t().notConnected : t().connecting}</p>; // the list would be out of date
  const others = members.value
    .filter((m) => m.member !== you.value?.member)
    .sort((a, b) => rank(a) - rank(b) || a.nick.localeCompare(b.nick));
  return (
    <>
      <p key={count.value} class="hint">
        {counted(t().here, count.value)}
      </p>
      <ul class="people">
        {you.value && <Own member={you.value} />}
        {others.slice(0, most).map((m) => (
          <li key={m.member}>
            <Face nick={m.nick} member={m.member} />
            <bdi class="name" translate={false}>
              {m.nick}
            </bdi>
            <RoleTag of={m} short />
            <More member={m} />
          </li>
        ))}
      </ul>
      {count.value > members.value.length && <p class="hint">{t().crowd}</p>}
      {readers.value > 0 && <p class="hint">{counted(t().readers, readers.value)}</p>}
    </>
  );
}

function More({ member }: { member: Member }) {
  if (!hasMenu(store.room.you.value, member)) return null;
  const label = t().memberMenu(isolated(member.nick));
  return (
    <button
      type="button"
      class="plain more"
      aria-haspopup="menu"
      aria-label={label}
      title={label}
      onClick={(e) => openMenu({ is: "member", member, at: e.currentTarget })}
    >
      <Icon name="dots" />
    </button>
  );
}

/** The user, who can change their nick here. */
function Own({ member }: { member: Member }) {
  const [nick, setNick] = useState<string>();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const change = useRef<HTMLButtonElement>(null);
  const changed = useRef(false);
  const changing = nick !== undefined;

  useEffect(() => {
    if (!changing && changed.current) change.current?.focus(); // it had the focus before
    changed.current = changing;
  }, [changing]);

  const stop = () => {
    setNick(undefined);
    setWrong(undefined);
  };
  const save = async () => {
    const wanted = nick?.trim() ?? "";
    if (wanted === "" || wanted === member.nick) return stop();
    setBusy(true);
    const problem = await rename(wanted);
    setBusy(false);
    if (problem) setWrong(problem);
    else stop();
  };

  if (nick === undefined) {
    return (
      <li>
        <Face nick={member.nick} member={member.member} />
        <span class="who">
          <bdi class="name" translate={false}>
            {member.nick}
          </bdi>
          <span class="marks">
            <span class="tag">{t().you}</span>
            <RoleTag of={member} />
          </span>
        </span>
        {!nameOf(token.value) && (
          <button
            ref={change}
            type="button"
            class="plain"
            aria-label={t().changeNick}
            title={t().changeNick}
            onClick={() => setNick(member.nick)}
          >
            <Icon name="edit" />
          </button>
        )}
        <More member={member} />
      </li>
    );
  }
  return (
    <li class="editing">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          e.preventDefault();
          e.stopPropagation();
          stop();
        }}
      >
        <input
          value={nick}
          dir="auto"
          maxLength={64}
          aria-label={t().nick}
          aria-invalid={wrong !== undefined}
          aria-describedby="nick-wrong"
          ref={(input) => {
            if (input && !input.dataset.begun) {
              input.dataset.begun = "yes";
              input.focus();
              input.select();
            }
          }}
          onInput={(e) => setNick(e.currentTarget.value)}
        />
        <button type="submit" class="button strong" disabled={busy}>
          {t().save}
        </button>
        <button type="button" class="plain" aria-label={t().cancel} title={t().cancel} onClick={stop}>
          <Icon name="close" />
        </button>
      </form>
      <p key={wrong} id="nick-wrong" class="wrong" role="alert">
        {wrong}
      </p>
    </li>
  );
}
