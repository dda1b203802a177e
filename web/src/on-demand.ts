import { signal, type Signal } from "@preact/signals";

/** Something that is loaded when it is first wanted. */
export interface OnDemand<T> {
  /** It, once it is loaded. */
  readonly loaded: Signal<T | undefined>;
  /** Loads it, once. Without a connection it stays away, and is asked for again. */
  load: () => void;
}

/** What `load` resolves to, on demand. */
export function onDemand<T>(load: () => Promise<T>): OnDemand<T> {
  const loaded = signal<T | undefined>(undefined);
  return {
    loaded,
    load() {
      if (loaded.peek()) return;
      void load().then(
        (it) => (loaded.value ??= it),
        () => {},
      );
    },
  };
}
