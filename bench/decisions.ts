// How long one decision takes, and the slowest of a hundred: advance reservations with counter-offers, as a provider decides them.
import { Provider, type ProviderSetup, simulate } from '../engine/index.ts';
import { type BenchModule, median, type Reading } from './figure.ts';
import { advanceWorld } from './placement-world.ts';

export const decisions: BenchModule = {
  name: 'decisions',
  about:
    'Each request of a run of advance reservations is timed from its arrival at the provider to its answer: leads of up to a week, 85 % load, the most loaded node ' +
    'first, a counter-offer where there is no room.',
  figures: [1_000, 10_000].map((hosts) => ({
    name: `advance reservations on ${hosts.toLocaleString('en')} hosts, p99 of a decision to its median`,
    unit: 'x' as const,
    atMost: 20,
    measure: () => slowest(hosts, 20_000),
  })),
};

async function slowest(hosts: number, requests: number): Promise<Reading> {
  const tookUs: number[] = [];
  let seen = 0;
  /** The first ones are those of the compiler. */
  const warm = requests / 4;
  class Timed extends Provider {
    override handle(...[input, nowMs]: Parameters<Provider['handle']>) {
      const begun = process.hrtime.bigint();
      const commit = super.handle(input, nowMs);
      if (input.kind === 'command' && input.command.name === 'request' && seen++ >= warm)
        tookUs.push(Number(process.hrtime.bigint() - begun) / 1000);
      return commit;
    }
  }
  await simulate(advanceWorld(requests, hosts), { providerOf: (setup: ProviderSetup) => new Timed(setup) });
  tookUs.sort((a, b) => a - b);
  const middle = median(tookUs);
  const p99 = tookUs[Math.floor(0.99 * (tookUs.length - 1))]!;
  return {
    value: p99 / middle,
    beside: `${p99.toFixed(0)} µs : ${middle.toFixed(0)} µs, ${tookUs.length} decisions`,
  };
}
