import { signal } from "@preact/signals";
import { base } from "../route.ts";

/** Whether the worker can do something by now. */
export const workerReady = signal(false);

/** Waits for the worker. */
export function watchForWorker(): void {
  void navigator.serviceWorker?.ready.then(() => (workerReady.value = true));
}

/** The page's worker, if it can do something by now; undefined where there is none, as on plain http. */
export async function worker(): Promise<ServiceWorkerRegistration | undefined> {
  try {
    const registration = await navigator.serviceWorker?.getRegistration(base);
    return registration?.active ? registration : undefined;
  } catch {
    return undefined; // the browser's user doesn't allow it
  }
}
