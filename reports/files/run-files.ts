// The files of a run's directory: tables that are written as the run goes, and the rest at its end. They are in a draft until then, so
// a directory with a summary.json is whole.
import { writeFileSync } from 'node:fs';
import type { CapacityCosts, DomainEvent, EventOf } from '../../engine/index.ts';
import type { Hearing } from '../facts/hearing.ts';
import { MessageLog } from '../facts/message-log.ts';
import type { NamedResourceFigures } from '../metrics/named-resources.ts';
import type { NodeFigures } from '../metrics/node-meters.ts';
import type { UtilisationBucket } from '../metrics/utilisation.ts';
import { CsvWriter } from './csv-writer.ts';
import { EVENT_LOG, EventLogWriter } from './event-log.ts';
import { RunDirectory, writing } from './run-directory.ts';
import {
  AUCTIONS,
  MIGRATIONS,
  NEGOTIATIONS,
  OFFERS,
  RESERVATIONS,
  type Table,
  UTILISATION,
  UTILISATION_NODES,
  utilisationRows,
} from './tables.ts';

export interface ReportOutput {
  /** Where the run's directory shall be; its parents are made. */
  readonly directory: string;
  /** Becomes scenario.resolved.yaml. */
  readonly scenarioYaml: string;
  /** Neither tables nor a page: the figures and the settings are all that is left. */
  readonly lean?: boolean | undefined;
  /** Every event is kept, too. */
  readonly isRecorded?: boolean;
}

/** What can only be written when the run is over. */
export interface LastFiles {
  readonly series: readonly UtilisationBucket[];
  readonly namedResources: readonly NamedResourceFigures[];
  readonly nodes: readonly NodeFigures[];
  /** Drawn when it is wanted. */
  readonly page: () => string;
  readonly summary: string;
}

const SCENARIO = 'scenario.resolved.yaml';
const PAGE = 'report.html';
const SUMMARY = 'summary.json';
/** What runs leave: some of it, where they are lean or not recorded. */
const NAMES = [
  ...[NEGOTIATIONS, OFFERS, RESERVATIONS, MIGRATIONS, AUCTIONS, UTILISATION, UTILISATION_NODES].map(
    ({ name }) => name,
  ),
  EVENT_LOG,
  SCENARIO,
  PAGE,
  SUMMARY,
];

export class RunFiles {
  readonly #directory: RunDirectory;
  readonly #scenarioYaml: string;
  readonly #isLean: boolean;
  readonly #startMs: number;
  readonly #divisible = new Set<string>();
  readonly #costs = new Map<string, CapacityCosts | undefined>();
  readonly #writers: (CsvWriter | EventLogWriter)[] = [];
  readonly #log: EventLogWriter | undefined;
  /** What becomes a row at once. Writing throws InputError PEX_FILE_UNWRITABLE when the disk is full. */
  readonly hears: Hearing;

  /**
   * Checks the place and begins the files.
   * @throws InputError PEX_FILE_UNWRITABLE when `directory` holds something other than an earlier run, or cannot be written
   */
  constructor(
    { directory, isRecorded = false, lean = false, scenarioYaml }: ReportOutput,
    { startMs, measuredFromMs }: { readonly startMs: number; readonly measuredFromMs: number },
  ) {
    this.#scenarioYaml = scenarioYaml;
    this.#isLean = lean;
    this.#startMs = startMs;
    this.#directory = RunDirectory.prepare(directory);
    try {
      if (isRecorded) {
        this.#log = new EventLogWriter(this.#directory.fileFor(EVENT_LOG));
        this.#writers.push(this.#log);
      }
      if (lean) {
        this.hears = {};
        return;
      }
      const negotiations = this.#begin(NEGOTIATIONS);
      const reservations = this.#begin(RESERVATIONS);
      const migrations = this.#begin(MIGRATIONS);
      const auctions = this.#begin(AUCTIONS);
      const moved = (move: EventOf<'vm-migrated' | 'instance-moved'>) =>
        migrations({ move, measured: move.atMs >= measuredFromMs });
      this.hears = {
        ...new MessageLog(measuredFromMs, this.#begin(OFFERS)).hears,
        'provider-joined': ({ costs, provider, resources = [] }: EventOf<'provider-joined'>) => {
          this.#costs.set(provider, costs);
          for (const { name, divisible } of resources) if (divisible) this.#divisible.add(name);
        },
        'negotiation-over': negotiations,
        'reservation-over': reservations,
        'auction-held': (auction: EventOf<'auction-held'>) =>
          auctions({ auction, measured: auction.atMs >= measuredFromMs }),
        'vm-migrated': moved,
        'instance-moved': moved,
      };
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Keeps the event, where the run is recorded. @throws InputError PEX_FILE_UNWRITABLE */
  record(event: DomainEvent): void {
    this.#log?.write(event);
  }

  /**
   * Completes the files and moves them into place; an earlier run there is replaced.
   * @throws InputError PEX_FILE_UNWRITABLE; call {@link abandon} then
   */
  publish({ series, namedResources, nodes, page, summary }: LastFiles): void {
    if (!this.#isLean) {
      const utilisation = this.#begin(UTILISATION);
      for (const [index, bucket] of series.entries()) {
        for (const row of utilisationRows(bucket, index, namedResources)) utilisation(row);
      }
      const perNode = this.#begin(UTILISATION_NODES);
      for (const node of nodes) perNode(node);
      this.#write(PAGE, page());
    }
    for (const writer of this.#writers) writer.close();
    this.#write(SCENARIO, this.#scenarioYaml);
    this.#write(SUMMARY, summary);
    this.#directory.publish(NAMES);
  }

  /** Removes everything written so far; an earlier run stays. Harmless after {@link publish}; never throws. */
  abandon(): void {
    for (const writer of this.#writers) writer.abandon();
    this.#directory.discard();
  }

  #begin<R>(table: Table<R>): (record: R) => void {
    const writer = new CsvWriter(this.#directory.fileFor(table.name), table.header);
    this.#writers.push(writer);
    const run = { startMs: this.#startMs, divisible: this.#divisible, costs: this.#costs };
    return (record) => writer.write(table.row(record, run));
  }

  #write(name: string, text: string): void {
    const path = this.#directory.fileFor(name);
    writing(path, () => writeFileSync(path, text));
  }
}
