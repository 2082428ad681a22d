// The capacity calendar against its oracle, on random histories and on those that once found a fault.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { NO_RESOURCES, type Resources } from '../../../engine/domain/resources.ts';
import seeds from '../../seeds/calendar.json' with { type: 'json' };
import { runs } from '../../support/fast-check.ts';
import { calendarOf, compareWithNaive, planOf } from './comparison.ts';
import { type Draw, type History, histories, type Provider, type Step } from './history.ts';

const small = {
  nodesMax: 5,
  capacityMax: 6,
  demandMax: 4,
  horizonMs: 40,
  lengthMsMax: 12,
  countMax: 6,
  stepsMax: 50,
};

describe('the capacity calendar', () => {
  test('answers as the naive calendar does after any history, and is never over capacity', () => {
    fc.assert(fc.property(histories({ ...small, namedMax: 0 }), compareWithNaive), { numRuns: runs(1_000) });
  });

  test('answers as the naive calendar does whatever a provider names, on its nodes and pool-wide', () => {
    fc.assert(fc.property(histories({ ...small, namedMax: 6 }), compareWithNaive), { numRuns: runs(500) });
  });

  test('answers as the naive calendar does when a booking lasts long or lies far ahead', () => {
    const long = histories({
      nodesMax: 3,
      capacityMax: 12,
      demandMax: 3,
      horizonMs: 120,
      lengthMsMax: 90,
      countMax: 9,
      stepsMax: 30,
      namedMax: 1,
    });
    fc.assert(fc.property(long, compareWithNaive), { numRuns: runs(50) });
  });

  test('answers the same whether an amount is of CPU, memory and disk or of what the provider names', () => {
    const both = histories({ ...small, namedMax: 0 });
    fc.assert(
      fc.property(both, (history) => assert.deepEqual(answersTo(named(history)), answersTo(history))),
      { numRuns: runs(300) },
    );
  });

  test.each(seeds as { name: string; history: History }[])('still $name', ({ history }) => {
    compareWithNaive(history);
  });
});

/** The same history, with every amount under a name of the provider. */
function named({ provider, steps }: History): History {
  const { capacities, sharedDiskGib } = provider;
  const rename = ({ milliCpus, memoryMib, diskGib }: Resources): Resources => ({
    ...NO_RESOURCES,
    named: { cpus: milliCpus, memory: memoryMib, disk: diskGib },
  });
  const renameDraw = (draw: Draw): Draw =>
    'demand' in draw && draw.demand !== undefined ? { ...draw, demand: rename(draw.demand) } : draw;
  const renameStep = (step: Step): Step => {
    if (step.act === 'plan') return { ...step, edits: step.edits.map(renameDraw) };
    if (step.act === 'fork') return { ...step, steps: step.steps.map(renameStep) };
    return step.act === 'ask' ? { ...step, demand: rename(step.demand) } : step;
  };
  const disk = { name: 'disk', divisible: false };
  return {
    provider: {
      capacities:
        sharedDiskGib === undefined
          ? capacities.map(rename)
          : capacities.map(({ milliCpus, memoryMib }) => ({
              ...NO_RESOURCES,
              named: { cpus: milliCpus, memory: memoryMib },
            })),
      resources: [
        { name: 'cpus', divisible: true, scope: 'node' },
        { name: 'memory', divisible: false, scope: 'node' },
        sharedDiskGib === undefined
          ? { ...disk, scope: 'node' }
          : { ...disk, scope: 'pool', capacity: sharedDiskGib },
      ],
    } satisfies Provider,
    steps: steps.map(renameStep),
  };
}

/** Everything that the calendar says to the history, but for amounts. */
function answersTo({ provider, steps }: History): unknown[] {
  const calendar = calendarOf(provider, true);
  let lastId = 0;
  return steps.map((step) => {
    if (step.act === 'ask') {
      const { from, length, demand, count, span } = step;
      const window = { startMs: from, endMs: from + length, demand };
      const search = { demand, count, durationMs: length, notBeforeMs: from };
      return [
        [...calendar.candidates(window)],
        calendar.canPlace({ ...window, count }),
        provider.capacities.map((_, node) => calendar.freeCount(node, window)),
        calendar.earliestStart(search),
        calendar.latestStart({ ...search, notAfterMs: from + span }),
        calendar.couldEverFit(demand, count),
      ];
    }
    if (step.act !== 'plan') return undefined;
    const bookings = Array.from({ length: lastId }, (_, i) => calendar.get(i + 1) ?? []).flat();
    const outcome = calendar.apply(planOf(step.edits, { bookings, lastId, knownFromMs: 0 }));
    if (outcome.kind === 'applied') lastId = outcome.bookings.at(-1) ?? lastId;
    return outcome.kind === 'applied' ? outcome : [outcome.index, outcome.reason];
  });
}
