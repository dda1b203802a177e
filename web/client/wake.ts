/** Calls back when the network or the machine may have come back, or gone. It returns a function that stops this. */
export function onWake(back: () => void): () => void {
  if (typeof addEventListener !== "function") return () => {};
  const shown = (): void => {
    if (document.visibilityState === "visible") back();
  };
  addEventListener("online", back);
  addEventListener("offline", back);
  globalThis.document?.addEventListener("visibilitychange", shown);
  return () => {
    removeEventListener("online", back);
    removeEventListener("offline", back);
    globalThis.document?.removeEventListener("visibilitychange", shown);
  };
}
