// Rows that many requests want one by one, read together: what is asked for in one turn of the event loop goes into one statement.
// Nothing is kept: every answer is as new as a statement of its own would give.

export class PointReads<K, R> {
  readonly #read: (keys: readonly K[]) => Promise<ReadonlyMap<K, R>>;
  #wanted: { readonly keys: Set<K>; readonly rows: Promise<ReadonlyMap<K, R>> } | undefined;

  /** @param read finds the rows of several keys; a key without a row is left out */
  constructor(read: (keys: readonly K[]) => Promise<ReadonlyMap<K, R>>) {
    this.#read = read;
  }

  async get(key: K): Promise<R | undefined> {
    if (this.#wanted === undefined) {
      const keys = new Set<K>();
      const rows = new Promise((resolve) => setImmediate(resolve)).then(() => {
        this.#wanted = undefined;
        return this.#read([...keys]);
      });
      this.#wanted = { keys, rows };
    }
    const { keys, rows } = this.#wanted;
    keys.add(key);
    return (await rows).get(key);
  }
}
