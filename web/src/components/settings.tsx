// The user's settings.
import { useState } from "preact/hooks";
import { askToNotify, canNotify, chime } from "../alerts.ts";
import { storage, type Settings as Kept } from "../storage.ts";
import { canModerate } from "../permissions.ts";
import { store } from "../store.ts";
import { language, t } from "../texts.ts";
import { userSettingTexts } from "../texts/settings.ts";
import { token } from "../token.ts";
import { Device, Leaving } from "./leaving.tsx";
import { Panel } from "./panel.tsx";
import { menuTexts } from "../texts/menus.ts";

const m = () => menuTexts[language.value];

const s = () => userSettingTexts[language.value];

function set(change: Partial<Kept>): void {
  storage.settings = store.settings.value = { ...store.settings.value, ...change };
}

export function Settings() {
  const now = store.settings.value;
  const [refused, setRefused] = useState(false);
  const notify = async (on: boolean) => {
    const granted = on && (await askToNotify());
    setRefused(on && !granted);
    set({ notify: granted });
  };
  return (
    <Panel title={t().settings} name="settings">
      <Choice
        label={s().appearance}
        name="theme"
        value={now.theme}
        options={{ system: s().system, light: s().light, dark: s().dark }}
        onPick={(theme) => set({ theme })}
      />
      <Choice
        label={s().language}
        name="language"
        value={now.language}
        options={{ system: s().system, en: "English", zh: "中文" }}
        onPick={(language) => set({ language })}
      />
      <Choice
        label={s().enterKey}
        name="enter"
        value={now.enter}
        options={{ auto: s().automatic, send: s().enterSends, newline: s().enterNewline }}
        onPick={(enter) => set({ enter })}
      />
      <fieldset>
        <legend>{s().alerts}</legend>
        <label class="check">
          <input
            type="checkbox"
            checked={now.notify}
            disabled={!canNotify}
            onChange={(e) => void notify(e.currentTarget.checked)}
          />
          {s().notify}
        </label>
        {(!canNotify || refused) && (
          <p class="hint" role="status">
            {canNotify ? s().notAllowed : s().cantNotify}
          </p>
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={now.sound}
            onChange={(e) => {
              set({ sound: e.currentTarget.checked });
              if (e.currentTarget.checked) chime();
            }}
          />
          {s().sound}
        </label>
      </fieldset>
      {store.room.code.value !== "" && canModerate(store.room.you.value) && (
        <fieldset>
          <legend>{m().thisRoom}</legend>
          <button type="button" class="button wide" onClick={() => (store.panel.value = "room")}>
            {m().roomSettingsAsk}
          </button>
        </fieldset>
      )}
      {store.room.code.value !== "" && !token.value && <Device />}
      <Leaving />
    </Panel>
  );
}

interface ChoiceProps<K extends string> {
  label: string;
  name: string;
  value: K;
  options: Record<K, string>;
  onPick: (key: K) => void;
}

function Choice<K extends string>({ label, name, value, options, onPick }: ChoiceProps<K>) {
  return (
    <fieldset>
      <legend>{label}</legend>
      <div class="choice">
        {(Object.keys(options) as K[]).map((key) => (
          <label>
            <input type="radio" name={name} checked={key === value} onChange={() => onPick(key)} />
            <span>{options[key]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
