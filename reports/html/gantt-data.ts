// The data of the Gantt chart, as the script in the page reads it. Times are whole units since the start of the run; bars that share a
// window are written once, followed by their nodes.
import type { StreamSpan } from '../metrics/metric.ts';
import type { NodeFigures } from '../metrics/node-meters.ts';
import type { Outage, ReservationBars } from '../metrics/node-timeline.ts';

/** `[start, length, node, instances, node, instances, ...]` */
type Run = readonly number[];

export interface GanttData {
  readonly startMs: number;
  readonly endMs: number;
  /** Milliseconds in a unit of time. */
  readonly unitMs: number;
  readonly warmUpEnd: number;
  readonly nodes: readonly string[];
  readonly cpus: readonly number[];
  readonly users: readonly string[];
  readonly types: readonly string[];
  readonly fates: readonly string[];
  /**
   * Id, request id or 0, user, type, vCPUs per instance, instances, displacement, fate, 1 when countered, runs of bars; of one that was
   * suspended also start and length of each time when it was being suspended or resumed.
   */
  readonly reservations: ReadonlyArray<
    readonly [
      string,
      string | 0,
      number,
      number,
      number,
      number,
      number,
      number,
      0 | 1,
      readonly Run[],
      ...(readonly [] | readonly [readonly number[]]),
    ]
  >;
  /** Node, start, length, 0 lost, 1 drained, 2 off or 3 being sent an image. */
  readonly outages: ReadonlyArray<readonly [number, number, number, 0 | 1 | 2 | 3]>;
}

const HOUR_MS = 3_600_000;
const OUTAGE_NUMBERS = { lost: 0, drained: 1, off: 2, receiving: 3 } as const;

export interface GanttContent {
  readonly nodes: readonly NodeFigures[];
  readonly reservations: readonly ReservationBars[];
  readonly outages: readonly Outage[];
}

export function ganttData(
  { startMs, endMs, measuredFromMs }: StreamSpan,
  { nodes, reservations, outages }: GanttContent,
): GanttData {
  // Seconds are finer than any screen, but for the shortest runs.
  const unitMs = endMs - startMs > HOUR_MS ? 1000 : 1;
  const units = (ms: number) => Math.round(ms / unitMs);
  const users = new Index();
  const types = new Index();
  const fates = new Index();
  return {
    startMs,
    endMs,
    unitMs,
    warmUpEnd: Math.max(0, units(Math.min(measuredFromMs, endMs) - startMs)),
    nodes: nodes.map(({ nodeId }) => nodeId),
    cpus: nodes.map(({ capacity }) => capacity.milliCpus / 1000),
    reservations: reservations.map((r) => [
      r.reservationId,
      r.requestId ?? 0,
      users.of(r.userId),
      types.of(r.type),
      r.cpusPerInstance,
      r.instances,
      units(r.agreedStartMs - r.askedStartMs),
      fates.of(r.fate),
      r.countered ? 1 : 0,
      runsOf(r, startMs, units),
      ...(r.pieces.length === 0
        ? ([] as const)
        : ([
            r.pieces.flatMap((piece) => {
              const start = units(piece.startMs - startMs);
              return [start, units(piece.endMs - startMs) - start];
            }),
          ] as const)),
    ]),
    outages: outages.map(({ nodeIndex, startMs: from, endMs: to, kind }) => [
      nodeIndex,
      units(from - startMs),
      units(to - from),
      OUTAGE_NUMBERS[kind],
    ]),
    users: users.values,
    types: types.values,
    fates: fates.values,
  };
}

function runsOf({ bars }: ReservationBars, startMs: number, units: (ms: number) => number): Run[] {
  const runs = new Map<string, number[]>();
  for (const bar of bars) {
    const start = units(bar.startMs - startMs);
    const length = Math.max(1, units(bar.endMs - startMs) - start);
    const key = `${start} ${length}`;
    const run = runs.get(key) ?? [start, length];
    runs.set(key, run);
    run.push(bar.nodeIndex, bar.instances);
  }
  return [...runs.values()];
}

/** Numbers distinct texts in order of their first use. */
class Index {
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  get values(): string[] {
    return [...this.#numbers.keys()];
  }
}
