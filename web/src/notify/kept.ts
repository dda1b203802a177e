// What the page and its worker both need for notifications, in IndexedDB.
import type { Level, Quiet } from "../levels.ts";

/** A registration for pushes in a room, without the browser's subscription, which may change. */
export interface Registered {
  room: string;
  nick: string;
  level: Level;
  quiet?: (Quiet & { zone: string }) | undefined;
}

/** What is unread in a room: how many messages, and up to which one they are counted. */
export interface Unread {
  epoch: string;
  seq: number;
  count: number;
}

interface Kinds {
  /** By room. */
  push: Registered;
  /** By room. */
  unread: Unread;
  /** The room that a window shows, by the window's client ID. */
  window: string;
  /** The language that the page is in, under "". */
  language: "en" | "zh";
  /** The server's key with which the browser is subscribed, under "". */
  key: string;
}

const storeName = "notify";

let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((done, failed) => {
    const request = indexedDB.open("snug-notify", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(storeName);
    request.onsuccess = () => {
      request.result.onversionchange = request.result.onclose = () => (opened = undefined);
      done(request.result);
    };
    request.onerror = () => failed(request.error as DOMException);
  });
  opened.catch(() => (opened = undefined));
  return opened;
}

async function transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await open()).transaction(storeName, mode);
  const request = work(transaction.objectStore(storeName));
  return new Promise((done, failed) => {
    transaction.oncomplete = () => done(request.result);
    transaction.onabort = () => failed(transaction.error as DOMException);
  });
}

/** All of a kind, which the name says: `kind:key`. */
const range = (kind: keyof Kinds): IDBKeyRange => IDBKeyRange.bound(`${kind}:`, `${kind}:\uffff`);

/** Each call rejects where the browser has no storage, as in some private windows. */
export const kept = {
  read: <K extends keyof Kinds>(kind: K, key = ""): Promise<Kinds[K] | undefined> =>
    transact("readonly", (s) => s.get(`${kind}:${key}`) as IDBRequest<Kinds[K] | undefined>),
  /** Writes a value; undefined removes it. */
  write: async <K extends keyof Kinds>(kind: K, key: string, value: Kinds[K] | undefined): Promise<void> => {
    const name = `${kind}:${key}`;
    if (value === undefined) await transact("readwrite", (s) => s.delete(name));
    else await transact("readwrite", (s) => s.put(value, name));
  },
  all: <K extends keyof Kinds>(kind: K): Promise<Kinds[K][]> =>
    transact("readonly", (s) => s.getAll(range(kind)) as IDBRequest<Kinds[K][]>),
  keys: async (kind: keyof Kinds): Promise<string[]> =>
    ((await transact("readonly", (s) => s.getAllKeys(range(kind)))) as string[]).map((k) => k.slice(kind.length + 1)),
  clear: async (): Promise<void> => {
    await transact("readwrite", (s) => s.clear());
  },
};
