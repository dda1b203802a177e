import { useLayoutEffect } from "preact/hooks";

/** Calls a function at once, when `about` changes, and whenever something scrolls. */
export function useScrolling(look: () => void, about: readonly unknown[]): void {
  useLayoutEffect(() => {
    // The event doesn't bubble, so it is heard on its way down.
    document.addEventListener("scroll", look, { capture: true, passive: true });
    look();
    return () => document.removeEventListener("scroll", look, { capture: true });
  }, about);
}
