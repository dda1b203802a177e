// The identity of this tab, which survives a reload.

/** An id for this tab. A tab that was made as a copy of another one gets its own. */
export const tab = open();

function open(): string {
  try {
    const before = sessionStorage.getItem("snug:tab");
    const closed = sessionStorage.getItem("snug:closed") !== null; // not in a copy of a tab that is open
    sessionStorage.removeItem("snug:closed");
    const id = before && closed ? before : newTab();
    sessionStorage.setItem("snug:tab", id);
    return id;
  } catch {
    return newTab();
  }
}

function newTab(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Notes that the page is left, by a reload or for good; or that it was brought back as it was. */
export function setClosed(closed: boolean): void {
  try {
    if (closed) sessionStorage.setItem("snug:closed", "yes");
    else sessionStorage.removeItem("snug:closed");
  } catch {
    // Without storage no tab is known again.
  }
}
