// The worker's global scope, and what the server writes at the head of its script.

/** The build of the page that the worker belongs to. web.go writes it. */
interface Shell {
  /** Identifies the build. The page has the same in a meta element, and the server in its welcome. */
  build: string;
  /** What the page loads, now or later, below the worker's scope, with the hash of each as an element's `integrity` has it. */
  files: Record<string, string>;
}

declare const self: ServiceWorkerGlobalScope & { shell: Shell };

export const worker = self;

/** The page's own address, which ends in a slash. */
export const base = new URL(self.registration.scope);
