// Records that the pages of a browser and its worker share, in IndexedDB.
import { storeNames, type Records, type StoreName } from "./records.ts";

/** Records with their keys. Where they are written, undefined removes one. */
type Entries<V> = [key: string, value: V][];

/** How long the browser may say nothing before the page does without the database, in ms; and in how many steps that is counted. */
const patience = 2000;
const steps = 4;

/**
 * Records by store and key. What can't be written (a private window, a frame of another
 * site, a full disk) is in memory, for as long as the page lives; it then counts more than
 * an older record. No method rejects.
 *
 * A browser may never say whether it has opened a database: Safari has such a fault, and
 * damaged profiles do it, too. After two seconds everything is in memory, until `recover`.
 */
export class Database {
  readonly #name: string;
  /** Undefined if the browser refuses. It may stay pending. */
  #answer!: Promise<IDBDatabase | undefined>;
  /** The database that is used, if there is one. It doesn't stay pending. */
  #opened!: Promise<IDBDatabase | undefined>;
  /** What could not be written, by store and key; undefined where it could not be removed. */
  readonly #memory = new Map<StoreName, Map<string, unknown>>(storeNames.map((name) => [name, new Map()]));

  /** Opens the database, and makes it if there is none. */
  constructor(name: string) {
    this.#name = name;
    this.#open();
  }

  #open(): void {
    this.#answer = open(this.#name, () => this.#open()).catch(() => undefined);
    this.#opened = Promise.race([this.#answer, silence()]);
  }

  /** Resolves to whether there is a database, and the browser has said so in time. */
  async isOpen(): Promise<boolean> {
    return (await this.#opened) !== undefined;
  }

  /** Resolves to whether there is a database once the browser says so. It may stay pending. */
  async answered(): Promise<boolean> {
    return (await this.#answer) !== undefined;
  }

  /**
   * Uses a database that has answered late, and writes what is in memory by then. But a seat that it has
   * counts more than one that was given meanwhile: the member who the user was before may own the room.
   */
  async recover(): Promise<void> {
    this.#opened = this.#answer;
    const seats = this.#memory.get("seats")!;
    await this.#transact("seats", "readonly", (records) =>
      read(records, "", (stored) => {
        for (const [key] of stored) if (seats.get(key) !== undefined) seats.delete(key);
      }),
    ).catch(() => {});
    for (const [store, memory] of this.#memory)
      for (const [key, value] of [...memory]) await this.put(store, key, value as Records[StoreName] | undefined);
  }

  /** Resolves to the records of a store whose keys begin with a prefix, in the order of their keys. */
  async all<S extends StoreName>(store: S, prefix = ""): Promise<Entries<Records[S]>> {
    let stored: Entries<Records[S]> = [];
    await this.#transact(store, "readonly", (records) =>
      read<Records[S]>(records, prefix, (all) => (stored = all)),
    ).catch(() => {});
    return this.#merged(store, prefix, stored);
  }

  /** Resolves to a record; undefined if there is none. */
  async get<S extends StoreName>(store: S, key: string): Promise<Records[S] | undefined> {
    const memory = this.#memory.get(store)!;
    let stored: unknown;
    await this.#transact(store, "readonly", (records) => {
      const request = records.get(key);
      request.onsuccess = () => (stored = request.result);
    }).catch(() => {});
    return (memory.has(key) ? memory.get(key) : stored) as Records[S] | undefined;
  }

  /** Writes a record; undefined removes it. It resolves to whether the change outlives the browser, and isn't only in memory. */
  async put<S extends StoreName>(store: S, key: string, value: Records[S] | undefined): Promise<boolean> {
    try {
      await this.#transact(store, "readwrite", (records) => {
        write(records, [[key, value]]);
      });
      this.#memory.get(store)!.delete(key);
      return true;
    } catch {
      this.#memory.get(store)!.set(key, value);
      return false;
    }
  }

  /** Changes the records whose keys begin with a prefix, all at once: nobody else writes meanwhile. */
  async change<S extends StoreName>(
    store: S,
    prefix: string,
    changes: (all: Entries<Records[S]>) => Entries<Records[S] | undefined>,
  ): Promise<void> {
    const memory = this.#memory.get(store)!;
    let changed: Entries<Records[S] | undefined> | undefined;
    try {
      await this.#transact(store, "readwrite", (records) => {
        read<Records[S]>(records, prefix, (all) => {
          changed = changes(this.#merged(store, prefix, all));
          write(records, changed);
        });
      });
      for (const [key] of changed ?? []) memory.delete(key);
    } catch {
      for (const [key, value] of changed ?? changes(this.#merged(store, prefix, []))) memory.set(key, value);
    }
  }

  /** Removes all records. */
  async clear(): Promise<void> {
    for (const store of storeNames) await this.change(store, "", (all) => all.map(([key]) => [key, undefined]));
  }

  /** Does what `act` says in a transaction, and waits until it is committed. */
  async #transact(store: StoreName, mode: IDBTransactionMode, act: (records: IDBObjectStore) => void): Promise<void> {
    const db = await this.#opened;
    if (!db) throw new Error("there is no database");
    const transaction = db.transaction(store, mode);
    act(transaction.objectStore(store));
    await new Promise<void>((done, failed) => {
      transaction.oncomplete = () => done();
      transaction.onabort = () => failed(transaction.error);
    });
  }

  /** The stored records with a prefix, and those in memory. */
  #merged<V>(store: StoreName, prefix: string, stored: Entries<V>): Entries<V> {
    const merged = new Map(stored);
    for (const [key, value] of this.#memory.get(store)!) {
      if (value === undefined) merged.delete(key);
      else if (key.startsWith(prefix)) merged.set(key, value as V);
    }
    return [...merged];
  }
}

/** Resolves after the browser has said nothing for too long. It takes steps, so that a moment in which the page itself didn't run counts as one. */
async function silence(): Promise<undefined> {
  for (let step = 0; step < steps; step++) await new Promise((over) => setTimeout(over, patience / steps));
  return undefined;
}

function read<V>(records: IDBObjectStore, prefix: string, then: (all: Entries<V>) => void): void {
  const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
  const keys = records.getAllKeys(range);
  const values = records.getAll(range);
  values.onsuccess = () => then(keys.result.map((key, i) => [key as string, values.result[i] as V]));
}

/** Writes, and commits without waiting: the page may be gone before the browser says that it is done. */
function write<V>(records: IDBObjectStore, entries: Entries<V>): void {
  for (const [key, value] of entries) {
    if (value === undefined) records.delete(key);
    else records.put(value, key);
  }
  records.transaction.commit();
}

/**
 * Opens the database as this build knows it; or as a later build has made it, which may have been replaced by
 * this one. changing is called when another build changes it: this connection is then closed.
 */
function open(name: string, changing: () => void, version = 2): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = version ? indexedDB.open(name, version) : indexedDB.open(name);
    request.onupgradeneeded = () => {
      const made = request.result.objectStoreNames;
      for (const store of storeNames) if (!made.contains(store)) request.result.createObjectStore(store);
    };
    request.onerror = () =>
      version && request.error?.name === "VersionError" ? done(open(name, changing, 0)) : failed(request.error);
    request.onsuccess = () => {
      const db = request.result;
      db.onversionchange = ({ newVersion }) => {
        db.close();
        if (newVersion) changing(); // it isn't deleted
      };
      done(db);
    };
  });
}
