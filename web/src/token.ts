// The token (a JWT, RFC 7519) by which a user comes from a site with users of its own.
// The site links to a room as r/CODE#token=TOKEN; no server is sent what follows the #.
// A site that shows the page in a frame renews the token by setting the frame's address
// again. In the same way a link gives an invite, or the code of the user's other device.
import { effect, signal } from "@preact/signals";
import { newID } from "../client.ts";
import { roomCode } from "./route.ts";
import { storage } from "./storage.ts";

/** The last token that this tab's address had. */
export const token = signal<string | undefined>(storage.token);

/** Takes secrets out of the page's address, where they would be seen and shared. It reports whether they let the user in. */
function take(): boolean {
  const given = new URLSearchParams(location.hash.slice(1));
  const [signed, invite, transfer] = ["token", "invite", "transfer"].map((name) => given.get(name));
  if (signed === null && !invite && !transfer) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  if (signed !== null) token.value = signed || undefined;
  const code = roomCode.peek();
  if (code === undefined || !(invite || transfer)) return false;
  storage.setPass(code, invite ? { invite, inviteID: newID() } : { transfer: transfer! });
  return true;
}

/** Keeps up with the page's address, and stores the token for a reload. */
export function watchToken(): void {
  take();
  addEventListener("hashchange", () => {
    if (take()) location.reload(); // and joins with it
  });
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
