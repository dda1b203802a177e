// Who one is, where the server asks for a token (a JWT, RFC 7519): a site with
// users of its own links to a room as r/CODE#token=TOKEN. What is after the # goes
// to no server. A site that shows the page in a frame renews the token by setting the
// frame's address again.
import { effect, signal } from "@preact/signals";
import { kept } from "./keep.ts";

/** The token that the page's address came with last, in this tab. */
export const token = signal<string | undefined>(kept.token);

/** Takes the token out of the page's address, where it would be seen and shared. */
function take(): void {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given === null) return;
  history.replaceState(history.state, "", location.pathname + location.search);
  token.value = given || undefined;
}

take();
addEventListener("hashchange", take);
effect(() => {
  kept.token = token.value;
});

/** The name that the token gives its holder; "" where one may choose. The server alone checks a token. */
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
