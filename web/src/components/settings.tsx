// The user's settings: a page of its own over the start page, or over the room.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { rename } from "../actions.ts";
import { changeSettings as set } from "../change-settings.ts";
import { embedded } from "../embedded.ts";
import { canModerate } from "../permissions.ts";
import { storage } from "../storage.ts";
import { store } from "../store.ts";
import { t, texts } from "../texts.ts";
import { entryTexts } from "../texts/entry.ts";
import { languages } from "../texts/languages.ts";
import { menuTexts } from "../texts/menus.ts";
import { userSettingTexts } from "../texts/settings.ts";
import { nameOf, token } from "../token.ts";
import { Choice } from "./choice.tsx";
import { Device, Leaving } from "./leaving.tsx";
import { Notifications } from "./notifications.tsx";
import { Panel } from "./panel.tsx";
import { Save } from "./save.tsx";
import { SignIn } from "./sign-in.tsx";

const m = () => texts("menus", menuTexts);

const s = () => texts("settings", userSettingTexts);

export function Settings() {
  const now = store.settings.value;
  const fixed = store.fixed.value;
  const inRoom = store.room.code.value !== "";
  return (
    <Panel title={t().settings} name="settings" back={s().back}>
      {!nameOf(token.value) && (
        <Section title={t().nick}>
          <Name />
        </Section>
      )}
      <Section title={s().appearance}>
        {!fixed.theme && (
          <Choice
            label={s().theme}
            name="theme"
            value={now.theme}
            options={{ system: s().system, light: s().light, dark: s().dark, contrast: s().contrast }}
            onPick={(theme) => set({ theme })}
          />
        )}
        <Choice
          label={s().density}
          name="density"
          value={now.density}
          options={{ comfortable: s().comfortable, compact: s().compact }}
          onPick={(density) => set({ density })}
        />
      </Section>
      <Section title={s().languageAndKeys}>
        {!fixed.language && (
          <label class="labelled">
            <span>{s().language}</span>
            <select
              value={now.language}
              onChange={(e) => set({ language: e.currentTarget.value as typeof now.language })}
            >
              <option value="system">{s().system}</option>
              {Object.entries(languages).map(([code, { name }]) => (
                <option value={code} lang={code}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <Choice
          label={s().enterKey}
          name="enter"
          value={now.enter}
          options={{ auto: s().automatic, send: s().enterSends, newline: s().enterNewline }}
          onPick={(enter) => set({ enter })}
        />
      </Section>
      {!embedded && (
        <Section title={s().notifications}>
          <Notifications />
        </Section>
      )}
      {inRoom && canModerate(store.room.you.value) && (
        <Section title={m().thisRoom}>
          <button type="button" class="button wide" onClick={() => (store.panel.value = "room")}>
            {m().roomSettingsAsk}
          </button>
        </Section>
      )}
      <Section title={s().thisDevice}>
        {!storage.isKept && <p class="hint">{texts("entry", entryTexts).notKept}</p>}
        {inRoom && !token.value && <Device />}
        {!token.value && <SignIn />}
        <Leaving />
      </Section>
    </Panel>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** The user's name, in this room or for rooms to come. */
function Name() {
  const nick = store.room.you.value?.nick ?? store.nick.value;
  const [text = nick, setText] = useState<string>(); // undefined while it is as it was
  const [wrong, setWrong] = useState<string>();
  const [saved, setSaved] = useState(false);
  const save = async (e: Event) => {
    e.preventDefault();
    const problem = await rename(text.trim());
    setWrong(problem);
    if (problem) return;
    setText(undefined);
    setSaved(true);
  };
  return (
    <form onSubmit={(e) => void save(e)}>
      <div class="row">
        <input
          value={text}
          dir="auto"
          autocomplete="nickname"
          maxLength={64}
          aria-label={t().nick}
          aria-invalid={wrong !== undefined}
          aria-describedby="name-hint"
          onInput={(e) => setText(e.currentTarget.value)}
        />
        <Save disabled={text.trim() === nick} saved={saved} />
      </div>
      <p key={wrong} id="name-hint" class={wrong ? "wrong" : "hint"} role={wrong ? "alert" : undefined}>
        {wrong ?? texts("entry", entryTexts).nickHint}
      </p>
    </form>
  );
}
