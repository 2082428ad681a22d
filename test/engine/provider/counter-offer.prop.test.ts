// Every offer is the best that there is: ACCEPT where it fits as asked, else the least displacement that a search over all instants
// finds, else REJECT because there is none.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeSpec, Proposal, RejectionReason } from '../../../engine/index.ts';
import { runs } from '../../support/fast-check.ts';
import { NaiveProvider } from '../../support/naive-provider.ts';
import { tell } from '../../support/story.ts';

interface Site {
  readonly nodes: readonly NodeSpec[];
  readonly sharedDiskGib: number | undefined;
  readonly claimRisk: number;
  readonly horizonMs: number;
}

interface Ask {
  readonly terms: Proposal;
  readonly waitMs: number;
  /** take: confirm whatever is offered; keep: let the hold run out; leave: reject it at once. */
  readonly reaction: 'take' | 'keep' | 'leave';
}

const HOLD_MS = 12;

const resources = (most: { milliCpus: number; memoryMib: number; diskGib: number }, least = 0) =>
  fc.record({
    milliCpus: fc.integer({ min: Math.max(1, least), max: most.milliCpus }),
    memoryMib: fc.integer({ min: least, max: most.memoryMib }),
    diskGib: fc.integer({ min: Math.max(1, least), max: most.diskGib }),
  });

const site: fc.Arbitrary<Site> = fc.record({
  nodes: fc
    .array(resources({ milliCpus: 7, memoryMib: 7, diskGib: 7 }, 3), { minLength: 1, maxLength: 4 })
    .map((capacities) => capacities.map((capacity, i) => ({ nodeId: `n${i + 1}`, group: 'test', capacity }))),
  sharedDiskGib: fc.option(fc.integer({ min: 6, max: 24 }), { nil: undefined }),
  claimRisk: fc.constantFrom(0.3, 0.8, 1),
  horizonMs: fc.constantFrom(40, 400),
});

const ask: fc.Arbitrary<Ask> = fc
  .record({
    demand: resources({ milliCpus: 3, memoryMib: 3, diskGib: 3 }),
    numInstancesFixed: fc.constantFrom(1, 1, 2, 3),
    numInstancesOption: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 })),
    leadMs: fc.integer({ min: 0, max: 15 }),
    durationMs: fc.integer({ min: 1, max: 15 }),
    allowanceMs: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined }),
    waitMs: fc.integer({ min: 0, max: 3 }),
    reaction: fc.constantFrom('take', 'take', 'keep', 'leave'),
  })
  .map(({ allowanceMs, leadMs, reaction, waitMs, ...terms }) => ({
    waitMs,
    reaction: reaction as Ask['reaction'],
    // Times are relative to the instant of the request until it is made.
    terms: {
      ...terms,
      type: 'custom',
      template: 'test',
      startMs: leadMs,
      ...(allowanceMs === undefined ? {} : { earliestStartMs: leadMs - allowanceMs }),
    },
  }));

function negotiate({ claimRisk, horizonMs, nodes, sharedDiskGib }: Site, asks: readonly Ask[]): void {
  const story = tell({
    nodes,
    ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }),
    manager: { claimRisk, bookingHorizonMs: horizonMs, holdMs: HOLD_MS },
  });
  const { auditor, clock } = story;
  const nodeIds = nodes.map(({ nodeId }) => nodeId);
  const naive = new NaiveProvider({ auditor, nodeIds, claimRisk, sharesDisk: sharedDiskGib !== undefined });
  asks.forEach(({ terms: relative, reaction, waitMs }, i) => {
    const nowMs = clock.now() + waitMs;
    story.runUntil(nowMs);
    const terms = {
      ...relative,
      startMs: nowMs + relative.startMs,
      ...(relative.earliestStartMs === undefined
        ? {}
        : { earliestStartMs: nowMs + relative.earliestStartMs }),
    };
    const expected = expectedReply(terms);
    const user = story.user(`u${i}`);
    user.initiate();
    const reply = user.propose(terms);
    expect(reply).toMatchObject(expected);
    if (reply.reply === 'REJECT' || reaction === 'keep') return;
    if (reaction === 'leave') {
      user.reject();
      return;
    }
    if (reply.reply === 'COUNTER') user.accept();
    user.confirm();

    function expectedReply(asked: Proposal): object {
      const whyNot = whyImpossible(asked, nowMs);
      if (whyNot !== undefined) return { reply: 'REJECT', reason: whyNot };
      if (naive.fits(asked)) return { reply: 'ACCEPT', proposal: asked };
      const startMs = naive.nearestStart(asked, { nowMs, horizonMs });
      return startMs === undefined
        ? { reply: 'REJECT' }
        : { reply: 'COUNTER', proposal: { ...asked, startMs } };
    }
  });
  story.run();

  function whyImpossible(asked: Proposal, nowMs: number): RejectionReason | undefined {
    if (asked.startMs + asked.durationMs > nowMs + horizonMs) return 'beyond-booking-horizon';
    // Nothing is booked yet in the year 3000.
    const neverMs = 32_503_680_000_000;
    const room = naive.roomFor(asked.demand, neverMs, neverMs + 1);
    return room < asked.numInstancesFixed ? 'never-fits' : undefined;
  }
}

test('every offer is the one that a search over all instants finds', () => {
  fc.assert(fc.property(site, fc.array(ask, { minLength: 1, maxLength: 24, size: 'max' }), negotiate), {
    numRuns: runs(120),
    seed: 20091001,
  });
});
