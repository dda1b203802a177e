/** A device with a touch screen and no mouse or touchpad, and so most likely without a keyboard. */
export const touchOnly = matchMedia("(hover: none) and (pointer: coarse) and (not (any-pointer: fine))");
