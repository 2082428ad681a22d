// When which node changes next: a binary heap of instants and nodes in typed arrays, so that following the present costs no allocation.

const INITIAL_CAPACITY = 256;

/** Pairs of an instant and a node, by rising instant; those of one instant in no order. `add` and `take` are O(log n). */
export class ChangeHeap {
  private times = new Float64Array(INITIAL_CAPACITY);
  private nodes = new Int32Array(INITIAL_CAPACITY);
  private size = 0;

  /** The least instant; Infinity when there is none. */
  get earliestMs(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.times[0]!;
  }

  add(atMs: number, node: number): void {
    if (this.size === this.times.length) this.grow();
    const { times, nodes } = this;
    let place = this.size;
    this.size += 1;
    while (place > 0) {
      const parent = (place - 1) >>> 1;
      if (times[parent]! <= atMs) break;
      times[place] = times[parent]!;
      nodes[place] = nodes[parent]!;
      place = parent;
    }
    times[place] = atMs;
    nodes[place] = node;
  }

  /** Takes a pair of the least instant out; there is one. @returns its node */
  take(): number {
    const { times, nodes } = this;
    const node = nodes[0]!;
    this.size -= 1;
    const { size } = this;
    const atMs = times[size]!;
    const last = nodes[size]!;
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && times[child + 1]! < times[child]!) child += 1;
      if (times[child]! >= atMs) break;
      times[place] = times[child]!;
      nodes[place] = nodes[child]!;
      place = child;
    }
    times[place] = atMs;
    nodes[place] = last;
    return node;
  }

  private grow(): void {
    const { times, nodes } = this;
    this.times = new Float64Array(2 * times.length);
    this.times.set(times);
    this.nodes = new Int32Array(2 * nodes.length);
    this.nodes.set(nodes);
  }
}
