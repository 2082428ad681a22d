// The reports of the simulator on what a live service has recorded: the journal is the same event stream as that of a run.
import { parse } from 'yaml';
import { type ClusterSpec, type DomainEvent, EventDigest } from '../../engine/index.ts';
import { renderReport } from '../../reports/html/report-page.ts';
import type { RunDescription, RunOutcome } from '../../reports/run-description.ts';
import { RunMetrics } from '../../reports/run-metrics.ts';
import { RunReport } from '../../reports/run-report.ts';
import { listSettings } from '../../reports/settings-list.ts';
import { type Summary, summarise } from '../../reports/summary.ts';
import { InputError } from '../../written/input-error.ts';
import { Journal } from '../database/journal.ts';
import type { Database } from '../database/open-database.ts';
import { readStoredProvider } from './stored-provider.ts';

export interface JournalReportsParts {
  readonly database: Database;
  /** Of OpenPEX. */
  readonly version: string;
  /** The instant up to which a report goes. Absent: the last event. */
  readonly now?: () => number;
}

export class JournalReports {
  readonly #parts: JournalReportsParts;
  readonly #journal: Journal;

  constructor(parts: JournalReportsParts) {
    this.#parts = parts;
    this.#journal = new Journal(parts.database);
  }

  /** @throws InputError PEX_DATABASE when nothing was recorded yet */
  async serviceName(): Promise<string> {
    return (await this.#describe()).run.scenario;
  }

  /** report.html of everything recorded so far. Reads the whole journal. */
  async renderReport(): Promise<string> {
    return renderReport(await this.#figures());
  }

  /** The same as summary.json has it. */
  async summary(): Promise<Summary> {
    const { figures, outcome, run } = await this.#figures();
    return summarise(run, outcome, figures);
  }

  /**
   * Leaves a run directory: report, summary and CSV files.
   * @throws InputError PEX_DATABASE when nothing was recorded yet, PEX_FILE_UNWRITABLE
   */
  async writeTo(directory: string): Promise<Summary> {
    const { run, yaml } = await this.#describe();
    const report = RunReport.open({ ...run, directory, resolvedScenarioYaml: yaml });
    try {
      const seen = await this.#read((event) => report.record(event));
      return report.finish(this.#outcome(run, seen));
    } catch (error) {
      report.abandon();
      throw error;
    }
  }

  async #figures() {
    const { run } = await this.#describe();
    const metrics = new RunMetrics({
      startMs: run.startMs,
      measuredFromMs: run.startMs,
      ...(run.sharedDiskGib === undefined ? {} : { sharedDiskGib: run.sharedDiskGib }),
    });
    const outcome = this.#outcome(run, await this.#read((event) => metrics.record(event)));
    return { run, outcome, figures: metrics.finish(run.startMs + outcome.virtualMs) };
  }

  async #read(hear: (event: DomainEvent) => void): Promise<Seen> {
    const digest = new EventDigest();
    let lastMs = 0;
    for await (const { event } of this.#journal.stream()) {
      digest.add(event);
      hear(event);
      lastMs = event.atMs;
    }
    return { events: digest.count, digest: digest.value(), lastMs };
  }

  #outcome({ startMs }: RunDescription, { digest, events, lastMs }: Seen): RunOutcome {
    const endMs = Math.max(lastMs, this.#parts.now?.() ?? lastMs);
    const virtualMs = endMs - startMs;
    return { end: 'ongoing', virtualMs, events, digest, wallMs: 0, peakRssMib: 0 };
  }

  async #describe(): Promise<{ run: RunDescription; yaml: string }> {
    const { database, version } = this.#parts;
    const [first] = await this.#journal.page({ limit: 1 });
    const stored = await readStoredProvider(database);
    if (first === undefined || stored === undefined) {
      throw new InputError('PEX_DATABASE', `database ${database.name}: nothing was recorded in it yet`);
    }
    const settings: { seed?: number; cluster?: Pick<ClusterSpec, 'sharedDiskGib'> } = parse(stored.yaml);
    const { sharedDiskGib } = settings.cluster ?? {};
    return {
      yaml: stored.yaml,
      run: {
        scenario: stored.name,
        description: '',
        seed: settings.seed ?? 1,
        version,
        startMs: first.event.atMs,
        warmUpEndMs: first.event.atMs,
        endMs: Number.POSITIVE_INFINITY,
        ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }),
        reproduceCommand: `npx openpex report ${database.name}`,
        settings: listSettings(settings),
      },
    };
  }
}

interface Seen {
  readonly events: number;
  readonly digest: string;
  readonly lastMs: number;
}
