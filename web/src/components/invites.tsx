// The room's invite links, for owners and moderators: to make, copy and take back.
import { useEffect, useState } from "preact/hooks";
import type { InviteInfo } from "../../client.ts";
import { invites, tryPerform } from "../actions.ts";
import { counted, duration, isolated, soonMoment, texts } from "../texts.ts";
import { lifeTexts } from "../texts/life.ts";
import { CopiedLink } from "./copied-link.tsx";
import { Icon } from "./later-icons.tsx";

const l = () => texts("life", lifeTexts);

const day = 86_400; // seconds
const lasting = [3600, day, 7 * day, 30 * day, 0]; // 0 is for good

/** reachable makes an invite link one that others can open. */
export function Invites({ reachable }: { reachable: (link: string) => string }) {
  const [all, setAll] = useState<readonly InviteInfo[]>();
  const [wrong, setWrong] = useState<string>();
  const [seconds, setSeconds] = useState(7 * day);
  const [one, setOne] = useState(false);

  const refresh = async (problem?: string) => {
    const now = await invites();
    const read = typeof now !== "string";
    setWrong(problem ?? (read ? undefined : now));
    if (read) setAll(now);
  };
  useEffect(() => void refresh(), []);

  const make = async (e: Event) => {
    e.preventDefault();
    await refresh(await tryPerform({ type: "invite", ...(seconds ? { seconds } : {}), ...(one ? { uses: 1 } : {}) }));
  };

  return (
    <section class="bans hooks" aria-label={l().invites}>
      <h3>{l().invites}</h3>
      <p class="hint">{l().invitesHint}</p>
      <form onSubmit={(e) => void make(e)}>
        <label class="labelled">
          <span>{l().lasts}</span>
          <select value={seconds} onChange={(e) => setSeconds(Number(e.currentTarget.value))}>
            {lasting.map((s) => (
              <option value={s}>{s === 0 ? l().forever : duration(s * 1000)}</option>
            ))}
          </select>
        </label>
        <label class="labelled">
          <span>{l().forWhom}</span>
          <select value={one ? "one" : "any"} onChange={(e) => setOne(e.currentTarget.value === "one")}>
            <option value="any">{l().anyNumber}</option>
            <option value="one">{l().onePerson}</option>
          </select>
        </label>
        <button type="submit" class="button wide">
          <Icon name="plus" /> {l().makeInvite}
        </button>
      </form>
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {all?.length === 0 && <p class="hint">{l().noInvites}</p>}
      {all && all.length > 0 && (
        <ul>
          {all.toReversed().map((invite) => (
            <li key={invite.invite}>
              <Invite
                invite={invite}
                reachable={reachable}
                takeBack={() => void tryPerform({ type: "uninvite", invite: invite.invite }).then(refresh)}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface InviteProps {
  invite: InviteInfo;
  reachable: (link: string) => string;
  takeBack: () => void;
}

function Invite({ invite, reachable, takeBack }: InviteProps) {
  const { by, url, uses, until } = invite;
  return (
    <div class="hook">
      <p class="hint">
        {l().inviteBy(
          isolated(by.nick),
          uses === undefined ? "" : counted(l().usesLeft, uses),
          until === undefined ? "" : l().until(soonMoment(new Date(until))),
        )}
      </p>
      {url === undefined ? (
        <p class="hint">{l().secretLink}</p>
      ) : (
        <CopiedLink url={reachable(url)} label={l().inviteLink} copy={l().copyInvite} />
      )}
      <button type="button" class="link" aria-label={l().takeBackOf(isolated(by.nick))} onClick={takeBack}>
        {l().takeBack}
      </button>
    </div>
  );
}
