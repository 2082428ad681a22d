// report.html.
import type { RunDescription, RunOutcome } from '../run-description.ts';
import type { RunFigures } from '../run-metrics.ts';
import type { Summary } from '../summary.ts';

/** Everything that a report shows. */
export interface ReportModel {
  readonly run: RunDescription;
  readonly outcome: RunOutcome;
  readonly figures: RunFigures;
  readonly summary: Summary;
}

export function renderReport(model: ReportModel): string {
  return `<!doctype html><title>${model.run.scenario}</title>`;
}
