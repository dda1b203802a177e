// The programs that post in the room, for owners and moderators: to connect, try and remove them.
import { useEffect, useRef, useState } from "preact/hooks";
import type { HookInfo } from "../../client.ts";
import { hooks, tryPerform } from "../actions.ts";
import { base } from "../route.ts";
import { ago, isolated, t, texts } from "../texts.ts";
import { settingTexts } from "../texts/room-settings.ts";
import { CopiedLink } from "./copied-link.tsx";
import { Icon } from "./icons.tsx";

const h = () => texts("room", settingTexts);

export function Hooks() {
  const [all, setAll] = useState<readonly HookInfo[]>();
  const [wrong, setWrong] = useState<string>();
  const [made, setMade] = useState<string>();
  const [name, setName] = useState("");

  /** Shows the hooks as they are now, and the error text of what was done before. It resolves to the hooks. */
  const refresh = async (problem?: string): Promise<readonly HookInfo[]> => {
    const now = await hooks();
    const read = typeof now !== "string";
    setWrong(problem ?? (read ? undefined : now));
    if (read) setAll(now);
    return read ? now : [];
  };
  useEffect(() => void refresh(), []);

  const connect = async (e: Event) => {
    e.preventDefault();
    const problem = await tryPerform({ type: "hook", name: name.trim() });
    const before = new Set(all?.map((one) => one.member));
    const now = await refresh(problem);
    if (problem !== undefined) return;
    setName("");
    setMade(now.find((one) => !before.has(one.member))?.member);
  };
  const remove = (member: string) => void tryPerform({ type: "unhook", member }).then(refresh);

  return (
    <section class="bans hooks" aria-label={h().title}>
      <h3>{h().title}</h3>
      <p class="hint">{h().hint}</p>
      <form class="row" onSubmit={(e) => void connect(e)}>
        <input
          value={name}
          dir="auto"
          maxLength={32}
          placeholder={h().name}
          aria-label={h().name}
          autocomplete="off"
          onInput={(e) => setName(e.currentTarget.value)}
        />
        <button type="submit" class="button" disabled={name.trim() === ""}>
          {h().connect}
        </button>
      </form>
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      {all?.length === 0 && <p class="hint">{h().none}</p>}
      {all && all.length > 0 && (
        <ul>
          {all.map((one) => (
            <li key={one.member}>
              <Hook
                hook={one}
                open={one.member === made}
                remove={() => remove(one.member)}
                used={() => void refresh()}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface HookProps {
  hook: HookInfo;
  open: boolean;
  remove: () => void;
  used: () => void;
}

function Hook({ hook, open, remove, used }: HookProps) {
  const [removing, setRemoving] = useState(false);
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (open) details.current?.scrollIntoView({ block: "nearest" }); // the URL of a new hook may be below the view
  }, [open]);
  const by = isolated(hook.by.nick);
  return (
    <details open={open} ref={details}>
      <summary>
        <bdi>{hook.name}</bdi>
        <span class="hint">{hook.used ? h().used(by, ago(Date.parse(hook.used))) : h().neverUsed(by)}</span>
      </summary>
      {hook.to && <p class="hint">{h().delivers(isolated(hook.to))}</p>}
      {hook.paused && <p class="wrong">{h().paused}</p>}
      {hook.failing && !hook.paused && <p class="wrong">{h().failing(ago(Date.parse(hook.failing)))}</p>}
      {hook.url ? <Use url={hook.url} name={hook.name} /> : <p class="hint">{h().secretURL}</p>}
      {removing ? (
        <>
          <p class="hint">{h().removeHint}</p>
          <div class="row">
            <button type="button" class="button" onClick={() => setRemoving(false)}>
              {t().cancel}
            </button>
            <button type="button" class="button grave" onClick={remove}>
              {h().remove}
            </button>
          </div>
        </>
      ) : (
        <div class="row">
          {hook.url && <Test url={hook.url} used={used} />}
          <button type="button" class="link" onClick={() => setRemoving(true)}>
            {h().remove}…
          </button>
        </div>
      )}
    </details>
  );
}

/** A hook's URL, and how to use it. */
function Use({ url, name }: { url: string; name: string }) {
  return (
    <>
      <CopiedLink url={url} label={h().urlOf(isolated(name))} copy={h().copy} />
      <p class="hint">{h().try}</p>
      <pre dir="ltr" tabIndex={0}>
        curl -d '{h().hello}' {url}
      </pre>
    </>
  );
}

function Test({ url, used }: { url: string; used: () => void }) {
  const [worked, setWorked] = useState<boolean>();
  const test = async () => {
    // By the address that the page has: the server may be reached by others.
    const here = new URL(url.slice(url.lastIndexOf("hooks/")), base);
    const ok = await fetch(here, { method: "POST", body: h().hello }).then(
      (r) => r.ok,
      () => false,
    );
    setWorked(ok);
    used();
  };
  return (
    <>
      <button type="button" class="button" onClick={() => void test()}>
        {worked ? <Icon name="check" /> : null} {worked ? h().tested : h().test}
      </button>
      <span class={worked === false ? "wrong" : "unseen"} role="status">
        {worked === undefined ? "" : worked ? h().tested : h().failed}
      </span>
    </>
  );
}
