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

/** It only has to differ from those of this browser's other tabs. */
function newTab(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
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
