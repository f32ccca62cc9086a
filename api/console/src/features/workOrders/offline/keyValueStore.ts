/** Storage on the phone for what must survive a reload: unsent jobs and report drafts. */

/** Values by key; `values` returns all of them. */
export interface KeyValueStore<T> {
  put(key: string, value: T): Promise<void>;
  get(key: string): Promise<T | undefined>;
  remove(key: string): Promise<void>;
  values(): Promise<T[]>;
}

/** A store that lives as long as the page: for tests, and for browsers without IndexedDB. */
export class MemoryStore<T> implements KeyValueStore<T> {
  private readonly entries = new Map<string, T>();

  put(key: string, value: T): Promise<void> {
    this.entries.set(key, value);
    return Promise.resolve();
  }

  get(key: string): Promise<T | undefined> {
    return Promise.resolve(this.entries.get(key));
  }

  remove(key: string): Promise<void> {
    this.entries.delete(key);
    return Promise.resolve();
  }

  values(): Promise<T[]> {
    return Promise.resolve([...this.entries.values()]);
  }
}

const DATABASE = "gridwatch-phone";
const STORES = ["jobs", "drafts"] as const;

/** Open a store in IndexedDB, or in memory where there is none, as in some private windows. */
export async function openStore<T>(name: (typeof STORES)[number]): Promise<KeyValueStore<T>> {
  try {
    return new IndexedDbStore<T>(await openDatabase(), name);
  } catch {
    return new MemoryStore<T>();
  }
}

class IndexedDbStore<T> implements KeyValueStore<T> {
  private readonly database: IDBDatabase;
  private readonly name: string;

  constructor(database: IDBDatabase, name: string) {
    this.database = database;
    this.name = name;
  }

  async put(key: string, value: T): Promise<void> {
    await this.run("readwrite", (store) => store.put(value, key));
  }

  get(key: string): Promise<T | undefined> {
    return this.run("readonly", (store) => store.get(key) as IDBRequest<T | undefined>);
  }

  async remove(key: string): Promise<void> {
    await this.run("readwrite", (store) => store.delete(key));
  }

  values(): Promise<T[]> {
    return this.run("readonly", (store) => store.getAll() as IDBRequest<T[]>);
  }

  private run<R>(mode: IDBTransactionMode, operation: (store: IDBObjectStore) => IDBRequest<R>): Promise<R> {
    return toPromise(operation(this.database.transaction(this.name, mode).objectStore(this.name)));
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
  return toPromise(request);
}

function toPromise<R>(request: IDBRequest<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB request failed"));
  });
}
