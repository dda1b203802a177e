/** The page's own address, which ends in a slash. Scripts are in assets/ below it. */
export const base = new URL("..", import.meta.url);
