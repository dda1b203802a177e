// The token (a JWT, RFC 7519) by which a user comes from a site with users of its own.
// The site links to a room as r/CODE#token=TOKEN; no server is sent what follows the #.
// A site that shows the page in a frame renews the token by setting the frame's address
// again.
import { effect, signal } from "@preact/signals";
import { storage } from "./storage.ts";

/** The last token that this tab's address had. */
export const token = signal<string | undefined>(storage.token);

/** Takes the token out of the page's address, where it would be seen and shared. */
function take(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  token.value = given || undefined;
}

/** Keeps the token up with the page's address, and stores it for a reload. */
export function watchToken(): void {
  take();
  addEventListener("hashchange", take);
  effect(() => {
    storage.token = token.value;
  });
}

/** The name that the token gives its holder; "" where the user may choose one. Only the server checks a token. */
export function nameOf(token: string | undefined): string {
  try {
    const part = token?.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const { name } = JSON.parse(new TextDecoder().decode(bytes)) as { name?: unknown };
    return typeof name === "string" ? name : "";
  } catch {
    return "";
  }
}
