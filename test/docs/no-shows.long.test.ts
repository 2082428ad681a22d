// What docs/validation.md says of no-shows: of the CPU-hours that are lost to them at least 70 % are made use of, and no promise is broken for it.
import { expect, test } from 'vitest';
import { testbedFigures } from '../support/study-figures.ts';

/** As scenarios/experiments/no-shows.yaml has it. */
const SETTINGS = [
  'negotiation.kinds=[advance, immediate, best-effort]',
  'users.noShow=0.15',
  'users.lateness={ min: 0s, max: 10m }',
  'horizon=7d',
  'workloads[0].generate.until=7d',
  'workloads[0].generate.populations.experiment.arrivals.perHour=6',
];

async function fulfilmentWith(noShowGrace: string, seed: number) {
  const set = [...SETTINGS, `manager.noShowGrace=${noShowGrace}`];
  return (await testbedFigures(set, seed)).fulfilment;
}

test('most of what is lost to no-shows is given back and used', async () => {
  for (const seed of [1, 2, 3]) {
    const kept = await fulfilmentWith('unlimited', seed);
    const givenBack = await fulfilmentWith('15m', seed);
    const recovered = givenBack.deliveredCpuMs - kept.deliveredCpuMs;
    expect(recovered / kept.noShowCpuMs).toBeGreaterThan(0.7);
    expect(givenBack.noShowCpuMs / kept.noShowCpuMs).toBeLessThan(0.3);
    expect([kept.fates.failed, givenBack.fates.failed]).toEqual([0, 0]);
  }
}, 600_000);
