import { signal } from "@preact/signals";
import type { ComponentType, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { moreMarkdown } from "../content.ts";
import { embedded } from "../embedded.ts";

type Later = typeof import("./later.tsx");

/** What isn't part of the first load, once it is loaded. */
export const later = signal<Later | undefined>(undefined);

/** Loads it. Without a connection the next call tries again. */
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
      if (!embedded) m.watchOtherRooms();
      m.watchLinkedMessage();
    },
    () => {},
  );
}

/** Shows a component that isn't part of the first load, once it is loaded. */
export function lazy<P extends object>(of: (m: Later) => ComponentType<P>): (props: P) => VNode | null {
  return function Lazy(props) {
    useEffect(loadLater, []);
    const Loaded = later.value && of(later.value);
    return Loaded ? <Loaded {...props} /> : null;
  };
}
