/** What must outlive the page, on the phone itself: jobs to be sent, reports half written. */

/** A place to keep things by name; `values` gives them in the order they were first put. */
export interface Drawer<T> {
  put(key: string, value: T): Promise<void>;
  get(key: string): Promise<T | undefined>;
  remove(key: string): Promise<void>;
  values(): Promise<T[]>;
}

/** A drawer that lives as long as the page: for tests, and for browsers that keep nothing. */
export class MemoryDrawer<T> implements Drawer<T> {
  private readonly kept = new Map<string, T>();

  put(key: string, value: T): Promise<void> {
    this.kept.set(key, value);
    return Promise.resolve();
  }

  get(key: string): Promise<T | undefined> {
    return Promise.resolve(this.kept.get(key));
  }

  remove(key: string): Promise<void> {
    this.kept.delete(key);
    return Promise.resolve();
  }

  values(): Promise<T[]> {
    return Promise.resolve([...this.kept.values()]);
  }
}

const DATABASE = "gridwatch-phone";
const STORES = ["jobs", "drafts"] as const;

/** A drawer in IndexedDB; in memory alone where the browser has none (some private windows). */
export async function openDrawer<T>(store: (typeof STORES)[number]): Promise<Drawer<T>> {
  try {
    return new StoredDrawer<T>(await openDatabase(), store);
  } catch {
    return new MemoryDrawer<T>();
  }
}

class StoredDrawer<T> implements Drawer<T> {
  private readonly database: IDBDatabase;
  private readonly store: string;

  constructor(database: IDBDatabase, store: string) {
    this.database = database;
    this.store = store;
  }

  async put(key: string, value: T): Promise<void> {
    await this.ask("readwrite", (store) => store.put(value, key));
  }

  get(key: string): Promise<T | undefined> {
    return this.ask("readonly", (store) => store.get(key) as IDBRequest<T | undefined>);
  }

  async remove(key: string): Promise<void> {
    await this.ask("readwrite", (store) => store.delete(key));
  }

  values(): Promise<T[]> {
    return this.ask("readonly", (store) => store.getAll() as IDBRequest<T[]>);
  }

  private ask<A>(mode: IDBTransactionMode, what: (store: IDBObjectStore) => IDBRequest<A>): Promise<A> {
    return answerOf(what(this.database.transaction(this.store, mode).objectStore(this.store)));
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
  return answerOf(request);
}

function answerOf<A>(request: IDBRequest<A>): Promise<A> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}
