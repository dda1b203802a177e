// What a client does over HTTP. It isn't part of a page's first load.
export { explainRefusal } from "./refusal.ts";
export { StreamConnection } from "./stream.ts";
