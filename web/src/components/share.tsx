// The room's link: to copy, for the system's share sheet, and as a QR code.
import { isLoopback } from "../code.ts";
import { roomLink } from "../route.ts";
import { canModerate } from "../permissions.ts";
import { store } from "../store.ts";
import { t, texts } from "../texts.ts";
import { shareTexts } from "../texts/share.ts";
import { CopiedLink } from "./copied-link.tsx";
import { Icon } from "./icons.tsx";
import { Invites } from "./invites.tsx";
import { Panel } from "./panel.tsx";
import { QR } from "./qr.tsx";
import { useReachable } from "./reachable.ts";

const s = () => texts("share", shareTexts);

export function Share() {
  const { code, settings } = store.room;
  const own = roomLink(code.value);
  const reachable = useReachable();
  const link = reachable(own);
  const { password, locked } = settings.value ?? {};
  const hand = () =>
    navigator.share({ title: `Snug: ${settings.value?.name || code.value}`, url: link }).catch(() => {}); // the user may change their mind

  return (
    <Panel title={t().shareTitle} name="share">
      <p class="hint">
        {locked ? s().locked : password ? s().password : s().hint}
        {(locked || password) && canModerate(store.room.you.value) && ` ${s().byInvite}`}
      </p>
      {isLoopback(new URL(own).hostname) && (
        <p key={link} class="hint here">
          {link === own ? s().onlyHere : s().sameNetwork}
        </p>
      )}
      <QR text={link} label={s().qr} />
      <p class="code" dir="auto" translate={false}>
        {code.value}
      </p>
      <CopiedLink url={link} label={s().roomLink} copy={s().copy} />
      {"share" in navigator && (
        <button type="button" class="button wide" onClick={() => void hand()}>
          <Icon name="share" /> {s().more}
        </button>
      )}
      {canModerate(store.room.you.value) && <Invites reachable={reachable} />}
    </Panel>
  );
}
