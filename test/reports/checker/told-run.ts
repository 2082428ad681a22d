// A run as its reader has it: the whole list of events, and the CSV tables as rows of texts. What the figures are recomputed from.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DomainEvent, type DomainEventType, type EventOf, simulate, type World } from '../../../engine/index.ts';
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
  readonly tables?: { readonly negotiations: readonly Row[]; readonly reservations: readonly Row[]; readonly migrations: readonly Row[]; readonly nodes: readonly Row[] };
}

export function eventsOf<T extends DomainEventType>(events: readonly DomainEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

/** Simulates a world into a run directory, and reads its tables. */
export async function toldRun(world: World, warmUpMs: number): Promise<{ readonly told: ToldRun; readonly summary: Summary }> {
  const directory = mkdtempSync(join(tmpdir(), 'openpex-checker-'));
  try {
    const run: RunDescription = {
      scenario: 'checked',
      description: '',
      seed: world.seed,
      version: '1.2.3',
      startMs: world.startMs,
      warmUpEndMs: world.startMs + warmUpMs,
      endMs: world.endMs,
      severalProviders: world.providers.length > 1,
      reproduceCommand: 'npx openpex run checked.yaml',
      settings: [],
    };
    const report = RunReport.open({ run, output: { directory: join(directory, 'run'), scenarioYaml: '' } });
    const events: DomainEvent[] = [];
    const simulated = await simulate(world, {
      onEvent: (event) => {
        events.push(event);
        report.record(event);
      },
    });
    const outcome: RunOutcome = { ...simulated, wallMs: 1234.5, peakRssMib: 80.25 };
    report.finish(outcome);
    const read = (name: string) => readFileSync(join(directory, 'run', name), 'utf8');
    const untilMs = Math.max(events.at(-1)?.atMs ?? world.startMs, world.startMs + outcome.virtualMs);
    return {
      summary: JSON.parse(read('summary.json')) as Summary,
      told: {
        events,
        startMs: world.startMs,
        fromMs: Math.min(run.warmUpEndMs, untilMs),
        untilMs,
        run,
        outcome,
        tables: {
          negotiations: csvTable(read('negotiations.csv')),
          reservations: csvTable(read('reservations.csv')),
          migrations: csvTable(read('migrations.csv')),
          nodes: csvTable(read('utilisation-nodes.csv')),
        },
      },
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
