// The report of one run: feed it the event stream, and it leaves the run's directory. One pass; memory is bounded by the sessions
// that are alive, whatever the length of the stream.
import { writeFileSync } from 'node:fs';
import type { DomainEvent } from '../engine/index.ts';
import { CsvWriter } from './files/csv-writer.ts';
import { RunDirectory, writing } from './files/run-directory.ts';
import {
  MIGRATIONS,
  type Move,
  NEGOTIATIONS,
  RESERVATIONS,
  type Table,
  UTILISATION,
  UTILISATION_NODES,
  utilisationRows,
} from './files/tables.ts';
import { renderReport } from './html/report-page.ts';
import type { RunDescription, RunOutcome } from './run-description.ts';
import { type RunFigures, RunMetrics } from './run-metrics.ts';
import { type Summary, summarise, summaryJson } from './summary.ts';

export type { RunDescription, RunOutcome } from './run-description.ts';

export interface RunReportOptions extends RunDescription {
  /** Where the run's directory shall be; its parents are made. */
  readonly directory: string;
  /** Becomes scenario.resolved.yaml. */
  readonly resolvedScenarioYaml: string;
}

export class RunReport {
  readonly #options: RunReportOptions;
  readonly #directory: RunDirectory;
  readonly #metrics: RunMetrics;
  readonly #writers: CsvWriter[] = [];
  readonly #moved: (move: Move) => void;
  #lastEventMs: number;

  private constructor(options: RunReportOptions) {
    this.#options = options;
    this.#lastEventMs = options.startMs;
    this.#directory = RunDirectory.prepare(options.directory);
    try {
      const negotiations = this.#begin(NEGOTIATIONS);
      const reservations = this.#begin(RESERVATIONS);
      const migrations = this.#begin(MIGRATIONS);
      this.#moved = (move) => migrations({ move, measured: move.atMs >= options.warmUpEndMs });
      this.#metrics = new RunMetrics({
        startMs: options.startMs,
        measuredFromMs: options.warmUpEndMs,
        ...(options.sharedDiskGib === undefined ? {} : { sharedDiskGib: options.sharedDiskGib }),
        onNegotiation: negotiations,
        onReservation: reservations,
      });
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /**
   * Checks the place and begins the files, in a draft until {@link finish}.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when `directory` holds something other than an earlier run, or cannot be written
   */
  static open(options: RunReportOptions): RunReport {
    return new RunReport(options);
  }

  /**
   * Takes the next event; their times never go back. O(log n) amortised; nothing is kept of a session that ended, but for the bounded
   * number of bars in the Gantt chart.
   *
   * @throws InputError PEX_FILE_UNWRITABLE when the disk is full; call {@link abandon} then
   */
  record(event: DomainEvent): void {
    this.#lastEventMs = event.atMs;
    this.#metrics.record(event);
    if (event.type === 'vm-migrated' || event.type === 'instance-moved') this.#moved(event);
  }

  /**
   * Completes the files and moves them into place; an earlier run in `directory` is replaced. Call once.
   *
   * @throws InputError PEX_FILE_UNWRITABLE; nothing half-written is left then
   */
  finish(outcome: RunOutcome): Summary {
    try {
      const { startMs } = this.#options;
      const figures = this.#metrics.finish(Math.max(this.#lastEventMs, startMs + outcome.virtualMs));
      const summary = summarise(this.#options, outcome, figures);
      this.#writeUtilisation(figures);
      for (const writer of this.#writers) writer.close();
      this.#write('scenario.resolved.yaml', this.#options.resolvedScenarioYaml);
      this.#write('report.html', renderReport({ run: this.#options, outcome, figures }));
      this.#write('summary.json', summaryJson(summary));
      this.#directory.publish();
      return summary;
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Removes everything written so far; an earlier run stays. Harmless after {@link finish}; never throws. */
  abandon(): void {
    for (const writer of this.#writers) writer.abandon();
    this.#directory.discard();
  }

  #writeUtilisation({ nodes, series }: RunFigures): void {
    const utilisation = this.#begin(UTILISATION);
    for (const bucket of series) for (const row of utilisationRows(bucket)) utilisation(row);
    const perNode = this.#begin(UTILISATION_NODES);
    for (const node of nodes) perNode(node);
  }

  #begin<R>(table: Table<R>): TableWriter<R> {
    const writer = new CsvWriter(this.#directory.fileFor(table.name), table.header);
    this.#writers.push(writer);
    const { startMs } = this.#options;
    return (record) => writer.write(table.row(record, startMs));
  }

  #write(name: string, text: string): void {
    const path = this.#directory.fileFor(name);
    writing(path, () => writeFileSync(path, text));
  }
}

type TableWriter<R> = (record: R) => void;
