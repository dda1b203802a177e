// The shell: the page's document and all that it loads, of one build, in a cache of that
// build. It is what opens without a network.
import { base, worker } from "./scope.ts";

const { build, files } = worker.shell;

/** The names of the caches of all builds begin with this. Another server below the same origin has another path. */
const prefix = `snug ${base.pathname} `;

/** How long a document is waited for, in ms, before the cached one is shown. */
const patience = 3000;

/**
 * Puts the shell into its cache. It rejects if something isn't there, or if the server
 * has another build by now; the browser then tries again with the worker of that one.
 */
export async function store(): Promise<void> {
  const cache = await caches.open(prefix + build);
  const document = await fetch(base, { headers: { Accept: "text/html" }, cache: "no-cache" });
  if (!document.ok) throw new Error(`the page can't be read: status ${document.status}`);
  if (!(await document.clone().text()).includes(`name="build" content="${build}"`))
    throw new Error("the server has another build");
  await Promise.all(
    Object.entries(files).map(async ([name, integrity]) => {
      const add = (mode: RequestCache): Promise<void> =>
        cache.add(new Request(new URL(name, base), { integrity, cache: mode }));
      // Names with a hash in them are for good, and the browser may have them already. What it has may be a
      // proxy's, which has answered in the server's place.
      if (name.startsWith("assets/")) await add("default").catch(() => add("reload"));
      else await add("no-cache");
    }),
  );
  await cache.put(base, document);
}

/** Deletes the caches of older builds. A page that is still open holds a lock of its cache's name, and may load more. */
export async function dropOlder(): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && name !== prefix + build && !held.some((lock) => lock.name === name))
      await caches.delete(name);
  }
}

/** Answers a request that is for the shell; undefined if it is for anything else, which the worker leaves alone. */
export function answer(request: Request): Promise<Response> | undefined {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== base.origin || !url.pathname.startsWith(base.pathname))
    return undefined;
  const path = url.pathname.slice(base.pathname.length);
  if (request.mode === "navigate") {
    if (request.destination === "iframe") return undefined; // the server alone says who may show it in a frame, now
    return /^(r\/[^/]+)?$/.test(path) ? answerDocument(request, path !== "") : undefined;
  }
  if (path.startsWith("assets/")) return answerAsset(request);
  return Object.hasOwn(files, path) ? answerFile(request) : undefined;
}

/** Answers with the server's document, or with the cached one if the server is away or slow. */
async function answerDocument(request: Request, ofRoom: boolean): Promise<Response> {
  const network = fetch(request);
  const late = new Promise<undefined>((done) => setTimeout(done, patience));
  const first = await Promise.race([network, late]).catch(() => undefined);
  if (first && first.status < 500) return first; // a 502, 503 or 504 is a proxy's whose server is away
  return (await cachedDocument(ofRoom)) ?? network;
}

/** The cached document. A room's is one step below it. */
async function cachedDocument(ofRoom: boolean): Promise<Response | undefined> {
  const cached = await caches.match(base, { cacheName: prefix + build, ignoreVary: true });
  if (!cached) return undefined;
  const text = await cached.text();
  const headers = new Headers(cached.headers);
  for (const ofBody of ["Content-Encoding", "Content-Length", "ETag"]) headers.delete(ofBody);
  return new Response(ofRoom ? text.replaceAll('="./', '="../') : text, { headers });
}

/** Answers from the cache of any build: the name has a hash of the content. */
async function answerAsset(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function answerFile(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (e) {
    const cached = await caches.match(request, { cacheName: prefix + build, ignoreVary: true });
    if (cached) return cached;
    throw e;
  }
}
