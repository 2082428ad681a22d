// Which time the history of load shows, and what it says of it.
import { expect, test } from 'vitest';
import {
  loadAddress,
  loadSpan,
  loadSteps,
  loadViewOf,
  meanShare,
} from '../../../../live/portal/src/charts/load-view.ts';

const NOW = Date.parse('2026-11-23T13:31:20Z');
const DAY = 86_400_000;
const viewOf = (address: string) => loadViewOf(new URLSearchParams(address.split('?')[1] ?? ''));

test('a view stands in the address, and what is not understood is a day up to now', () => {
  const span = { fromMs: NOW - 3 * DAY, toMs: NOW - DAY };
  for (const view of [
    { range: '1w', span: null, node: 'n 1' },
    { range: 'days', span, node: '' },
  ] as const)
    expect(viewOf(loadAddress(view))).toEqual(view);
  const first = { range: '1d', span: null, node: '' };
  for (const odd of ['', '?load=7w', '?load=days', '?load=days&from=never&to=2026-01-01', '?load=toString'])
    expect([odd, viewOf(odd)]).toEqual([odd, first]);
});

test('what goes up to now moves in steps; chosen days are no longer than the service answers', () => {
  const day = loadSpan({ range: '1d', span: null, node: '' }, NOW);
  expect(day).toEqual({ fromMs: day.toMs - DAY, toMs: Date.parse('2026-11-23T13:35:00Z') });
  expect(loadSpan({ range: '1d', span: null, node: '' }, NOW + 60_000)).toEqual(day);
  const year = { fromMs: NOW - 365 * DAY, toMs: NOW };
  expect(loadSpan({ range: 'days', span: year, node: '' }, NOW).toMs).toBe(year.fromMs + 92 * DAY);
});

test('shares are of what was online, by how long it was', () => {
  const step = (startTimeMs: number, endTimeMs: number, cpus: number, reservedCpus: number) => ({
    ...{ startTimeMs, endTimeMs, cpus, reservedCpus, allocatedCpus: 0, busyCpus: 0 },
    ...{ memoryMib: 0, reservedMemoryMib: 0, allocatedMemoryMib: 0 },
  });
  const load = { keptFromTimeMs: 0, steps: [step(0, 10, 4, 4), step(10, 40, 8, 2)] };
  expect(meanShare(load, 'reservedCpus')).toBe(100 / 280);
  expect(meanShare({ ...load, steps: [] }, 'busyCpus')).toBe(0);
  expect(loadSteps(load, 'reservedCpus')).toEqual([
    { fromMs: 0, toMs: 10, cpus: 4 },
    { fromMs: 10, toMs: 40, cpus: 2 },
  ]);
});
