// Figures of summary.json are recomputed from the tables and the event stream: of one story, quickly. All of them over ten worlds are in
// summary.long.test.ts.
import { expect, test } from 'vitest';
import type { Summary } from '../../../reports/summary.ts';
import { differences } from './check-summary.ts';
import { commandedService, untold } from './commanded-service.ts';
import { naiveFigures } from './naive-figures.ts';
import { toldService } from './told-run.ts';

const { events } = commandedService();

test('every figure of a service is what its tables and events say', () => {
  for (const stream of [events, untold(events)]) {
    for (const warmUpMs of [0, 9 * 3_600_000, 11 * 3_600_000]) {
      const { summary, told } = toldService(stream, 0, warmUpMs);
      expect(differences(summary, told)).toEqual([]);
    }
  }
});

test('a figure of which nobody wrote a naive definition is found', () => {
  const { summary, told } = toldService(events, 0, 0);
  const { holdMs: _, ...others } = naiveFigures(told);
  expect(differences(summary, told, others)).toEqual(['holdMs has no naive definition']);
  expect(differences({ ...summary, unheardOf: 1 } as Summary, told)).toEqual(['unheardOf is not listed']);
});

test('what a user sets aside or deletes is not held against the provider', () => {
  const { summary } = toldService(events, 0, 0);
  // ann/1 was suspended from 10:31 to 11:01 because she wanted it, ann/3 deleted half a minute before it would have been up. What waits:
  // two instances for two minutes, one for a minute and a half, and that of cleo for as long.
  expect(summary).toMatchObject({ suspendedMs: 0, startUpMs: (2 * 120 + 90 + 90) * 1000 });
});
