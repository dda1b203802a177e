// The user's settings.
import { changeSettings as set } from "../change-settings.ts";
import { canModerate } from "../permissions.ts";
import { store } from "../store.ts";
import { language, t } from "../texts.ts";
import { userSettingTexts } from "../texts/settings.ts";
import { token } from "../token.ts";
import { Choice } from "./choice.tsx";
import { Device, Leaving } from "./leaving.tsx";
import { Notifications } from "./notifications.tsx";
import { Panel } from "./panel.tsx";
import { menuTexts } from "../texts/menus.ts";

const m = () => menuTexts[language.value];

const s = () => userSettingTexts[language.value];

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
