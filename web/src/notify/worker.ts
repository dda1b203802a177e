import { base } from "../route.ts";

/** The page's worker, if it can do something by now; undefined where there is none, as on plain http. */
export async function worker(): Promise<ServiceWorkerRegistration | undefined> {
  try {
    const registration = await navigator.serviceWorker?.getRegistration(base);
    return registration?.active ? registration : undefined;
  } catch {
    return undefined; // the browser's user doesn't allow it
  }
}
