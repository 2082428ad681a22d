// Deadlines and limits: what is offered is the most instances for the longest time from the first start that a search over all of them finds.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEASE_KINDS, type Leeway, latestStartWithin, type Proposal } from '../../../../engine/index.ts';
import { runs } from '../../../support/fast-check.ts';
import { NaiveProvider } from '../../../support/naive-provider.ts';
import { node } from '../../../support/setup.ts';
import { tell } from '../../../support/story.ts';

const CLAIM_RISK = 0.5;
const HORIZON_MS = 30;
const SHORTEST_MS = 2;

const demand = { milliCpus: 1000, memoryMib: 1, diskGib: 1 };
const upTo = (max: number, min = 0) => fc.integer({ min, max });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** Times are relative to the instant of the request. */
const ask = fc.record({
  kind: fc.constantFrom('advance', 'deadline', 'flexible', 'flexible'),
  waitMs: upTo(3),
  leadMs: upTo(8),
  durationMs: upTo(9, SHORTEST_MS),
  instances: upTo(5, 1),
  options: fc.constantFrom(0, 0, 0, 2),
  slackMs: maybe(upTo(12)),
  latestMs: maybe(upTo(10)),
  minDurationMs: maybe(upTo(9, 1)),
  minInstances: maybe(upTo(5, 1)),
});
type Ask = typeof ask extends fc.Arbitrary<infer A> ? A : never;

function leewayOf(asked: Ask, startMs: number): Leeway | undefined {
  const { durationMs, instances, kind, latestMs, minDurationMs, minInstances, slackMs } = asked;
  if (kind === 'advance') return undefined;
  const latest = latestMs === undefined ? {} : { latestStartMs: startMs + latestMs };
  const deadline = (slack: number) => ({ deadlineMs: startMs + durationMs + slack });
  if (kind === 'deadline') return { ...latest, ...deadline(slackMs ?? 0) };
  return {
    ...latest,
    ...(slackMs === undefined ? {} : deadline(slackMs - 4)),
    ...(minDurationMs === undefined ? {} : { minDurationMs: Math.min(minDurationMs, durationMs) }),
    ...(minInstances === undefined ? {} : { minInstances: Math.min(minInstances, instances) }),
  };
}

function* downFrom(most: number, least: number): Generator<number> {
  for (let value = most; value >= least; value--) yield value;
}

/** Every number of instances, every duration, every start, the best first. */
function bestOf(asked: Proposal, leeway: Leeway, nowMs: number, naive: NaiveProvider): Proposal | undefined {
  const { minDurationMs = asked.durationMs, minInstances = asked.numInstancesFixed } = leeway;
  for (const numInstancesFixed of downFrom(asked.numInstancesFixed, minInstances)) {
    for (const durationMs of downFrom(asked.durationMs, Math.max(SHORTEST_MS, minDurationMs))) {
      const lastMs = Math.min(latestStartWithin(leeway, durationMs), nowMs + HORIZON_MS - durationMs);
      for (let { startMs } = asked; startMs <= lastMs; startMs++) {
        const terms = { ...asked, numInstancesFixed, durationMs, startMs };
        if (naive.fits(terms)) return terms;
      }
    }
  }
  return undefined;
}

test('a lease with a deadline or limits gets the best that a search over everything finds', () => {
  let countered = 0;
  fc.assert(
    fc.property(
      fc.array(upTo(3, 1), { minLength: 1, maxLength: 3 }),
      fc.array(ask, { minLength: 1, maxLength: 14, size: 'max' }),
      (cpus, asks) => {
        const story = tell({
          nodes: cpus.map((count, i) => node(`n${i}`, count, 100)),
          leaseKinds: LEASE_KINDS,
          manager: { claimRisk: CLAIM_RISK, bookingHorizonMs: HORIZON_MS, shortestDurationMs: SHORTEST_MS },
        });
        const { auditor, clock } = story;
        const nodeIds = cpus.map((_, i) => `n${i}`);
        const naive = new NaiveProvider({ auditor, nodeIds, claimRisk: CLAIM_RISK, sharesDisk: false });
        for (const [i, asked] of asks.entries()) {
          const nowMs = clock.now() + asked.waitMs;
          story.runUntil(nowMs);
          const startMs = nowMs + asked.leadMs;
          const leeway = leewayOf(asked, startMs);
          const proposal: Proposal = {
            ...{ type: 'custom', template: 'test', demand, startMs, kind: asked.kind },
            durationMs: asked.durationMs,
            numInstancesFixed: asked.instances,
            numInstancesOption: asked.options,
            ...(leeway === undefined ? {} : { leeway }),
          };
          const best = leeway === undefined ? undefined : bestOf(proposal, leeway, nowMs, naive);
          const user = story.user(`u${i}`);
          user.initiate();
          const reply = user.propose(proposal);
          if (leeway !== undefined) {
            const isAsAsked = best !== undefined && JSON.stringify(best) === JSON.stringify(proposal);
            if (best === undefined) expect(reply.reply).toBe('REJECT');
            else expect(reply).toMatchObject({ reply: isAsAsked ? 'ACCEPT' : 'COUNTER', proposal: best });
            if (best !== undefined && !isAsAsked) countered += 1;
          }
          if (reply.reply === 'COUNTER') user.accept();
          if (reply.reply !== 'REJECT') user.confirm();
        }
        story.run();
      },
    ),
    { numRuns: runs(300) },
  );
  expect(countered).toBeGreaterThan(50);
});
