// summary.json: the figures of a run for scripts. Every metric of the catalogue defines its own keys; here is what says which run it
// was. docs/reports.md lists them all; keys are added, never renamed.
import { formatInstant, invariant } from '../engine/index.ts';
import { METRICS } from './metrics/catalogue.ts';
import type {
  AnyMetric,
  FiguresOf,
  StreamSpan,
  SummaryField,
  SummaryOf,
  ValuesOf,
  Window,
} from './metrics/metric.ts';
import type { negotiation } from './metrics/negotiation.ts';
import type { ProvidersFigures } from './provider-metrics.ts';
import type { RunDescription, RunOutcome } from './run-description.ts';
import { ratio } from './summary-values.ts';

/** Fields that depend on the machine and its mood. All other bytes of a run's directory depend on scenario, seed and version only. */
export const WALL_CLOCK_FIELDS = ['wallMs', 'eventsPerSecond', 'peakRssMib'] as const;

/** A run that is over. */
interface FinishedRun {
  readonly run: RunDescription;
  readonly outcome: RunOutcome;
  readonly figures: StreamSpan & FiguresOf<readonly [typeof negotiation]>;
  /** Absent: there is one provider. */
  readonly providers?: ProvidersFigures | undefined;
}

const HEAD = {
  scenario: { means: 'name of the scenario', of: ({ run }) => run.scenario },
  seed: { means: 'of all random streams', of: ({ run }) => run.seed },
  version: { means: 'of OpenPEX', of: ({ run }) => run.version },
  digest: { means: 'SHA-256 of the event stream', of: ({ outcome }) => outcome.digest },
  end: {
    means:
      '`complete`: nothing was left to do; `stalled`: what was left waited for nodes that nothing brought back, or that came back a hundred times each in vain; `horizon`: the configured end was reached; `interrupted`; `ongoing`: of a live service, up to its last event',
    of: ({ outcome }) => outcome.end,
  },
  start: {
    unit: 'ISO 8601',
    means: 'virtual time at which the run began',
    of: ({ figures }) => formatInstant(figures.startMs),
  },
  measuredFrom: {
    unit: 'ISO 8601',
    means: 'end of the warm-up',
    of: ({ figures }) => formatInstant(figures.measuredFromMs),
  },
  measuredUntil: {
    unit: 'ISO 8601',
    means: 'end of the run',
    of: ({ figures }) => formatInstant(figures.endMs),
  },
} as const satisfies Record<string, SummaryField<FinishedRun>>;

const TAIL = {
  userAcceptanceRatio: {
    unit: 'share',
    over: 'by request',
    means:
      'requests of users that became a reservation somewhere and stayed one, over all of them, each counted once however many providers it was put to: (accepted - movedOn) / (requests - passedOn); of one provider it is acceptanceRatio',
    of: ({ figures: { negotiation }, providers }) =>
      ratio(
        negotiation.accepted - (providers?.movedOn ?? 0),
        negotiation.requests - (providers?.passedOn ?? 0),
      ),
  },
  virtualMs: {
    unit: 'ms',
    means: 'simulated time, the warm-up included',
    of: ({ outcome }) => outcome.virtualMs,
  },
  events: { means: 'in the event stream', of: ({ outcome }) => outcome.events },
  wallMs: {
    unit: 'ms',
    means: 'real time that the run took',
    of: ({ outcome }) => Math.round(outcome.wallMs),
  },
  eventsPerSecond: {
    unit: '1/s',
    means: 'events / wallMs',
    of: ({ outcome: { events, wallMs } }) => (wallMs > 0 ? Math.round((events * 1000) / wallMs) : 0),
  },
  peakRssMib: {
    unit: 'MiB',
    means: 'most memory that the process had',
    of: ({ outcome }) => Math.round(outcome.peakRssMib),
  },
} as const satisfies Record<string, SummaryField<FinishedRun>>;

/** What the metrics say, of a whole run or of one of its providers. */
export type Measures = SummaryOf<typeof METRICS>;

/** Shares are 0..1 and have six decimals, money is in credits, null means that there was nothing to measure. */
export type Summary = ValuesOf<typeof HEAD> & Measures & ValuesOf<typeof TAIL> & Partial<OfProviders>;

/** What is said beside of a world of several providers. */
interface OfProviders {
  /** Sessions that a user opened at a further provider, having come to no agreement with the one before: part of `requests`. */
  readonly passedOn: number;
  /** Agreements in a queue that was left for a further provider: part of `accepted`. */
  readonly movedOn: number;
  /** By name, in the order in which they joined. */
  readonly providers: Readonly<Record<string, Measures>>;
}

/** @param metrics those that made the figures */
export function summarise(over: FinishedRun, metrics: readonly AnyMetric[] = METRICS): Summary {
  const summary = values([[HEAD, over], ...measured(over.figures, metrics), [TAIL, over]]) as Summary;
  if (over.providers === undefined) return summary;
  const { figures, movedOn, passedOn } = over.providers;
  const providers: Record<string, Measures> = {};
  for (const [name, own] of figures) providers[name] = values(measured(own, metrics)) as Measures;
  return { ...summary, passedOn, movedOn, providers };
}

/** Several providers side by side. */
export interface Market {
  readonly total: Measures;
  readonly providers: ReadonlyArray<{ readonly name: string; readonly measures: Measures }>;
  /** Requests of users, each counted once, and how often one went on to another provider. */
  readonly userRequests: number;
  readonly passedOn: number;
  /** Agreements that nobody left for another provider. */
  readonly agreed: number;
}

/** Undefined: there is one provider. */
export function marketOf(summary: Measures & Partial<OfProviders>): Market | undefined {
  const { movedOn = 0, passedOn = 0, providers } = summary;
  if (providers === undefined) return undefined;
  return {
    total: summary,
    providers: Object.entries(providers).map(([name, measures]) => ({ name, measures })),
    userRequests: summary.requests - passedOn,
    passedOn,
    agreed: summary.accepted - movedOn,
  };
}

/** The bytes of summary.json: two spaces of indent, keys in the order of the catalogue, a newline at the end. */
export function summaryJson(summary: Summary): string {
  return `${JSON.stringify(summary, null, 2)}\n`;
}

/** What a key of summary.json is, and over what it is counted. */
type Definition = Omit<SummaryField<never>, 'of'> & { readonly over: Window };

/** Every key of summary.json with its definition, in order. */
export function summaryFields(
  metrics: readonly AnyMetric[] = METRICS,
): ReadonlyArray<readonly [key: string, definition: Definition]> {
  const run = { over: 'whole run' } as const;
  const parts = [{ ...run, summary: HEAD }, ...metrics, { ...run, summary: TAIL }];
  return parts.flatMap(({ over, summary }) =>
    Object.entries<SummaryField<never>>(summary).map(([key, field]) => [key, { over, ...field }] as const),
  );
}

/** Some fields, and what they are computed from. */
type Part = readonly [fields: Readonly<Record<string, SummaryField<never>>>, from: unknown];

function measured(figures: StreamSpan, metrics: readonly AnyMetric[]): Part[] {
  const byName = figures as unknown as Readonly<Record<string, unknown>>;
  return metrics.map(({ name, summary }) => [summary, byName[name]]);
}

function values(parts: readonly Part[]): unknown {
  const found: Record<string, unknown> = {};
  for (const [fields, from] of parts) {
    for (const [key, field] of Object.entries(fields)) {
      invariant(!(key in found), 'each key of summary.json is defined once', { key });
      found[key] = field.of(from as never);
    }
  }
  return found;
}
