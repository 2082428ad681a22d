// Everything that a report shows, as plain values: what stands between the metrics and the rendering.
import type { AnyMetric, FiguresOf, StreamSpan } from './metrics/metric.ts';
import type { RunDescription, RunOutcome } from './run-description.ts';
import type { RunFigures } from './run-metrics.ts';
import type { Market } from './summary.ts';

export interface ReportModel<Figures = RunFigures> {
  readonly run: RunDescription;
  /** Without what the wall clock says: the report of a run is the same on every machine. */
  readonly outcome: Omit<RunOutcome, 'wallMs' | 'peakRssMib'>;
  readonly figures: Figures;
  /** Absent: there is one provider. */
  readonly market?: Market | undefined;
}

/** A model in which nothing but the figures of these metrics is looked at. */
export type ModelOf<Metrics extends readonly AnyMetric[]> = ReportModel<StreamSpan & FiguresOf<Metrics>>;

/** The run of a live service goes on; it is called a service then. */
export function isService({ outcome }: Pick<ReportModel, 'outcome'>): boolean {
  return outcome.end === 'ongoing';
}
