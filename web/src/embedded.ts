// Whether the page is in the frame of a <snug-room>, in a page of another site. What only such a page needs is in embed/.
import { frameName, type FromFrame } from "./embedding.ts";

const { parent, window } = globalThis; // which tests under Node lack

/** A page in any other frame is as it is in a window. */
export const embedded = parent !== window && window.name === frameName;

/** Tells the element. It isn't known yet who that is, so this has no secret in it. */
export const tellElement = (message: FromFrame): void => parent.postMessage(message, "*");

/** Whether the page may put the focus somewhere by itself: in a frame, not while the user is in the page around it. */
export const mayTakeFocus = (): boolean => !embedded || document.hasFocus();

if (embedded) tellElement({ snug: "loading" });
