// The button that saves what a field has.
import { t, texts } from "../texts.ts";
import { settingTexts } from "../texts/room-settings.ts";
import { Icon } from "./icons.tsx";

const s = () => texts("room", settingTexts);

/** The button of a form. Once its text is saved, and as long as it is the same, it says so. */
export function Save({ disabled, saved }: { disabled: boolean; saved: boolean }) {
  const done = saved && disabled;
  return (
    <>
      <button type="submit" class="button" disabled={disabled}>
        {done ? <Icon name="check" /> : null} {done ? s().saved : t().save}
      </button>
      <span class="unseen" role="status">
        {done && s().saved}
      </span>
    </>
  );
}
