// The reports of the simulator on what a live service has recorded: the journal is the same event stream as that of a run.
import { parse } from 'yaml';
import { type ClusterSpec, type DomainEvent, EventDigest } from '../../engine/index.ts';
import type { RunDescription, RunOutcome } from '../../reports/run-description.ts';
import { type FinishedReport, RunReport } from '../../reports/run-report.ts';
import { listSettings } from '../../reports/settings-list.ts';
import type { Summary } from '../../reports/summary.ts';
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
    return (await this.#report()).page();
  }

  /** The same as summary.json has it. */
  async summary(): Promise<Summary> {
    return (await this.#report()).summary;
  }

  /**
   * Leaves a run directory: report, summary and CSV files.
   * @throws InputError PEX_DATABASE when nothing was recorded yet, PEX_FILE_UNWRITABLE
   */
  async writeTo(directory: string): Promise<Summary> {
    return (await this.#report(directory)).summary;
  }

  async #report(directory?: string): Promise<FinishedReport> {
    const { run, yaml } = await this.#describe();
    const output = directory === undefined ? undefined : { directory, scenarioYaml: yaml };
    return RunReport.open({ run, output }).follow((record) => this.#read(run, record));
  }

  async #read({ startMs }: RunDescription, record: (event: DomainEvent) => void): Promise<RunOutcome> {
    const digest = new EventDigest();
    let lastMs = startMs;
    for await (const { event } of this.#journal.stream()) {
      digest.add(event);
      record(event);
      lastMs = event.atMs;
    }
    const endMs = Math.max(lastMs, this.#parts.now?.() ?? lastMs);
    return {
      end: 'ongoing',
      virtualMs: endMs - startMs,
      events: digest.count,
      digest: digest.value(),
      wallMs: 0,
      peakRssMib: 0,
    };
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
