// What a metric is: a name, what it makes of the event stream, and what it adds to summary.json. metrics/catalogue.ts lists them.
import type { Hearing } from '../facts/hearing.ts';

/** What is known when a stream begins. All times are milliseconds since the Unix epoch. */
export interface StreamStart {
  readonly startMs: number;
  /** The measured time begins here: at the end of the warm-up. */
  readonly measuredFromMs: number;
  /** Disk of a storage node that all nodes share, for a stream that does not begin by saying so. */
  readonly sharedDiskGib?: number;
  /** The stream is that of several providers, and nodes are called `provider/node`; absent: of one. */
  readonly severalProviders?: boolean;
}

/** The stream covers [startMs, endMs); [measuredFromMs, endMs) is measured. (Not an interface: it stands among figures by name.) */
export type StreamSpan = {
  readonly startMs: number;
  readonly measuredFromMs: number;
  readonly endMs: number;
};

/**
 * Over what a figure is counted. by request: of the requests whose first proposal came in the measured time, whatever becomes of them
 * later, up to the end of the run; by instant: what happened, or lasted, within the measured time, whoever's request it was; whole run: the
 * warm-up too.
 */
export type Window = (typeof WINDOWS)[number];
export const WINDOWS = ['by request', 'by instant', 'whole run'] as const;

/**
 * One group of figures. It is a value without state: every stream that is measured has a {@link Meter} of its own, so that there may
 * be one for each of several providers.
 */
export interface Metric<Name extends string = string, Figures = unknown, Fields = SummaryFields> {
  /** Under which its figures are found; unique in a catalogue. */
  readonly name: Name;
  /** The metrics whose figures its own are computed from; they come before it in the catalogue. */
  readonly reads?: readonly AnyMetric[];
  start(stream: StreamStart): Meter<Figures>;
  /** Of its keys, where they do not say otherwise. */
  readonly over: Window;
  /** What it adds to summary.json: key by key, in this order. Names are unique in a catalogue, and never change their meaning. */
  readonly summary: Fields;
}

/** A metric at work on one stream, in one pass. It must not remember what grows with the length of the stream. */
export interface Meter<Figures> {
  /** What it wants to hear. Instants never go back. */
  readonly hears: Hearing;
  /**
   * The figures, as plain values. Called once, after the last event.
   * @param figures those of the metrics that it reads
   */
  finish(endMs: number, figures: Readonly<Record<string, unknown>>): Figures;
}

/** One key of summary.json. */
export interface SummaryField<Figures, Value = unknown> {
  readonly unit?:
    | 'ISO 8601'
    | 'share'
    | 'ms'
    | '1/s'
    | 'MiB'
    | 'kWh'
    | 'vCPU h'
    | 'credits'
    | 'credits / vCPU h'
    | 'GiB h';
  /** Absent: as its metric says. Numerator and denominator of a ratio are over the same. */
  readonly over?: Window;
  /** Its definition, as docs/reports.md prints it. */
  readonly means: string;
  of(figures: Figures): Value;
}

// `never` takes the figures of every metric.
type SummaryFields = Readonly<Record<string, SummaryField<never>>>;

/** Any metric, whatever its figures. */
export interface AnyMetric {
  readonly name: string;
  readonly reads?: readonly AnyMetric[];
  start(stream: StreamStart): Meter<unknown>;
  readonly over: Window;
  readonly summary: SummaryFields;
}

/** Those that summary.json is made of: without what only pictures are drawn from. */
export function summarised(metrics: readonly AnyMetric[]): readonly AnyMetric[] {
  return metrics.filter(
    (metric) =>
      Object.keys(metric.summary).length > 0 || metrics.some(({ reads = [] }) => reads.includes(metric)),
  );
}

/** Figures by the name of their metric. */
export type FiguresOf<Metrics extends readonly AnyMetric[]> = {
  readonly [M in Metrics[number] as M['name']]: ReturnType<ReturnType<M['start']>['finish']>;
};

/** What metrics add to summary.json, all together. */
export type SummaryOf<Metrics extends readonly AnyMetric[]> = AllOf<ValuesOf<Metrics[number]['summary']>>;

/** What the fields of one metric come to. */
export type ValuesOf<Fields> = Fields extends unknown
  ? { readonly [K in keyof Fields]: Fields[K] extends { of(figures: never): infer V } ? V : never }
  : never;

type AllOf<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** Lets the compiler find out the types of a metric. */
export function metric<
  const Name extends string,
  Figures,
  Fields extends Readonly<Record<string, SummaryField<Figures>>>,
>(definition: Metric<Name, Figures, Fields>): Metric<Name, Figures, Fields> {
  return definition;
}
