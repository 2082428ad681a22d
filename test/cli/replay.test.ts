import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Journal } from '../../live/database/journal.ts';
import { openDatabase } from '../../live/database/open-database.ts';
import { type RecordedService, recordStory } from '../live/replay/recorded-service.ts';
import { openpex, openpexInTurn, temporaryFolder, write } from '../support/command-line.ts';

let service: RecordedService;

beforeAll(async () => {
  service = await recordStory({ seed: 13, requests: 25, keep: true });
});
afterAll(() => service.remove());

describe('openpex replay', () => {
  test('says that everything was decided alike, and leaves a run directory', () => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = openpex(['replay', service.database, '--out', 'again'], folder);
    expect(code).toBe(0);
    expect(stdout).toBe('25 of 25 requests were decided as recorded.\n');
    expect(stderr).toBe('Report: again/report.html\n');
    const summary = JSON.parse(readFileSync(join(folder, 'again', 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ requests: 25, end: 'horizon' });
  });

  test('fails when something was decided otherwise, and says what', async () => {
    const folder = temporaryFolder();
    const copy = join(folder, 'copy.db');
    openpex(['backup', service.database, copy], folder);
    const id = await changeFirstRejection(copy);
    const { code, stdout } = openpex(['replay', copy], folder);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(
        `^24 of 25 requests were decided as recorded\\.\n${id}\n  recorded  REJECTED \\(never-fits\\) at \\S+\n  replayed  REJECTED \\([a-z-]+\\) at \\S+\n$`,
      ),
    );
    expect(JSON.parse(openpex(['replay', copy, '--json'], folder).stdout)).toMatchObject({
      requests: 25,
      alike: 24,
      differences: [{ reservationId: id }],
    });
  });

  test('compares the figures under other policies', () => {
    const folder = temporaryFolder();
    const args = ['replay', service.database, '--policy', 'counter-offer=none', '--out', 'other'];
    const { code, stdout } = openpex(args, folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +as it went +simulated +counter-offer=none\n/);
    expect(stdout).toMatch(/^Requests +25 +25 +25$/m);
    expect(stdout).toMatch(/^Countered +[1-9]\d* +[1-9]\d* +0$/m);
    const page = readFileSync(join(folder, 'other', 'report.html'), 'utf8');
    expect(page).toContain('--policy counter-offer=none');
  });

  test('tells what another price and another counter-offer policy come to in money', () => {
    const price = 'policies.pricing.options.cpuHour=1';
    const { code, stdout } = openpex(
      ['replay', service.database, '--policy', 'counter-offer=none', '--set', price, '--json'],
      temporaryFolder(),
    );
    expect(code).toBe(0);
    const columns = JSON.parse(stdout) as {
      title: string;
      summary: { revenue: number; ledgerBreaches: number };
    }[];
    expect(columns.map(({ title }) => title)).toEqual([
      'as it went',
      'simulated',
      `counter-offer=none, ${price}`,
    ]);
    for (const { summary } of columns) expect(summary.ledgerBreaches).toBe(0);
    const [went, simulated, other] = columns.map(({ summary }) => summary.revenue);
    expect(went).toBeGreaterThan(0);
    expect(other).toBeGreaterThan(0);
    // It was sold at 0.10, and more of it: whoever was countered came to terms, too.
    expect(other).toBeLessThan(10 * simulated!);
  });

  test('says of a setting that is none of a provider that nobody would take notice', () => {
    const { code, stderr } = openpex(
      ['replay', service.database, '--set', 'polices.pricing=flat'],
      temporaryFolder(),
    );
    expect(code).toBe(2);
    expect(stderr).toContain('"polices" is no setting of a provider (did you mean "policies"?)');
  });

  test('knows no policy of that name', () => {
    const { code, stderr } = openpex(
      ['replay', service.database, '--policy', 'pricing=cheep'],
      temporaryFolder(),
    );
    expect(code).toBe(2);
    expect(stderr).toContain('[PEX_POLICY_UNKNOWN]');
  });
});

/** @returns the reservation that the journal now says could never fit */
async function changeFirstRejection(file: string): Promise<string> {
  const database = await openDatabase(file);
  for await (const { event, seq } of new Journal(database).stream()) {
    if (event.type !== 'reservation-ended' || event.state !== 'REJECTED' || event.reason === 'declined')
      continue;
    const changed = { ...event, reason: 'never-fits' };
    await database
      .knex('journal')
      .where({ seq })
      .update({ event: JSON.stringify(changed) });
    await database.close();
    return event.reservationId;
  }
  throw new Error('the story has no rejection');
}

test('what a calibration prints is what a run and a replay take', () => {
  const cwd = temporaryFolder();
  const inTurn = (...commands: string[][]) => openpexInTurn(commands.map((args) => ({ args, cwd })));
  const { database } = service;
  const [printed, whole] = inTurn(
    ['calibrate', database, '--fit-until', '40%'],
    ['calibrate', database, '--fit-until', '100%', '--json'],
  );
  expect([printed!.code, whole!.code]).toEqual([0, 0]);
  const { hypervisor, users } = parse(printed!.stdout);
  expect(hypervisor.start.quantiles.length).toBeGreaterThan(2);
  expect(users.thinkTime).toBe('0s');
  expect(printed!.stdout).toMatch(/^# hypervisor\.create +\d+ +[\d.]+ s .*\[[-+][\d.]+ %, [-+][\d.]+ %\]$/m);
  expect(printed!.stdout).toMatch(/^# faults\.operationFailure: \d+ of \d+ \(.*\); not seen: \d+ of \d+ \(/m);
  const { settings, times, warnings } = JSON.parse(whole!.stdout);
  // Of the machines of the story some take as long each time.
  expect(settings.hypervisor.destroy).toBe('2s');
  expect(times.every(({ unseen }: { unseen?: object }) => unseen === undefined)).toBe(true);
  expect(warnings.at(-1)).toContain('there is no error to tell');

  write(cwd, 'calibrated.yaml', printed!.stdout);
  write(cwd, 'typo.yaml', '# mine\nhypervisor:\n  strat: 3s\n');
  write(cwd, 'people.yaml', 'users: { thinkTime: long }\n');
  write(cwd, 'other.yaml', 'cluster: { nodes: [] }\n');
  const replay = ['replay', database, '--calibrated', 'calibrated.yaml'];
  const run = ['run', 'openpex-2009-example', '--lean', '--quiet', '--out', 'run', '--calibrated'];
  const [delivered, other, ran, typo, group, share, from, late, runs, missing, people] = inTurn(
    [...replay, '--runs', '2', '--out', 'predicted'],
    [...replay, '--policy', 'allocation=best-fit'],
    [...run, 'calibrated.yaml'],
    [...run, 'typo.yaml'],
    [...run, 'other.yaml'],
    ['calibrate', database, '--fit-until', '0%'],
    [...replay, '--from', 'noon'],
    [...replay, '--from', '2031-01-01'],
    [...replay, '--runs', '0'],
    ['replay', database, '--calibrated', 'nothing.yaml'],
    ['replay', database, '--calibrated', 'people.yaml'],
  );
  expect([delivered, other, ran].map((ended) => [ended!.code, ended!.stderr.includes('at ')])).toEqual([
    [0, false],
    [0, false],
    [0, false],
  ]);
  expect(delivered!.stdout).toMatch(
    /^ +delivered +predicted +error\nVM-hours delivered +[\d.]+ +[\d.]+ ± [\d.]+ +[-+][\d.]+ %\n/,
  );
  expect(delivered!.stderr).toBe(`Report: ${join('predicted', 'report.html')}\n`);
  expect(other!.stdout).toMatch(/^ +as it went +simulated +allocation=best-fit\n/);
  expect(
    [typo, group, share, from, late, runs, missing, people].map((ended) => [
      ended!.code,
      ended!.stderr.trim(),
    ]),
  ).toMatchInlineSnapshot(`
    [
      [
        2,
        "openpex: typo.yaml:3:3: hypervisor.strat: "strat" is not known here (did you mean "start"?) [PEX_SCENARIO_INVALID]",
      ],
      [
        2,
        "openpex: other.yaml:1:1: cluster: is nothing that is calibrated (known: hypervisor, faults, users) [PEX_SCENARIO_INVALID]",
      ],
      [
        2,
        "openpex: --fit-until: expected a share of the recorded time, such as 70%, or an instant with its zone, such as 2026-03-02T08:00:00Z, found "0%" [PEX_USAGE]",
      ],
      [
        2,
        "openpex: --from: expected an instant with its zone, such as 2026-03-02T08:00:00Z, found "noon" [PEX_USAGE]",
      ],
      [
        2,
        "openpex: --from: nothing was recorded later; the recording goes from 2026-03-02T08:00:00Z to 2026-03-02T12:48:42.802Z [PEX_USAGE]",
      ],
      [
        2,
        "openpex: --runs: expected a whole number from 1 to 10000, found 0 [PEX_USAGE]",
      ],
      [
        2,
        "openpex: nothing.yaml: there is no such file [PEX_FILE_UNREADABLE]",
      ],
      [
        2,
        "openpex: people.yaml:1:21: users.thinkTime: expected a duration with its unit, such as "10m" or "1h 30m", found "long" [PEX_SCENARIO_INVALID]",
      ],
    ]
  `);
});
