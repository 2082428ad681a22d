// The reports of the simulator on what a live service has recorded: the journal is the same event stream as that of a run.
import { parse } from 'yaml';
import { type ClusterSpec, type DomainEvent, EventDigest } from '../../engine/index.ts';
import type { RunDescription, RunOutcome } from '../../reports/run-description.ts';
import type { FinishedReport } from '../../reports/run-report.ts';
import { listSettings } from '../../reports/settings-list.ts';
import type { Summary } from '../../reports/summary.ts';
import { InputError } from '../../written/input-error.ts';
import { History } from '../database/history.ts';
import type { Database } from '../database/open-database.ts';
import type { LoadSpan, RecordedLoad } from '../records.ts';
import { readStoredProvider } from './stored-provider.ts';

export interface JournalReportsParts {
  readonly database: Database;
  /** What was archived of it, in any order, or a part of that; absent: nothing. Without it the report begins where the last archive ends. */
  readonly archives?: readonly Database[];
  /** Of OpenPEX. */
  readonly version: string;
  /** The instant up to which a report goes. Absent: the last event. */
  readonly now?: () => number;
}

export class JournalReports {
  readonly #parts: JournalReportsParts;
  /** The reading of the journal that began last. */
  #loading: Promise<unknown> = Promise.resolve();

  constructor(parts: JournalReportsParts) {
    this.#parts = parts;
  }

  /** @throws InputError PEX_DATABASE when nothing was recorded yet */
  async serviceName(): Promise<string> {
    return (await this.#describe(await this.#history())).run.scenario;
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

  /**
   * How the cluster, or one of its nodes, was loaded in a span of time, as far as it is over and its events are kept. Reads the journal up to
   * its end; of several that ask at once one after the other does, so that a crowd of open pages costs no more than one.
   */
  load(span: LoadSpan): Promise<RecordedLoad> {
    const loaded = this.#loading.then(() => this.#load(span));
    this.#loading = loaded.catch(() => undefined);
    return loaded;
  }

  async #load(span: LoadSpan): Promise<RecordedLoad> {
    const history = await this.#history();
    const kept = await history.span();
    const keptFromMs = history.beginning?.atMs ?? kept?.startMs ?? span.toMs;
    const fromMs = Math.max(span.fromMs, keptFromMs);
    const toMs = Math.min(span.toMs, this.#parts.now?.() ?? kept?.endMs ?? span.toMs);
    if (toMs <= fromMs) return { keptFromMs, isNodeKnown: span.nodeId === undefined, steps: [] };
    const { LoadHistory } = await import('./load-history.ts');
    const load = new LoadHistory(kept?.startMs ?? fromMs, { ...span, fromMs, toMs });
    for await (const { event } of history.carried()) load.record(event);
    for await (const { event } of history.events()) {
      if (event.atMs >= toMs) break;
      load.record(event);
    }
    return { keptFromMs, isNodeKnown: load.isNodeKnown, steps: load.finish() };
  }

  async #report(directory?: string): Promise<FinishedReport> {
    const history = await this.#history();
    const { run, yaml } = await this.#describe(history);
    const output = directory === undefined ? undefined : { directory, scenarioYaml: yaml };
    // Loaded when needed, with all that draws: a service is asked for it once in a while.
    const { RunReport } = await import('../../reports/run-report.ts');
    return RunReport.open({ run, output }).follow((record) => this.#read(history, run, record));
  }

  #history(): Promise<History> {
    return History.open(this.#parts.database, this.#parts.archives);
  }

  async #read(
    history: History,
    { startMs, warmUpEndMs }: RunDescription,
    record: (event: DomainEvent) => void,
  ): Promise<RunOutcome> {
    const digest = new EventDigest();
    for await (const { event } of history.carried()) record(event);
    let lastMs = warmUpEndMs;
    for await (const { event } of history.events()) {
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

  async #describe(history: History): Promise<{ run: RunDescription; yaml: string }> {
    const { archives = [], database, version } = this.#parts;
    const span = await history.span();
    const stored = await readStoredProvider(history.latest);
    if (span === undefined || stored === undefined) {
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
        startMs: span.startMs,
        // What is left from before concerns what was not over then, and is not measured once more.
        warmUpEndMs: history.beginning?.atMs ?? span.startMs,
        endMs: Number.POSITIVE_INFINITY,
        ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }),
        reproduceCommand: ['npx openpex report', ...[database, ...archives].map(({ name }) => name)].join(
          ' ',
        ),
        settings: listSettings(settings),
      },
    };
  }
}
