// A run as its reader has it: the whole list of events, and the CSV tables as rows of texts. What the figures are recomputed from.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DomainEvent,
  type DomainEventType,
  EventDigest,
  type EventOf,
  simulate,
  type World,
} from '../../../engine/index.ts';
import type { RunDescription, RunOutcome } from '../../../reports/run-description.ts';
import { RunReport } from '../../../reports/run-report.ts';
import type { Summary } from '../../../reports/summary.ts';
import { csvTable } from './csv-table.ts';

export type Row = Readonly<Record<string, string>>;

/** Times are milliseconds since the Unix epoch; [fromMs, untilMs) is measured. */
export interface ToldRun {
  readonly events: readonly DomainEvent[];
  readonly startMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly run: RunDescription;
  readonly outcome: RunOutcome;
  /** Absent for a provider by itself: the tables are those of all. */
  readonly tables?: {
    readonly negotiations: readonly Row[];
    readonly offers: readonly Row[];
    readonly reservations: readonly Row[];
    readonly migrations: readonly Row[];
    readonly auctions: readonly Row[];
    readonly nodes: readonly Row[];
  };
}

export function eventsOf<T extends DomainEventType>(events: readonly DomainEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

export interface Told {
  readonly told: ToldRun;
  readonly summary: Summary;
}

/** Simulates a world into a run directory, and reads its tables. */
export async function toldRun(world: World, warmUpMs: number): Promise<Told> {
  const events: DomainEvent[] = [];
  const outcome = await simulate(world, { onEvent: (event) => events.push(event) });
  return tell(
    events,
    { ...outcome, startMs: world.startMs, severalProviders: world.providers.length > 1 },
    warmUpMs,
  );
}

/** The same of a service that goes on. */
export function toldService(events: readonly DomainEvent[], startMs: number, warmUpMs: number): Told {
  const digest = new EventDigest();
  for (const event of events) digest.add(event);
  const virtualMs = events.at(-1)!.atMs - startMs;
  return tell(
    events,
    { startMs, virtualMs, end: 'ongoing', events: events.length, digest: digest.value() },
    warmUpMs,
  );
}

type Ending = Omit<RunOutcome, 'wallMs' | 'peakRssMib'> &
  Pick<RunDescription, 'startMs' | 'severalProviders'>;

function tell(
  events: readonly DomainEvent[],
  { severalProviders, startMs, ...ending }: Ending,
  warmUpMs: number,
): Told {
  const directory = mkdtempSync(join(tmpdir(), 'openpex-checker-'));
  try {
    const run: RunDescription = {
      scenario: 'checked',
      description: '',
      seed: 7,
      version: '1.2.3',
      startMs,
      warmUpEndMs: startMs + warmUpMs,
      endMs: Number.POSITIVE_INFINITY,
      ...(severalProviders === undefined ? {} : { severalProviders }),
      reproduceCommand: 'npx openpex run checked.yaml',
      settings: [],
    };
    const report = RunReport.open({ run, output: { directory: join(directory, 'run'), scenarioYaml: '' } });
    for (const event of events) report.record(event);
    const outcome: RunOutcome = { ...ending, wallMs: 1234.5, peakRssMib: 80.25 };
    report.finish(outcome);
    const read = (name: string) => readFileSync(join(directory, 'run', name), 'utf8');
    const untilMs = Math.max(events.at(-1)?.atMs ?? startMs, startMs + outcome.virtualMs);
    return {
      summary: JSON.parse(read('summary.json')) as Summary,
      told: {
        events,
        startMs,
        fromMs: Math.min(run.warmUpEndMs, untilMs),
        untilMs,
        run,
        outcome,
        tables: {
          negotiations: csvTable(read('negotiations.csv')),
          offers: csvTable(read('offers.csv')),
          reservations: csvTable(read('reservations.csv')),
          migrations: csvTable(read('migrations.csv')),
          auctions: csvTable(read('auctions.csv')),
          nodes: csvTable(read('utilisation-nodes.csv')),
        },
      },
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
