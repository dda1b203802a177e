// The page's side of the service worker. It isn't part of the first load.
import { base } from "./route.ts";

/** The build of this page, as the worker and the server's welcome name it. */
export const build = document.querySelector<HTMLMetaElement>("meta[name=build]")?.content ?? "";

/** Registers the worker. It resolves to undefined where there can't be one, as in a private window or without HTTPS. */
export async function registerWorker(): Promise<ServiceWorkerRegistration | undefined> {
  if (!("serviceWorker" in navigator)) return undefined;
  keepBuild();
  try {
    return await navigator.serviceWorker.register(scriptURL(), { scope: base.pathname, updateViaCache: "none" });
  } catch {
    return undefined;
  }
}

/** While the page is open, the files of its build stay in the worker's cache: it holds the lock of their name. */
function keepBuild(): void {
  const forGood = () => new Promise<void>(() => {});
  navigator.locks.request(`snug ${base.pathname} ${build}`, { mode: "shared" }, forGood).catch(() => {}); // without storage there is no cache
}

/** The address of the worker's script. The page's policy allows no other script by address. */
function scriptURL(): string {
  const url = new URL("sw.js", base).href;
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  return trustedTypes?.createPolicy("snug-worker", { createScriptURL: () => url }).createScriptURL("") ?? url;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(url: string): string };
}
