// The workload that placement is compared by, and the least that could place it: best fit by a scan over all hosts. Nothing but integers decides,
// so every program that follows the rules gets the same hosts; their checksum says so.

export interface Placement {
  readonly atMs: number;
  readonly cpus: number;
  readonly memoryGib: number;
  readonly durationMs: number;
}

export const HOST = { cpus: 64, memoryGib: 256 } as const;
const LOAD = 0.65;
export const MEAN_CPUS = 3.35;
const CPUS: readonly (readonly [upTo: number, cpus: number])[] = [
  [0.35, 1],
  [0.65, 2],
  [0.85, 4],
  [0.95, 8],
  [1, 16],
];
const MASK = (1n << 64n) - 1n;

/**
 * Poisson arrivals of exponential length (mean an hour) that keep so much of the CPUs of `hosts` hosts busy. In order of arrival, at most one is
 * made ahead.
 */
export function* placements(count: number, hosts: number, load = LOAD): Generator<Placement> {
  let state = 20_261_122n;
  const uniform = () => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & MASK;
    return (Number(state >> 11n) + 0.5) / 2 ** 53;
  };
  for (let i = 0; i < 8; i += 1) uniform();
  const perSecond = (load * HOST.cpus * hosts) / MEAN_CPUS / 3600;
  let atS = 0;
  for (let i = 0; i < count; i += 1) {
    atS += -Math.log(uniform()) / perSecond;
    const drawn = uniform();
    const cpus = CPUS.find(([upTo]) => drawn < upTo)![1];
    const memoryGib = cpus * [2, 4, 8][Math.floor(3 * uniform())]!;
    const durationS = Math.max(1, -3600 * Math.log(uniform()));
    yield { atMs: Math.round(atS * 1000), cpus, memoryGib, durationMs: Math.round(durationS * 1000) };
  }
}

/** Of hosts in the order of requests; a request without a host adds -1. */
export class Checksum {
  #sum = 0;

  add(host: number): void {
    this.#sum = (Math.imul(this.#sum, 31) + host) >>> 0;
  }

  toString(): string {
    return this.#sum.toString(16).padStart(8, '0');
  }
}

/** The host with the least free CPUs that has room, the lowest of equals; who ends before or at an arrival has left. */
export class BareScan {
  readonly #cpus: Int32Array;
  readonly #memory: Int32Array;
  readonly #ends: Heap;

  constructor(hosts: number) {
    this.#cpus = new Int32Array(hosts).fill(HOST.cpus);
    this.#memory = new Int32Array(hosts).fill(HOST.memoryGib);
    this.#ends = new Heap();
  }

  /** @returns -1 when there is no room */
  place({ atMs, cpus, durationMs, memoryGib }: Placement): number {
    const ends = this.#ends;
    for (let end = ends.first; end !== undefined && end.atMs <= atMs; end = ends.first) {
      this.#cpus[end.host]! += end.cpus;
      this.#memory[end.host]! += end.memoryGib;
      ends.drop();
    }
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let host = 0; host < this.#cpus.length; host += 1) {
      const free = this.#cpus[host]!;
      if (free < cpus || free >= least || this.#memory[host]! < memoryGib) continue;
      best = host;
      least = free;
    }
    if (best < 0) return best;
    this.#cpus[best]! -= cpus;
    this.#memory[best]! -= memoryGib;
    ends.add({ atMs: atMs + durationMs, host: best, cpus, memoryGib });
    return best;
  }
}

interface End {
  readonly atMs: number;
  readonly host: number;
  readonly cpus: number;
  readonly memoryGib: number;
}

/** The end that comes first is on top. */
class Heap {
  readonly #ends: End[] = [];

  get first(): End | undefined {
    return this.#ends[0];
  }

  add(end: End): void {
    const ends = this.#ends;
    let hole = ends.length;
    for (; hole > 0; ) {
      const parent = (hole - 1) >> 1;
      if (ends[parent]!.atMs <= end.atMs) break;
      ends[hole] = ends[parent]!;
      hole = parent;
    }
    ends[hole] = end;
  }

  drop(): void {
    const ends = this.#ends;
    const last = ends.pop()!;
    if (ends.length === 0) return;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= ends.length) break;
      if (child + 1 < ends.length && ends[child + 1]!.atMs < ends[child]!.atMs) child += 1;
      if (ends[child]!.atMs >= last.atMs) break;
      ends[hole] = ends[child]!;
      hole = child;
    }
    ends[hole] = last;
  }
}
