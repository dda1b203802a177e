// The user's settings.
import { changeSettings as set } from "../change-settings.ts";
import { canModerate } from "../permissions.ts";
import { store } from "../store.ts";
import { t, texts } from "../texts.ts";
import { languages } from "../texts/languages.ts";
import { userSettingTexts } from "../texts/settings.ts";
import { token } from "../token.ts";
import { Choice } from "./choice.tsx";
import { Device, Leaving } from "./leaving.tsx";
import { Notifications } from "./notifications.tsx";
import { Panel } from "./panel.tsx";
import { menuTexts } from "../texts/menus.ts";

const m = () => texts("menus", menuTexts);

const s = () => texts("settings", userSettingTexts);

export function Settings() {
  const now = store.settings.value;
  return (
    <Panel title={t().settings} name="settings">
      <Choice
        label={s().appearance}
        name="theme"
        value={now.theme}
        options={{ system: s().system, light: s().light, dark: s().dark, contrast: s().contrast }}
        onPick={(theme) => set({ theme })}
      />
      <Choice
        label={s().density}
        name="density"
        value={now.density}
        options={{ comfortable: s().comfortable, compact: s().compact }}
        onPick={(density) => set({ density })}
      />
      <label class="labelled">
        <span>{s().language}</span>
        <select value={now.language} onChange={(e) => set({ language: e.currentTarget.value as typeof now.language })}>
          <option value="system">{s().system}</option>
          {Object.entries(languages).map(([code, { name }]) => (
            <option value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Choice
        label={s().enterKey}
        name="enter"
        value={now.enter}
        options={{ auto: s().automatic, send: s().enterSends, newline: s().enterNewline }}
        onPick={(enter) => set({ enter })}
      />
      <Notifications />
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
