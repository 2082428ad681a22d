// How much of the CPUs of each node was reserved when, in a picture of bounded size: neighbours share a row when there are many.
import { BucketSeries } from '../statistics/bucket-series.ts';

/** At most so many rows, each of at most so many buckets. */
const ROWS = 400;
const BUCKETS = 400;
const RESERVED = 0;
const ONLINE = 1;

/** Share of CPU reserved, by row of nodes and time; null where most of the row was offline. */
export interface OccupancyOverview {
  readonly startMs: number;
  readonly widthMs: number;
  readonly nodesPerRow: number;
  readonly rows: ReadonlyArray<ReadonlyArray<number | null>>;
}

/** Of all its nodes together, in thousandths of a CPU. */
interface Row {
  readonly series: BucketSeries;
  readonly levels: Float64Array;
  sinceMs: number;
}

export class OccupancyRows {
  readonly #startMs: number;
  #rows: Row[] = [];
  #nodesPerRow = 1;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Nodes are numbered from 0, in the order in which they join. */
  join(node: number, atMs: number, milliCpus: number): void {
    if (this.#rowOf(node) >= ROWS) this.#mergeRows(atMs);
    if (this.#rowOf(node) >= this.#rows.length) {
      const series = new BucketSeries(this.#startMs, 2, BUCKETS);
      this.#rows.push({ series, levels: new Float64Array(2), sinceMs: atMs });
    }
    this.#change(node, atMs, ONLINE, milliCpus);
  }

  online(node: number, atMs: number, deltaMilliCpus: number): void {
    this.#change(node, atMs, ONLINE, deltaMilliCpus);
  }

  reserved(node: number, atMs: number, deltaMilliCpus: number): void {
    this.#change(node, atMs, RESERVED, deltaMilliCpus);
  }

  /** @param milliCpus of each node, in order: what its row would have if it were always online */
  finish(endMs: number, milliCpus: Iterable<number>): OccupancyOverview {
    for (const row of this.#rows) advance(row, endMs);
    const capacities = this.#rows.map(() => 0);
    let node = 0;
    for (const capacity of milliCpus) {
      capacities[this.#rowOf(node)]! += capacity;
      node += 1;
    }
    return {
      startMs: this.#startMs,
      widthMs: this.#rows[0]?.series.widthMs ?? 0,
      nodesPerRow: this.#nodesPerRow,
      rows: this.#rows.map(({ series }, index) =>
        Array.from({ length: series.length }, (_, bucket) => {
          const online = series.integral(bucket, ONLINE);
          if (online * 2 < capacities[index]! * series.spanMs(bucket)) return null;
          return online === 0 ? 0 : series.integral(bucket, RESERVED) / online;
        }),
      ),
    };
  }

  #rowOf(node: number): number {
    return Math.floor(node / this.#nodesPerRow);
  }

  #change(node: number, atMs: number, channel: number, delta: number): void {
    const row = this.#rows[this.#rowOf(node)]!;
    advance(row, atMs);
    row.levels[channel]! += delta;
  }

  #mergeRows(atMs: number): void {
    const merged: Row[] = [];
    for (const [index, row] of this.#rows.entries()) {
      advance(row, atMs);
      const before = merged.at(-1);
      if (index % 2 === 0 || before === undefined) {
        merged.push(row);
        continue;
      }
      before.series.absorb(row.series);
      for (const channel of row.levels.keys()) before.levels[channel]! += row.levels[channel]!;
    }
    this.#rows = merged;
    this.#nodesPerRow *= 2;
  }
}

function advance(row: Row, toMs: number): void {
  if (toMs <= row.sinceMs) return;
  row.series.add(row.sinceMs, toMs, row.levels);
  row.sinceMs = toMs;
}
