// What was agreed, where counter-offers offer less than was asked: worked out by hand.
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { buyerPolicy, counterOfferPolicy } from '../../engine/index.ts';
import { makePolicy, resolvePolicy } from '../../policies/resolve-policy.ts';
import { renderTerminalSummary } from '../../reports/terminal/terminal-summary.ts';
import { HOUR, node, provider, request, setup } from '../support/setup.ts';
import { toldRun } from './checker/told-run.ts';

const fewer = makePolicy(
  resolvePolicy(
    counterOfferPolicy({
      name: 'fewer',
      summary: 'As many instances as there is room for, at the asked start.',
      options: Type.Object({}),
      create: () => ({
        respond: ({ proposal }, view) => {
          const { demand, durationMs, startMs } = proposal;
          for (let count = proposal.numInstancesFixed - 1; count > 0; count--) {
            const window = { demand, count, durationMs, notBeforeMs: startMs, latestStartMs: startMs };
            if (view.earliestStart(window) === startMs) return [{ numInstancesFixed: count }];
          }
          return [];
        },
      }),
    }),
  ),
);

const takesAll = makePolicy(
  resolvePolicy(
    buyerPolicy({
      name: 'takes-all',
      summary: 'Takes any offer.',
      options: Type.Object({}),
      create: () => ({ respond: () => ({ reply: 'ACCEPT' }) }),
    }),
  ),
);

test('what was agreed of the CPU-hours asked counts what the provider gives, not what was asked by those who took less', async () => {
  const [one] = setup().providers;
  const two = { milliCpus: 2000, memoryMib: 256, diskGib: 1 };
  const ask = (requestId: string, startMs: number, hours: number, numInstancesFixed: number) =>
    request({ requestId, startMs, durationMs: hours * HOUR, numInstancesFixed, demand: two });
  const world = setup({
    ...provider({ policies: { ...one!.policies, counterOffer: fewer }, cluster: { nodes: [node('n1', 8)] } }),
    users: { ...setup().users, buyer: () => takesAll },
    // One node of 8 vCPUs; instances of 2 vCPUs each. All ask at 0:00, in this order.
    requests: [
      // 1:00 to 3:00, two: 2 x 2 vCPUs x 2 h = 8 vCPU h asked. There is room: 8 agreed. 4 vCPUs are left.
      ask('a', HOUR, 2, 2),
      // The same time, four: 16 asked. There is room for two: countered with two, 8 agreed. Nothing is left.
      ask('b', HOUR, 2, 4),
      // The same time, one: 4 asked. Not even one fits: rejected.
      ask('c', HOUR, 2, 1),
      // 4:00 to 5:00, three: 6 asked, 6 agreed.
      ask('d', 4 * HOUR, 1, 3),
    ],
  });
  const { summary, told } = await toldRun(world, 0);
  expect(
    told.tables!.negotiations.map((row) => [row['request_id'], row['outcome'], row['agreed_instances']]),
  ).toEqual([
    ['a', 'accepted-first-offer', '2'],
    ['b', 'accepted-after-counter', '2'],
    ['c', 'rejected', ''],
    ['d', 'accepted-first-offer', '3'],
  ]);
  expect(summary).toMatchObject({
    cpuHoursAsked: 8 + 16 + 4 + 6,
    cpuHoursAgreed: 8 + 8 + 6,
    // 22 of 34 were agreed, where those who agreed to something had asked for 30.
    agreedRatioByCpuHours: 0.647059,
    acceptanceRatioByCpuHours: 0.882353,
  });
  const terminal = renderTerminalSummary(summary, { colour: false });
  expect(terminal).toMatch(/ of the CPU-hours asked +64\.7 %\n/);
});
