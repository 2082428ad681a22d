// What a workload entry does to its rows: windows, filters, samples, moves in time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

const DAY = `
id,submit,start,duration,type,instances,user,kind,deadline,cancel
a,0,100,60,SMALL,1,alice,advance,,
b,100,,60,SMALL,4,bob,best-effort,,150
c,200,300,60,SMALL,16,alice,deadline,1000,
d,300,,60,SMALL,2,carol,immediate,,
`;
const ids = async (settings: object) => (await folder.rows('day.csv', DAY, settings)).map(({ id }) => id);

test('a window of submissions, from inclusive, until exclusive, in the times of the log', async () => {
  expect(await ids({ from: '100s', until: '300s' })).toEqual(['b', 'c']);
});

test('filters by kind, user and instances must all hold', async () => {
  expect(await ids({ filter: { kinds: ['advance', 'deadline'] } })).toEqual(['a', 'c']);
  expect(await ids({ filter: { users: ['alice', 'bob'], maxInstances: 4 } })).toEqual(['a', 'b']);
  expect(await ids({ filter: { minInstances: 2, maxInstances: 4 } })).toEqual(['b', 'd']);
});

test('a limit counts what the other settings leave', async () => {
  expect(await ids({ filter: { minInstances: 2 }, limit: 2, idPrefix: 'x-' })).toEqual(['x-b', 'x-c']);
  expect(await ids({ limit: 0 })).toEqual([]);
});

test('nothing is read beyond the limit and the window', async () => {
  const text = `${DAY}e,400,,oops,SMALL,1,,,,\n`;
  expect(await folder.rows('day.csv', text, { limit: 4 })).toHaveLength(4);
  // The row after the window has to be read to know that it is after it.
  expect(await folder.rows('day.csv', text, { until: '300s' })).toHaveLength(3);
});

test('scaling moves submissions and what hangs on them; durations and waiting times stay', async () => {
  const rows = await folder.rows('day.csv', DAY, { timeScale: 0.5, timeShift: '1m' });
  expect(
    rows.map(({ submitMs, startMs, durationMs, deadlineMs, cancelMs }) =>
      [submitMs, startMs, durationMs, deadlineMs, cancelMs].map((ms) =>
        ms === undefined ? null : ms / 1000,
      ),
    ),
  ).toEqual([
    [60, 160, 60, null, null],
    [110, null, 60, null, 160],
    [160, 260, 60, 960, null],
    [210, null, 60, null, null],
  ]);
});

test('a later part of a log is moved to the start; what would come before it is an error', async () => {
  const rows = await folder.rows('day.csv', DAY, { from: '200s', timeShift: '-200s' });
  expect(rows.map(({ id, submitMs }) => [id, submitMs])).toEqual([
    ['c', 0],
    ['d', 100_000],
  ]);
  expect(await folder.problem('day.csv', DAY, { timeShift: '-50s' })).toMatchInlineSnapshot(`
    "PEX_WORKLOAD_VALUE
    ~/day.csv:2: submit: is 50s before the start of the scenario; leave such rows out with "from", or move them with "timeShift""
  `);
});

test('a scale that moves a row beyond all time makes it a bad one', async () => {
  expect(await folder.problem('day.csv', DAY, { timeScale: 1e300 })).toContain(
    '3 bad rows:\n  ~/day.csv:3: submit: is beyond all time after "timeScale" and "timeShift"; expected at most 10,000 years',
  );
});

test('a sample keeps about its share, the same rows each time, and does not depend on the other rows', async () => {
  const lines = Array.from({ length: 2000 }, (_, index) => `r${index},${index},60,SMALL`);
  const sampleOf = async (kept: readonly string[]) => {
    const text = `id,submit,duration,type\n${kept.join('\n')}\n`;
    return (await folder.rows('many.csv', text, { sample: 0.25 })).map(({ id }) => id);
  };
  const sample = await sampleOf(lines);
  // Four standard deviations of a binomial.
  expect(Math.abs(sample.length - 500)).toBeLessThan(4 * Math.sqrt(2000 * 0.25 * 0.75));
  expect(await sampleOf(lines)).toEqual(sample);
  const everySecond = lines.filter((_, index) => index % 2 === 0);
  expect(await sampleOf(everySecond)).toEqual(sample.filter((id) => Number(id.slice(1)) % 2 === 0));
});
