/** A screen on which menus stand next to what opens them; on others they come up from the bottom. */
export const wide = matchMedia("(width >= 600px)");
