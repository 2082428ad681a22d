// A queue with backfilling as the textbooks tell it, for small logs: lists of bookings, every instant looked at, nothing remembered.
// First come, first served where nothing is reserved; else the first so many that cannot begin keep the earliest window they fit in.

export interface Job {
  readonly name: string;
  readonly submitMs: number;
  readonly instances: number;
  /** As asked for. */
  readonly durationMs: number;
  readonly runMs: number;
}

/** Something ahead of time, that the queue must go around. */
export interface Fixed {
  readonly startMs: number;
  readonly endMs: number;
  readonly instances: number;
}

interface Taken {
  readonly node: number;
  readonly startMs: number;
  endMs: number;
}

export class NaiveQueue {
  readonly #cpus: readonly number[];
  readonly #reserved: number;
  #taken: Taken[] = [];
  readonly #waiting: Job[] = [];
  readonly starts = new Map<string, number>();
  /** Of each job that runs: when it ends, and what it has. */
  readonly #running: { readonly endMs: number; readonly taken: readonly Taken[] }[] = [];

  constructor(cpus: readonly number[], reserved: number) {
    this.#cpus = cpus;
    this.#reserved = reserved;
  }

  /** @returns false when it does not fit */
  fix({ endMs, instances, startMs }: Fixed): boolean {
    const placed = place(this.#cpus, this.#taken, { startMs, endMs, instances });
    this.#taken.push(...(placed ?? []));
    return placed !== undefined;
  }

  run(jobs: readonly Job[], fixed: readonly Fixed[]): void {
    const submits = jobs.map(({ submitMs }) => submitMs);
    const ends = fixed.map(({ endMs }) => endMs);
    const instants = new Set([...submits, ...ends]);
    while (instants.size > 0) {
      const nowMs = Math.min(...instants);
      instants.delete(nowMs);
      for (const { taken, endMs } of this.#running)
        if (endMs === nowMs) for (const each of taken) each.endMs = Math.min(each.endMs, nowMs);
      this.#waiting.push(...jobs.filter(({ submitMs }) => submitMs === nowMs));
      for (const endMs of this.#pass(nowMs)) instants.add(endMs);
    }
  }

  #pass(nowMs: number): number[] {
    const thought = [...this.#taken];
    const ends: number[] = [];
    let left = this.#reserved;
    for (const job of [...this.#waiting]) {
      const { durationMs, instances, name, runMs } = job;
      const window = (startMs: number) => ({ startMs, endMs: startMs + durationMs, instances });
      const placed = place(this.#cpus, thought, window(nowMs));
      if (placed !== undefined) {
        this.#waiting.splice(this.#waiting.indexOf(job), 1);
        this.starts.set(name, nowMs);
        const endMs = nowMs + Math.min(runMs, durationMs);
        thought.push(...placed);
        this.#taken.push(...placed);
        this.#running.push({ endMs, taken: placed });
        ends.push(endMs);
      } else if (this.#reserved === 0) break;
      else if (left > 0) {
        left -= 1;
        const later = thought.map(({ endMs }) => endMs).filter((endMs) => endMs > nowMs);
        const [first] = later
          .sort((a, b) => a - b)
          .flatMap((startMs) => {
            const kept = place(this.#cpus, thought, window(startMs));
            return kept === undefined ? [] : [kept];
          });
        thought.push(...first!);
      }
    }
    return ends;
  }
}

/** Each instance on the first node that has a CPU for the whole window; undefined when they do not all fit. */
function place(
  cpus: readonly number[],
  taken: readonly Taken[],
  { endMs, instances, startMs }: Fixed,
): Taken[] | undefined {
  const placed: Taken[] = [];
  for (let i = 0; i < instances; i++) {
    const node = cpus.findIndex((count, index) => {
      const there = [...taken, ...placed].filter(
        (each) => each.node === index && each.startMs < endMs && startMs < each.endMs,
      );
      const instants = [startMs, ...there.map((each) => each.startMs).filter((ms) => ms > startMs)];
      return instants.every(
        (ms) => there.filter((each) => each.startMs <= ms && ms < each.endMs).length < count,
      );
    });
    if (node < 0) return undefined;
    placed.push({ node, startMs, endMs });
  }
  return placed;
}
