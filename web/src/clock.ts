// The time, for texts that depend on it: what is shown as today is yesterday's after
// midnight, though nothing has happened in the room.
import { signal } from "@preact/signals";

/** The beginning of today, in ms since 1970. */
export const today = signal(midnight(new Date()));
/** The beginning of this minute, in ms since 1970. */
export const minute = signal(Math.floor(Date.now() / 60_000) * 60_000);

/** Keeps the time up, also after the computer has slept. */
export function watchClock(): void {
  const tick = (): void => {
    today.value = midnight(new Date());
    minute.value = Math.floor(Date.now() / 60_000) * 60_000;
  };
  setInterval(tick, 10_000);
  for (const event of ["visibilitychange", "focus", "pageshow"]) addEventListener(event, tick, true);
}

/** The beginning of a moment's day, in ms since 1970. */
export function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}
