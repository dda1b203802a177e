// The page's address: the start, or a room. The server may serve it below a path, so
// addresses are relative to this script's, which is in assets/.
import { signal } from "@preact/signals";
import { base } from "./base.ts";
import { decoded } from "./code.ts";
import { embedded } from "./embedded.ts";

export { base };

/** The code of the room that is shown; undefined for the start page. */
export const roomCode = signal(read());

function read(): string | undefined {
  return codeAt(location.pathname);
}

/** The code of the room whose page is at a path of this server. */
export function codeAt(pathname: string): string | undefined {
  const path = pathname.slice(base.pathname.length);
  return path.startsWith("r/") ? decoded(path.slice(2)) : undefined;
}

/** The address of a room, to share. */
export function roomLink(code: string): string {
  return new URL(`r/${encodeURIComponent(code)}`, base).href;
}

/** The address of a message. The page opens there. */
export const messageLink = (code: string, seq: number): string => `${roomLink(code)}#seq=${seq}`;

/** Goes to a room, or to the start page. In the frame of an element there is one room: others are outside. */
export function navigate(code: string | undefined): void {
  if (embedded) return void open(code === undefined ? base : roomLink(code), "_blank", "noopener");
  history.pushState(null, "", code === undefined ? base : roomLink(code));
  roomCode.value = code;
}

/** Begins anew, as nobody. */
export function startOver(): void {
  if (embedded) location.reload();
  else location.assign(base);
}

/** Handles a click on a link of the page without loading it again, unless the user wants a new tab. */
export function linkTo(code: string | undefined): (e: MouseEvent) => void {
  return (e) => {
    if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey || e.button !== 0) return;
    e.preventDefault();
    navigate(code);
  };
}

/** Follows the browser's Back and Forward. */
export function watchAddress(): void {
  addEventListener("popstate", () => (roomCode.value = read()));
}
