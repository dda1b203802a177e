// The token (a JWT, RFC 7519) by which a user comes from a site with users of its own.
// The site links to a room as r/CODE#token=TOKEN; no server is sent what follows the #.
// A site that shows the page in a frame renews the token by setting the frame's address
// again, or gives it by <snug-room> (embed/). In the same way as a token, a link gives an
// invite, or the code of the user's other device.
import { effect, signal } from "@preact/signals";
import { newID } from "../client.ts";
import { embedded } from "./embedded.ts";
import { roomCode } from "./route.ts";
import { storage } from "./storage.ts";

/** The last token that this tab's address had, or the element around the page's frame. */
export const token = signal<string | undefined>(embedded ? undefined : storage.token);

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

/** Keeps up with the page's address, and stores the token for a reload; but not that of an element, which gives it again. */
export function watchToken(): void {
  take();
  addEventListener("hashchange", () => {
    if (take()) location.reload(); // and joins with it
  });
  if (embedded) return;
  effect(() => {
    storage.token = token.value;
  });
}

/** The name that the token gives its holder; "" where the user may choose one. */
export function nameOf(token: string | undefined): string {
  const { name } = claimsOf(token);
  return typeof name === "string" ? name : "";
}

/** What a token says, as it says it; nothing if it isn't one. Only the server checks a token. */
export function claimsOf(token: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const part = token?.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return Object(JSON.parse(new TextDecoder().decode(bytes))) as Record<string, unknown>;
  } catch {
    return {};
  }
}
