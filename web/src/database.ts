// Records that the pages of a browser and its worker share, in IndexedDB.
import { storeNames, type Records, type StoreName } from "./records.ts";

/** Records with their keys. Where they are written, undefined removes one. */
type Entries<V> = [key: string, value: V][];

/**
 * Records by store and key. What can't be written (a private window, a frame of another
 * site, a full disk) is in memory, for as long as the page lives; it then counts more than
 * an older record. No method rejects.
 */
export class Database {
  readonly #opened: Promise<IDBDatabase | undefined>;
  /** What could not be written, by store and key; undefined where it could not be removed. */
  readonly #memory = new Map<StoreName, Map<string, unknown>>(storeNames.map((name) => [name, new Map()]));

  /** Opens the database, and makes it if there is none. */
  constructor(name: string) {
    this.#opened = open(name).catch(() => undefined);
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

function open(name: string): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open(name, 2);
    request.onupgradeneeded = () => {
      const made = request.result.objectStoreNames;
      for (const store of storeNames) if (!made.contains(store)) request.result.createObjectStore(store);
    };
    request.onerror = () => failed(request.error);
    request.onsuccess = () => {
      const db = request.result;
      db.onversionchange = () => db.close(); // a later build of the page may change it
      done(db);
    };
  });
}
