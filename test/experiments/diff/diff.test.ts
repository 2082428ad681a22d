import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../../engine/index.ts';
import { diffText } from '../../../experiments/diff/diff-text.ts';
import { diffRuns, type RunDiff } from '../../../experiments/diff/run-diff.ts';
import { RunFolder } from '../../../experiments/diff/run-folder.ts';
import { ScenarioRun } from '../../../experiments/run-scenario.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';
import { ScenarioFolder } from '../../scenarios/scenario-folder.ts';

let folder: ScenarioFolder;
const told = new Map<string, DomainEvent[]>();

beforeAll(async () => {
  folder = await ScenarioFolder.make();
  await folder.write(
    'day.csv',
    'id,submit,start,duration,type\na,0,3600,7200,SMALL\n=b,60,3600,7200,XLARGE\nc,120,36000,600,SMALL\n',
  );
  await folder.write(
    'day.yaml',
    'seed: 3\nstart: 2026-01-05T00:00:00Z\ncluster:\n  nodes:\n    - { group: n, count: 1, cpus: 4, memoryMib: 8192, diskGib: 500 }\nworkloads:\n  - file: day.csv\n',
  );
  await run('a');
  await run('same');
  await run('b', ['counter-offer=none']);
});
afterAll(() => folder.remove());

const at = (name: string, file = '') => join(folder.path, name, file);

async function run(name: string, policies: string[] = [], isRecorded = true): Promise<void> {
  const scenario = await loadScenario(join(folder.path, 'day.yaml'), { policies });
  const events: DomainEvent[] = [];
  await ScenarioRun.open({
    scenario,
    version: 'test',
    reproduceCommand: 'npx openpex run …',
    directory: at(name),
    isRecorded,
  }).run({ machine: { nowMs: () => 0, peakRssMib: () => 0 }, onEvent: (event) => events.push(event) });
  told.set(name, events);
}

const diff = (a: string, b: string): Promise<RunDiff> =>
  diffRuns(RunFolder.read(at(a)), RunFolder.read(at(b)), { explained: 5 });

test('a recorded run keeps every event, in its order', async () => {
  const kept: DomainEvent[] = [];
  for await (const event of RunFolder.read(at('a')).events()) kept.push(event);
  expect(kept).toEqual(told.get('a'));
  expect(
    gunzipSync(readFileSync(at('a', 'events.jsonl.gz')))
      .toString()
      .trimEnd()
      .split('\n'),
  ).toHaveLength(kept.length);
});

describe('two runs under other policies', () => {
  test('part at the first decision that is another one', async () => {
    const { parting } = await diff('a', 'b');
    const [a, b] = [told.get('a')!, told.get('b')!];
    const first = a.findIndex((event, index) => JSON.stringify(event) !== JSON.stringify(b[index]));
    expect(parting).toEqual({ after: first, a: a[first], b: b[first], requestId: '=b' });
  });

  test('are told as a person needs it', async () => {
    const text = diffText(await diff('a', 'b'), { names: ['a', 'b'], listed: 5 });
    expect(text.slice(0, text.indexOf('\nfigure '))).toMatchInlineSnapshot(`
      "a: a
      b: b

      setting                                         a                b
      policies.counterOffer.name                      earliest-start   none
      policies.counterOffer.options.maxDisplacement   unlimited

      They part after 8 events, at 2026-01-05T00:01:00Z, in request =b:
        a: 2026-01-05T00:01:00Z offer-countered R2: round 1, price 0.8, holdUntil 2026-01-05T00:11:00Z, on n (1), 1 XLARGE from 2026-01-05T03:00:00Z for 2 h
        b: 2026-01-05T00:01:00Z reservation-ended R2: state REJECTED, reason no-capacity, noShow false, refund 0, penalty 0

      The outcome of 1 of 3 requests changed:
      requests   a                                                 b
      1          accepted-after-counter, fulfilled (window-over)   rejected (no-capacity)

        =b of anonymous, submitted 2026-01-05T00:01:00Z: accepted-after-counter, fulfilled (window-over) → rejected (no-capacity)
            a: 2026-01-05T00:01:00Z offer-countered R2: round 1, price 0.8, holdUntil 2026-01-05T00:11:00Z, on n (1), 1 XLARGE from 2026-01-05T03:00:00Z for 2 h
            b: 2026-01-05T00:01:00Z reservation-ended R2: state REJECTED, reason no-capacity, noShow false, refund 0, penalty 0
      "
    `);
    expect(text).toMatch(/\nrevenue +1\.1 +0\.3 +−0\.8 +−72\.7 %\n/);
  });

  test('are told without their events, too, but for where they part', async () => {
    const [recorded, tables] = [await diff('a', 'b'), await withoutLog('a', () => diff('a', 'b'))];
    expect(tables).toEqual({ ...recorded, parting: undefined, turns: new Map() });
    expect(diffText(tables, { names: ['a', 'b'], listed: 5 })).toContain('openpex run --record');
  });

  test('list no more than is asked for, and count all', async () => {
    const text = diffText(await diff('a', 'b'), { names: ['a', 'b'], listed: 0 });
    expect(text).toContain('The outcome of 1 of 3 requests changed');
    expect(text).toContain('\n  and 1 more\n');
  });
});

test('a run and its repetition are the same', async () => {
  const found = await diff('a', 'same');
  expect(found).toMatchObject({ isSame: true, settings: [], parting: null, figures: [] });
  expect(found.requests).toMatchObject({ requests: 3, changed: [] });
});

test('a request that one run does not have is told', async () => {
  const rows = readFileSync(at('same', 'negotiations.csv'), 'utf8').split('\r\n');
  writeFileSync(at('same', 'negotiations.csv'), rows.filter((row) => !row.startsWith('c,')).join('\r\n'));
  const { requests } = await diff('a', 'same');
  expect(requests.changed).toMatchObject([{ requestId: 'c', a: { fate: 'fulfilled' }, b: null }]);
  await run('same');
});

describe('what cannot be compared', () => {
  test('no run', () => {
    expect(() => RunFolder.read(folder.path)).toThrow(
      'summary.json: cannot be read; expected the directory of a run',
    );
  });

  test('a table that is not there', async () => {
    await run('part');
    rmSync(at('part', 'reservations.csv'));
    await expect(diff('a', 'part')).rejects.toThrow(/reservations\.csv: cannot be read: ENOENT/);
  });

  test('a damaged log, and that of another run', async () => {
    await run('odd');
    writeFileSync(at('odd', 'events.jsonl.gz'), 'not compressed');
    await expect(diff('a', 'odd')).rejects.toThrow(
      /events\.jsonl\.gz: is not a log of events: incorrect header/,
    );
    copyFileSync(at('b', 'events.jsonl.gz'), at('odd', 'events.jsonl.gz'));
    await expect(diff('odd', 'a')).rejects.toThrow(
      'is not the log of the run beside it: their digests differ',
    );
  });

  test('a log that was cut off', async () => {
    await run('cut');
    const bytes = readFileSync(at('cut', 'events.jsonl.gz'));
    writeFileSync(at('cut', 'events.jsonl.gz'), bytes.subarray(0, bytes.length - 20));
    await expect(diff('a', 'cut')).rejects.toThrow(/events\.jsonl\.gz: is not a log of events/);
  });
});

test('a run that is not recorded leaves no log of the one before it', async () => {
  await run('again');
  expect(existsSync(at('again', 'events.jsonl.gz'))).toBe(true);
  await run('again', [], false);
  expect(existsSync(at('again', 'events.jsonl.gz'))).toBe(false);
});

async function withoutLog<T>(name: string, work: () => Promise<T>): Promise<T> {
  const bytes = readFileSync(at(name, 'events.jsonl.gz'));
  rmSync(at(name, 'events.jsonl.gz'));
  try {
    return await work();
  } finally {
    writeFileSync(at(name, 'events.jsonl.gz'), bytes);
  }
}
