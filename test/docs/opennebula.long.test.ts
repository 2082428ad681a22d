// What docs/validation.md says of OpenNebula's ranks: packing leaves nodes empty for half as long again as striping, for the same agreements.

import { expect, test } from 'vitest';
import { testbedFigures } from '../support/study-figures.ts';

async function figuresWith(rank: string, seed: number) {
  const set = [`policies.allocation={name: opennebula, options: {rank: "${rank}"}}`];
  return testbedFigures(set, seed);
}

test('packing empties nodes, and striping and load-aware do not', async () => {
  const ranks = { packing: 0, striping: 0, 'load-aware': 0, '-FREE_CPU': 0 };
  const agreed = { ...ranks };
  for (const seed of [1, 2, 3]) {
    for (const rank of Object.keys(ranks) as (keyof typeof ranks)[]) {
      const { negotiation, utilisation } = await figuresWith(rank, seed);
      ranks[rank] += utilisation.emptyNodeMs;
      agreed[rank] += negotiation.agreedCpuMs;
    }
  }
  expect(ranks.packing / ranks.striping).toBeGreaterThan(1.3);
  expect(ranks['-FREE_CPU'] / ranks['load-aware']).toBeGreaterThan(1.3);
  for (const cpuMs of Object.values(agreed)) expect(cpuMs / agreed.packing).toBeCloseTo(1, 1);
}, 60_000);
