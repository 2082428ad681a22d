// All figures of a run, from one pass over its events: the walk over the catalogue of metrics. Memory is bounded by the sessions that
// are alive, by the number of nodes and by fixed limits; never by the length of the run.
import { type DomainEvent, invariant } from '../engine/index.ts';
import { Audience, type Hearing } from './facts/hearing.ts';
import { OpenWindows } from './facts/open-windows.ts';
import { SessionLedger } from './facts/session-ledger.ts';
import { namedInWorld } from './facts/world-names.ts';
import { METRICS } from './metrics/catalogue.ts';
import type { AnyMetric, FiguresOf, Meter, StreamSpan, StreamStart } from './metrics/metric.ts';

/** Figures about the measured time, unless they say otherwise, by the name of their metric. Plain values. */
export type RunFigures = StreamSpan & FiguresOf<typeof METRICS>;

/** What is measured, and who else listens. */
export interface RunMetricsParts {
  /** Absent: those of the catalogue. */
  readonly metrics?: readonly AnyMetric[];
  /** Hear what metrics hear. */
  readonly listeners?: readonly Hearing[];
}

/** The metrics of one stream. Several may run side by side. */
export class RunMetrics {
  readonly #start: StreamStart;
  readonly #meters: ReadonlyArray<{ readonly metric: AnyMetric; readonly meter: Meter<unknown> }>;
  readonly #audience: Audience;
  readonly #windows: OpenWindows;
  readonly #sessions: SessionLedger;

  constructor(start: StreamStart, { metrics = METRICS, listeners = [] }: RunMetricsParts = {}) {
    checkOrder(metrics);
    this.#start = start;
    this.#meters = metrics.map((metric) => ({ metric, meter: metric.start(start) }));
    this.#audience = new Audience([...listeners, ...this.#meters.map(({ meter }) => meter.hears)]);
    this.#windows = new OpenWindows(this.#audience.tell);
    this.#sessions = new SessionLedger(start.measuredFromMs, this.#audience.tell);
  }

  /** Sessions that are alive: all that memory depends on. */
  get openSessions(): number {
    return this.#sessions.size;
  }

  /** Takes the next event; their times never go back. O(log n) amortised. */
  record(told: DomainEvent): void {
    const event = this.#start.severalProviders === true ? namedInWorld(told) : told;
    this.#audience.event(event);
    this.#windows.record(event);
    this.#sessions.record(event);
  }

  /** The figures of a run that stopped at `endMs`. Call once, after the last event. */
  finish(endMs: number): RunFigures {
    this.#sessions.finish(endMs);
    const figures: Record<string, unknown> = {};
    for (const { metric, meter } of this.#meters) figures[metric.name] = meter.finish(endMs, figures);
    const { startMs } = this.#start;
    // A run that is over before its warm-up measured nothing: an interval of no length, at its end.
    const measuredFromMs = Math.min(this.#start.measuredFromMs, endMs);
    return { startMs, measuredFromMs, endMs, ...figures } as RunFigures;
  }
}

function checkOrder(metrics: readonly AnyMetric[]): void {
  const before = new Set<string>();
  for (const { name, reads = [] } of metrics) {
    invariant(!before.has(name), 'each metric of a catalogue has a name of its own', { name });
    for (const read of reads) {
      invariant(before.has(read.name), 'a metric comes after those that it reads', {
        name,
        reads: read.name,
      });
    }
    before.add(name);
  }
}
