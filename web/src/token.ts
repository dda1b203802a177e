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

/**
 * Where the server is whose users sign in at a provider; "" where they don't. In the frame of an element, the site
 * around it knows its users.
 */
export const signInServer = (!embedded && document.querySelector<HTMLMetaElement>("meta[name=sign-in]")?.content) || "";

/** Whether the user must sign in before they can be in any room, or again. */
export const mustSignIn = signal(false);

/** Why the user couldn't be signed in or out, as the server calls it in the page's address. */
export const signInFailure = signal<string | undefined>(undefined);

/** Whether a token is stored for a reload. An element gives it again, and so does a session. */
const stored = !embedded && !signInServer;

/** The last token that this tab's address had, the element around the page's frame, or the user's session. */
export const token = signal<string | undefined>(stored ? storage.token : undefined);

/** Takes secrets out of the page's address, where they would be seen and shared. It reports whether they let the user in. */
function take(): boolean {
  const given = new URLSearchParams(location.hash.slice(1));
  const [signed, invite, transfer, failure] = ["token", "invite", "transfer", "sign-in"].map((name) => given.get(name));
  if (signed === null && !invite && !transfer && !failure) return false;
  history.replaceState(history.state, "", location.pathname + location.search);
  if (failure) signInFailure.value = failure;
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
  if (!stored) return;
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
