import { signal } from "@preact/signals";
import type { ComponentType, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { moreMarkdown } from "../content.ts";
import { embedded } from "../embedded.ts";

type Later = typeof import("./later.tsx");

/** What isn't part of the first load, once it is loaded. */
export const later = signal<Later | undefined>(undefined);

const firstPause = 1000; // before the second try, in ms
const longestPause = 16_000;
/** The least time between two loads of the page for that reason, in ms. */
const reloadsEvery = 60_000;
let pause = firstPause;
let nextTry: ReturnType<typeof setTimeout> | undefined;

/** Loads it. Where that fails, it is tried again after a while, or by the next call: much of the page isn't there until then. */
export function loadLater(): void {
  if (later.peek()) return;
  void import("./later.tsx").then(
    (m) => {
      if (later.peek()) return; // it was asked for twice
      later.value = m;
      moreMarkdown.value = m.extended;
      void m.watchDatabase();
      void m.watchUpdates();
      void m.sweepCopies();
      m.watchAlerts();
      m.keepFocus();
      if (!embedded) m.watchOtherRooms();
      m.watchLinkedMessage();
    },
    () => {
      if (nextTry !== undefined) return;
      if (pause > firstPause) void reloadIfAnswered();
      nextTry = setTimeout(() => {
        nextTry = undefined;
        loadLater();
      }, pause);
      pause = Math.min(2 * pause, longestPause);
    },
  );
}

/**
 * Loads the page anew if the server answers by now, unless that was just done. Firefox and Safari remember that a
 * module couldn't be loaded for as long as the page is there.
 */
async function reloadIfAnswered(): Promise<void> {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (navigation?.type === "reload" && performance.now() < reloadsEvery) return;
  const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => undefined);
  if (answer?.ok && !later.peek()) location.reload();
}

/** Shows a component that isn't part of the first load, once it is loaded. */
export function lazy<P extends object>(of: (m: Later) => ComponentType<P>): (props: P) => VNode | null {
  return function Lazy(props) {
    useEffect(loadLater, []);
    const Loaded = later.value && of(later.value);
    return Loaded ? <Loaded {...props} /> : null;
  };
}
