// The report of one run, from its event stream: the only place where reports are put together, with a run directory or without. One
// pass; memory is bounded by the sessions that are alive, whatever the length of the stream.
import type { DomainEvent } from '../engine/index.ts';
import { type ReportOutput, RunFiles } from './files/run-files.ts';
import { METRICS } from './metrics/catalogue.ts';
import { type AnyMetric, summarised } from './metrics/metric.ts';
import { renderReport } from './page/report-page.ts';
import { ProviderMetrics } from './provider-metrics.ts';
import type { ReportModel } from './report-model.ts';
import type { RunDescription, RunOutcome } from './run-description.ts';
import { type RunFigures, RunMetrics } from './run-metrics.ts';
import { SECTIONS } from './sections/catalogue.ts';
import type { Section } from './sections/section.ts';
import { marketOf, type Summary, summarise, summaryJson } from './summary.ts';

export interface RunReportOptions {
  readonly run: RunDescription;
  /** Absent: figures only, no files. */
  readonly output?: ReportOutput | undefined;
  /** Absent: those of the catalogues; others may be added to these. */
  readonly metrics?: readonly AnyMetric[];
  readonly sections?: readonly Section[];
}

export interface FinishedReport {
  readonly summary: Summary;
  /** What the summary and the page are made of; of a lean run only those of the summary. */
  readonly figures: RunFigures;
  /** report.html; drawn when asked for. Not for a lean run, which has no page. */
  page(): string;
}

export class RunReport {
  readonly #run: RunDescription;
  readonly #files: RunFiles | undefined;
  readonly #catalogue: readonly AnyMetric[];
  readonly #sections: readonly Section[];
  readonly #metrics: RunMetrics;
  readonly #providers: ProviderMetrics | undefined;
  #lastEventMs: number;

  private constructor({ run, output, metrics = METRICS, sections = SECTIONS }: RunReportOptions) {
    const { severalProviders = false, sharedDiskGib, startMs, warmUpEndMs: measuredFromMs } = run;
    this.#run = run;
    this.#catalogue = output?.lean === true ? summarised(metrics) : metrics;
    this.#sections = sections;
    this.#lastEventMs = startMs;
    const start = {
      startMs,
      measuredFromMs,
      severalProviders,
      ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }),
    };
    this.#files = output === undefined ? undefined : new RunFiles(output, start);
    const listeners = this.#files === undefined ? [] : [this.#files.hears];
    this.#metrics = new RunMetrics(start, { metrics: this.#catalogue, listeners });
    this.#providers = severalProviders ? new ProviderMetrics(start, metrics) : undefined;
  }

  /**
   * Checks the place, if there is one, and begins the files, in a draft until {@link finish}.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when the directory holds something other than an earlier run, or cannot be written
   */
  static open(options: RunReportOptions): RunReport {
    return new RunReport(options);
  }

  /**
   * Takes all that `produce` hands over, and finishes when it is done; whatever it throws, nothing half-written is left.
   *
   * @throws InputError PEX_FILE_UNWRITABLE, and what `produce` throws
   */
  async follow(
    produce: (record: (event: DomainEvent) => void) => Promise<RunOutcome>,
  ): Promise<FinishedReport> {
    try {
      return this.finish(await produce((event) => this.record(event)));
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /**
   * Takes the next event; their times never go back. O(log n) amortised; nothing is kept of a session that ended, but for the bounded
   * number of bars in the Gantt chart.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when the disk is full; call {@link abandon} then
   */
  record(event: DomainEvent): void {
    this.#lastEventMs = event.atMs;
    this.#files?.record(event);
    this.#metrics.record(event);
    this.#providers?.record(event);
  }

  /**
   * Completes the files and moves them into place; an earlier run in the directory is replaced. Call once.
   *
   * @throws InputError PEX_FILE_UNWRITABLE; nothing half-written is left then
   */
  finish(outcome: RunOutcome): FinishedReport {
    try {
      const run = this.#run;
      const endMs = Math.max(this.#lastEventMs, run.startMs + outcome.virtualMs);
      const figures = this.#metrics.finish(endMs);
      const providers = this.#providers?.finish(endMs);
      const summary = summarise({ run, outcome, figures, providers }, this.#catalogue);
      const model: ReportModel = { run, outcome, figures, market: marketOf(summary) };
      const page = () => renderReport(model, this.#sections);
      const { nodes, series } = figures.utilisation;
      const { namedResources } = figures;
      this.#files?.publish({ series, namedResources, nodes, page, summary: summaryJson(summary) });
      return { summary, figures, page };
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Removes everything written so far; an earlier run stays. Harmless after {@link finish}; never throws. */
  abandon(): void {
    this.#files?.abandon();
  }
}
