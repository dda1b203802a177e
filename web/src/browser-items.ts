/** The names of all items in the browser's storage begin with this. */
const prefix = "snug:";

/**
 * JSON values by name, in the browser's storage. What can't be written there (a
 * private window, a frame of another site, a full disk) is in memory, for as long as
 * the page lives; it then counts more than an older value in the browser.
 */
export class BrowserItems {
  readonly #area: () => Storage;
  /** What could not be written, by name; undefined where it could not be removed. */
  readonly #memory = new Map<string, string | undefined>();

  /** area is called each time: asking for the storage may throw. */
  constructor(area: () => Storage) {
    this.#area = area;
  }

  read<T>(name: string): T | undefined {
    let text: string | null | undefined;
    try {
      text = this.#memory.has(name) ? this.#memory.get(name) : this.#area().getItem(prefix + name);
    } catch {
      return undefined; // nothing can be read
    }
    try {
      return text ? (JSON.parse(text) as T) : undefined;
    } catch {
      return undefined; // not ours, or damaged: as if it weren't there
    }
  }

  /** Writes a value; undefined removes the item. */
  write(name: string, value: unknown): void {
    const text = value === undefined ? undefined : JSON.stringify(value);
    try {
      if (text === undefined) this.#area().removeItem(prefix + name);
      else this.#area().setItem(prefix + name, text);
      this.#memory.delete(name);
    } catch {
      this.#memory.set(name, text);
      try {
        this.#area().removeItem(prefix + name); // an older value must not come back after a reload
      } catch {
        // There is none.
      }
    }
  }

  /** Whether anything that is written outlives the page. */
  isKept(): boolean {
    try {
      this.#area().setItem(prefix, "");
      this.#area().removeItem(prefix);
      return true;
    } catch {
      return false;
    }
  }

  /** The names of all items that begin with this. */
  names(beginning: string): string[] {
    const all = new Set<string>();
    try {
      for (const key of Object.keys(this.#area())) if (key.startsWith(prefix)) all.add(key.slice(prefix.length));
    } catch {
      // None can be read.
    }
    for (const [name, text] of this.#memory) {
      if (text === undefined) all.delete(name);
      else all.add(name);
    }
    return [...all].filter((name) => name.startsWith(beginning));
  }

  /** The item's name, if the key is that of one in the browser's storage. */
  static nameOf(key: string): string | undefined {
    return key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
  }
}
