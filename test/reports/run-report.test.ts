import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunDescription } from '../../reports/run-description.ts';
import { RunReport } from '../../reports/run-report.ts';
import { type Summary, WALL_CLOCK_FIELDS } from '../../reports/summary.ts';
import { type EventStream, hour } from './event-stream.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN, EXAMPLE_YAML, exampleRun } from './example-run.ts';

const FILES = [
  'auctions.csv',
  'migrations.csv',
  'negotiations.csv',
  'offers.csv',
  'report.html',
  'reservations.csv',
  'scenario.resolved.yaml',
  'summary.json',
  'utilisation-nodes.csv',
  'utilisation.csv',
];

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'openpex-report-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function open(name: string, more: Partial<RunDescription> = {}): RunReport {
  return RunReport.open({
    run: { ...EXAMPLE_RUN, ...more },
    output: { directory: join(place, name), scenarioYaml: EXAMPLE_YAML },
  });
}

function recorded(report: RunReport, stream: EventStream = exampleRun()): RunReport {
  for (const event of stream.events) report.record(event);
  return report;
}

function contents(name: string): Map<string, string> {
  const directory = join(place, name);
  return new Map(readdirSync(directory).map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
}

function rows(name: string, file: string): Record<string, string>[] {
  return parse(contents(name).get(file)!, { columns: true });
}

describe('the report of a run', () => {
  test('has the same bytes twice, and those that were looked at', async () => {
    recorded(open('one')).finish(EXAMPLE_OUTCOME);
    recorded(open('two')).finish(EXAMPLE_OUTCOME);
    const files = contents('one');
    expect([...files.keys()].sort()).toEqual(FILES);
    expect(contents('two')).toEqual(files);
    const utilisation = files.get('utilisation.csv')!.split('\r\n');
    expect(utilisation).toHaveLength(1 + 24 * 60 * 3 + 1);
    // Reserved by R1 from 2 o'clock on.
    expect(utilisation[1 + 120 * 3]).toBe('2026-01-05T02:00:00Z,7200,60,2,cpu,vCPU,8,2,2,1,0.25,0.25,0.125');
    files.delete('utilisation.csv');
    for (const [file, text] of files) await expect(text).toMatchFileSnapshot(`../golden/reports/${file}`);
  });

  test('marks moves as measured by instant, as the summary counts them', () => {
    for (const [name, warmUpHours] of [
      ['early', 1],
      ['late', 5],
    ] as const) {
      // R1 is asked in either warm-up; its instance moves at 4 o'clock.
      const { migrations, moves } = recorded(open(name, { warmUpEndMs: hour(warmUpHours) })).finish(
        EXAMPLE_OUTCOME,
      ).summary;
      const measured = rows(name, 'migrations.csv').filter((row) => row['measured'] === 'true');
      expect(measured.map(({ kind }) => kind).sort()).toEqual(
        name === 'early' ? ['booking-moved', 'live-migration'] : [],
      );
      expect(measured).toHaveLength(migrations + moves);
    }
  });

  test('has only the wall-clock fields of summary.json depend on the machine', () => {
    recorded(open('slow')).finish({ ...EXAMPLE_OUTCOME, wallMs: 98_765, peakRssMib: 4000 });
    recorded(open('fast')).finish(EXAMPLE_OUTCOME);
    const [slow, fast] = [contents('slow'), contents('fast')];
    const summaryOf = (files: Map<string, string>) => JSON.parse(files.get('summary.json')!) as Summary;
    const differing = Object.keys(summaryOf(slow)).filter(
      (key) =>
        JSON.stringify(summaryOf(slow)[key as keyof Summary]) !==
        JSON.stringify(summaryOf(fast)[key as keyof Summary]),
    );
    expect(differing.sort()).toEqual([...WALL_CLOCK_FIELDS].sort());
    for (const files of [slow, fast]) files.delete('summary.json');
    expect(slow).toEqual(fast);
  });

  test('returns what it wrote to summary.json, with the figures computed by hand', () => {
    const { summary } = recorded(open('run')).finish(EXAMPLE_OUTCOME);
    expect(JSON.parse(contents('run').get('summary.json')!)).toEqual(summary);
    // R1 came in the warm-up; R2 was countered by 4 h and failed, R3 rejected, R4 declined, R5 a no-show, R6 expired.
    expect(summary).toMatchObject({
      scenario: 'two nodes & <a day>',
      seed: 42,
      requests: 5,
      accepted: 2,
      acceptedFirstOffer: 1,
      countered: 2,
      counterAccepted: 1,
      rejected: 1,
      declined: 1,
      expired: 1,
      open: 0,
      warmUpRequests: 1,
      noShows: 1,
      failed: 1,
      meanRounds: 1,
      startDisplacementMs: { mean: 7_200_000, p50: 0, p95: 14_400_000 },
      revenue: 2.6,
      refunds: 1.6,
      penalties: 0.32,
      migrations: 1,
      migrationDowntimeMs: 250,
      downtimeMs: 250,
      undeliveredMs: 2 * 2 * 3_600_000,
      nodeLosses: 1,
      virtualMs: 86_400_000,
      events: 55,
      wallMs: 13,
      eventsPerSecond: 4400,
      peakRssMib: 80,
    });
    // 23 h of 8 CPUs without 2 h of n2's 4; reserved 2 x 4 h, 4 x 2 h, 2 x 2 h.
    expect(summary.utilisation.cpu.reserved).toBeCloseTo(20 / 176, 6);
  });

  test('has a row for every negotiation and every confirmed reservation', () => {
    recorded(open('run')).finish(EXAMPLE_OUTCOME);
    const negotiations = rows('run', 'negotiations.csv');
    expect(
      negotiations.map(({ reservation_id, outcome, reason }) => [reservation_id, outcome, reason]),
    ).toEqual([
      ['R1', 'accepted-first-offer', ''],
      ['R2', 'accepted-after-counter', ''],
      ['R3', 'rejected', 'never-fits'],
      ['R4', 'declined', 'too late, "sorry"'],
      ['R5', 'accepted-first-offer', ''],
      ['R6', 'expired', 'hold-expired'],
    ]);
    expect(negotiations[1]).toMatchObject({
      user: `'=cmd|"x"`,
      kind: 'flexible',
      asked_start: '2026-01-05T08:00:00Z',
      agreed_start: '2026-01-05T12:00:00Z',
      start_displacement_s: '14400',
      agreed_price_credits: '3.2',
      lead_time_s: '25200',
      hold_s: '360',
    });
    const reservations = rows('run', 'reservations.csv');
    expect(reservations.map(({ reservation_id, fate }) => [reservation_id, fate])).toEqual([
      ['R1', 'fulfilled'],
      ['R2', 'failed'],
      ['R5', 'no-show'],
    ]);
    expect(reservations[0]).toMatchObject({
      nodes: 'n1 n2',
      moves: '1',
      migrations: '1',
      delivered_s: '14399.75',
    });
    expect(
      rows('run', 'migrations.csv').map(({ kind, from_node, to_node }) => [kind, from_node, to_node]),
    ).toEqual([
      ['booking-moved', 'n1', 'n2'],
      ['live-migration', 'n1', 'n2'],
    ]);
  });

  test('counts what is open when the run is interrupted, so that the sum still holds', () => {
    const stream = exampleRun();
    stream.events.splice(
      stream.events.findIndex(({ atMs }) => atMs > stream.events[0]!.atMs + 3 * 3_600_000),
    );
    stream
      .asked(3, 'R7', { ...EARLY })
      .asked(3, 'R8', { ...EARLY })
      .accepted(3, 'R8')
      .finished(3, 'interrupted');
    const { summary } = recorded(open('run'), stream).finish({
      ...EXAMPLE_OUTCOME,
      end: 'interrupted',
      virtualMs: 3 * 3_600_000,
    });
    const { requests, accepted, rejected, declined, expired, withdrawn, capacityLost } = summary;
    expect(summary.open).toBe(2);
    expect(accepted + rejected + declined + expired + withdrawn + capacityLost + summary.open).toBe(requests);
    expect(summary.unfinished).toBe(2);
    expect(rows('run', 'negotiations.csv').filter(({ outcome }) => outcome === 'open')).toHaveLength(2);
    expect(contents('run').get('report.html')).toContain('This run was interrupted');
  });

  test('writes nothing into place before it is finished, and nothing at all when it is abandoned', () => {
    const report = recorded(open('run'));
    expect(readdirSync(place).filter((name) => !name.startsWith('.'))).toEqual([]);
    report.abandon();
    expect(readdirSync(place)).toEqual([]);
    report.abandon();
  });

  test('keeps the earlier run when a new one is abandoned', () => {
    recorded(open('run')).finish(EXAMPLE_OUTCOME);
    const before = contents('run');
    recorded(open('run', { seed: 43 })).abandon();
    expect(contents('run')).toEqual(before);
  });

  test('refuses a directory with other files before the simulation starts', () => {
    writeFileSync(join(place, 'thesis.tex'), '');
    expect(() => open('.')).toThrow(expect.objectContaining({ code: 'PEX_FILE_UNWRITABLE' }));
    expect(readdirSync(place)).toEqual(['thesis.tex']);
  });

  test('can be made of a run in which nothing happened', () => {
    const { summary } = open('run').finish({ ...EXAMPLE_OUTCOME, virtualMs: 0, events: 0, wallMs: 0 });
    expect(summary).toMatchObject({
      requests: 0,
      acceptanceRatio: null,
      eventsPerSecond: 0,
      energyKwh: null,
    });
    expect(contents('run').get('report.html')).toContain('No request came in the measured time');
  });
});

const EARLY = {
  type: 'SMALL',
  demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
  numInstancesFixed: 1,
  numInstancesOption: 0,
  startMs: Date.UTC(2026, 0, 6),
  durationMs: 3_600_000,
  template: 'debian',
};
