import { store } from "../store.ts";
import { duration, soonMinute, t } from "../texts.ts";
import { Icon } from "./icons.tsx";

/** Says how long messages are kept, and when the room closes by itself. */
export function Lifetime() {
  const { keep_seconds, expires } = store.room.settings.value ?? {};
  const text = [
    keep_seconds && t().kept(duration(keep_seconds * 1000)),
    expires && t().closes(soonMinute(new Date(expires))),
  ]
    .filter(Boolean)
    .join(" · ");
  return text ? (
    <span key={text} class="lifetime" title={text}>
      <Icon name="clock" />
      <span>{text}</span>
    </span>
  ) : null;
}
