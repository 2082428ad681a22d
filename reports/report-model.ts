// Everything that a report shows, as plain values: what stands between the metrics and the rendering.
import type { RunDescription, RunOutcome } from './run-description.ts';
import type { RunFigures } from './run-metrics.ts';

export interface ReportModel {
  readonly run: RunDescription;
  /** Without what the wall clock says: the report of a run is the same on every machine. */
  readonly outcome: Omit<RunOutcome, 'wallMs' | 'peakRssMib'>;
  readonly figures: RunFigures;
}
