// Which ids of requests have been seen, and where: a million of them in some 60 MB. What is kept of an id is 96 bits, mixed well enough that two
// ids look alike in one of ten billion billion files of a million.

/** Where an id stood. */
export interface IdPlace {
  /** As messages call the workload. */
  readonly source: string;
  readonly isSameSource: boolean;
  /** Counts from 1; 0 where there are no lines. */
  readonly line: number;
}

export class RequestIds {
  readonly #sources: string[] = [];
  #size = 0;
  #table = new Table(1024);

  /** @returns the number of a workload, for {@link claim} */
  addSource(name: string): number {
    return this.#sources.push(name) - 1;
  }

  /** Takes the id; or tells who had it before. */
  claim(id: string, source: number, line: number): IdPlace | undefined {
    if (2 * (this.#size + 1) > this.#table.capacity) this.#table = this.#table.enlarged();
    const slot = this.#table.slotOf(hash(id, 0x3c6ef372), hash(id, 0x1b873593), hash(id, 0x510e527f));
    const earlier = this.#table.sources[slot]!;
    if (earlier !== 0) {
      return {
        source: this.#sources[earlier - 1]!,
        isSameSource: earlier - 1 === source,
        line: this.#table.lines[slot]!,
      };
    }
    this.#table.sources[slot] = source + 1;
    this.#table.lines[slot] = line;
    this.#size++;
    return undefined;
  }
}

/** Open addressing with linear probing. A slot without a source is free. */
class Table {
  readonly capacity: number;
  readonly lines: Uint32Array;
  readonly sources: Uint16Array;
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #third: Int32Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.lines = new Uint32Array(capacity);
    this.sources = new Uint16Array(capacity);
    this.#first = new Int32Array(capacity);
    this.#second = new Int32Array(capacity);
    this.#third = new Int32Array(capacity);
  }

  /** Where these bits are, or a free slot that now has them. */
  slotOf(first: number, second: number, third: number): number {
    const mask = this.capacity - 1;
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      if (this.sources[slot] === 0) {
        this.#first[slot] = first;
        this.#second[slot] = second;
        this.#third[slot] = third;
        return slot;
      }
      if (this.#first[slot] === first && this.#second[slot] === second && this.#third[slot] === third) {
        return slot;
      }
    }
  }

  enlarged(): Table {
    const table = new Table(2 * this.capacity);
    for (let old = 0; old < this.capacity; old++) {
      if (this.sources[old] === 0) continue;
      const slot = table.slotOf(this.#first[old]!, this.#second[old]!, this.#third[old]!);
      table.sources[slot] = this.sources[old]!;
      table.lines[slot] = this.lines[old]!;
    }
    return table;
  }
}

/** MurmurHash3 (Appleby, public domain) over UTF-16 units, 32 bits. */
function hash(text: string, seed: number): number {
  let h = seed;
  for (let index = 0; index < text.length; index++) {
    let k = Math.imul(text.charCodeAt(index) + seed, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
