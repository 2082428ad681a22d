// Admission of optional instances: the published rules on flexible leases, their order, and how often what is claimed is not there in a simulation.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { simulate } from '../../../../engine/index.ts';
import { AdmissionCover } from '../../../../engine/provider/negotiation/admission-cover.ts';
import {
  ADMISSION_RULES,
  type AdmissionRuleName,
  effectiveBandwidth,
  measuredChance,
  overflowChance,
} from '../../../../engine/provider/negotiation/admission-rules.ts';
import { proposal } from '../../../policies/views.ts';
import { HOUR, node, policy, provider, request, setup } from '../../../support/setup.ts';
import { tell } from '../../../support/story.ts';

const RISK = { claimChance: 0.25, overflow: 0.01 };
/** FAR: two instances for sure, up to six. */
const FLEXIBLE = { least: 2, optional: 4 };

function admitted(rule: AdmissionRuleName, capacity = 40): number {
  const fits = (n: number) => ADMISSION_RULES[rule](Array(n).fill(FLEXIBLE), capacity, { rule, ...RISK });
  let n = 0;
  while (fits(n + 1)) n += 1;
  return n;
}

describe('the rules', () => {
  test.each([
    ['peak', 6],
    ['mean', 13],
    ['hoeffding', 7],
    ['gaussian', 8],
    ['exact', 9],
  ] as const)('%s admits %d leases of 2 to 6 on 40 CPUs', (rule, leases) => {
    expect(admitted(rule)).toBe(leases);
  });

  test('the bound of Chernoff admits no more than the exact chance allows', () => {
    expect(admitted('effective-bandwidth')).toBeGreaterThanOrEqual(admitted('peak'));
    expect(admitted('effective-bandwidth')).toBeLessThanOrEqual(admitted('exact'));
  });

  test.each([
    [10, 5, 0.019727706909179688],
    [12, 4, 0.15764367580413818],
    [20, 9, 0.01386441694376117],
  ])('of %d leases more than %d claim with the chance of the binomial tail', (n, k, tail) => {
    const uses = Array(n).fill({ least: 0, optional: 1 });
    expect(overflowChance(uses, k, 0.25)).toBeCloseTo(tail, 12);
  });

  test.each([
    [0.01, 3.015099739957404],
    [0.1, 3.1596464953648287],
    [0.5, 3.908917185586481],
    [1, 4.667196088586042],
    [5, 5.722741129012714],
  ])('the effective bandwidth at s = %d is %d', (s, bandwidth) => {
    expect(effectiveBandwidth(FLEXIBLE, 0.25, s)).toBeCloseTo(bandwidth, 10);
  });

  test('peak is the strictest and mean the loosest, and bounds never allow what the exact chance forbids', () => {
    const use = fc.record({
      least: fc.integer({ min: 0, max: 4 }),
      optional: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(
        fc.array(use, { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.double({ min: 0.001, max: 0.2, noNaN: true }),
        (uses, capacity, claimChance, overflow) => {
          const fits = (rule: AdmissionRuleName) =>
            ADMISSION_RULES[rule](uses, capacity, { rule, claimChance, overflow });
          const implies = (rule: AdmissionRuleName, other: AdmissionRuleName) =>
            expect(!fits(rule) || fits(other), `${rule} implies ${other}`).toBe(true);
          implies('peak', 'exact');
          implies('peak', 'effective-bandwidth');
          implies('hoeffding', 'exact');
          implies('effective-bandwidth', 'exact');
          implies('hoeffding', 'mean');
          implies('gaussian', 'mean');
          expect(overflowChance(uses, capacity, claimChance)).toBeCloseTo(
            naiveChance(uses, capacity, claimChance),
            9,
          );
        },
      ),
      { numRuns: 300, seed: 14 },
    );
  });
});

/** Every way in which leases can claim, one by one. */
function naiveChance(
  uses: ReadonlyArray<{ readonly least: number; readonly optional: number }>,
  capacity: number,
  claimChance: number,
): number {
  let chance = 0;
  for (let claims = 0; claims < 2 ** uses.length; claims++) {
    let [used, weight] = [0, 1];
    for (const [i, { least, optional }] of uses.entries()) {
      const does = (claims >> i) & 1;
      used += least + does * optional;
      weight *= does ? claimChance : 1 - claimChance;
    }
    if (used > capacity) chance += weight;
  }
  return chance;
}

test('a cover admits what the rule allows at every instant, and finds the nearest starts, as one who looks at all instants', () => {
  const terms = fc.record({
    startMs: fc.integer({ min: 0, max: 12 }),
    durationMs: fc.integer({ min: 1, max: 6 }),
    numInstancesFixed: fc.integer({ min: 1, max: 3 }),
    numInstancesOption: fc.integer({ min: 0, max: 3 }),
  });
  const rules = fc.constantFrom<AdmissionRuleName>('peak', 'mean', 'hoeffding', 'exact');
  fc.assert(
    fc.property(fc.array(terms, { maxLength: 8 }), terms, rules, (others, own, rule) => {
      const settings = { rule, claimChance: 0.3, overflow: 0.05 };
      const cover = new AdmissionCover(8000, settings, () => 0);
      const held = others.map((one) => proposal(one));
      for (const one of held) cover.add(one);
      const asked = proposal(own);
      const isAdmitted = (startMs: number) =>
        [asked, ...held].every(({ numInstancesOption }) => numInstancesOption === 0) ||
        Array.from({ length: asked.durationMs }, (_, i) => startMs + i).every((atMs) => {
          const there = held.filter((one) => one.startMs <= atMs && atMs < one.startMs + one.durationMs);
          const uses = [asked, ...there].map(({ demand, numInstancesFixed, numInstancesOption }) => ({
            least: numInstancesFixed * demand.milliCpus,
            optional: numInstancesOption * demand.milliCpus,
          }));
          return ADMISSION_RULES[rule](uses, 8000, settings);
        });
      expect(cover.admits(asked)).toBe(isAdmitted(asked.startMs));
      const starts = Array.from({ length: 21 }, (_, ms) => ms).filter(isAdmitted);
      expect(cover.earliestAdmitted(asked, asked.startMs, 20)).toBe(starts.find((ms) => ms >= asked.startMs));
      expect(cover.latestAdmitted(asked, 0, asked.startMs)).toBe(
        starts.filter((ms) => ms <= asked.startMs).at(-1),
      );
    }),
    { numRuns: 300, seed: 15 },
  );
});

/** A window every two hours, for which many ask; how many get in, and in what share of them not all that is claimed is there. */
async function windowsUnder(rule: AdmissionRuleName, windows: number) {
  const chance = drawing(7);
  const requests = Array.from({ length: windows * 14 }, (_, i) => {
    const startMs = (Math.floor(i / 14) + 1) * 2 * HOUR;
    return request({
      requestId: `r${i}`,
      submitMs: startMs - HOUR + (i % 14),
      startMs,
      durationMs: HOUR,
      numInstancesFixed: 2,
      numInstancesOption: 4,
      claims: chance() < RISK.claimChance ? 4 : 0,
    });
  });
  const { policies, settings } = provider();
  let admittedLeases = 0;
  const short = new Set<number>();
  const crowd = setup({
    requests,
    cluster: { nodes: [node('n1', 40, 65_536)] },
    policies: { ...policies, counterOffer: policy('counter-offer', 'none') },
    settings: { ...settings, autoActivate: true, admission: { rule, ...RISK } },
  });
  await simulate(crowd, {
    onEvent: (event) => {
      if (event.type === 'reservation-confirmed') admittedLeases += 1;
      if (event.type === 'options-claimed' && event.granted < event.asked) short.add(event.atMs);
    },
  });
  return { leases: admittedLeases / windows, overflows: short.size / windows };
}

/** Uniform in [0, 1): a linear congruence, so that every rule meets the same users. */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

test('in a simulation the mean rule overflows far more often than it may, the others do not', async () => {
  const windows = 150;
  // Three standard errors of a share of one in a hundred.
  const most = RISK.overflow + 3 * Math.sqrt((RISK.overflow * (1 - RISK.overflow)) / windows);
  for (const [rule, leases] of [
    ['hoeffding', 7],
    ['gaussian', 8],
    ['exact', 9],
  ] as const) {
    const under = await windowsUnder(rule, windows);
    expect(under.leases, rule).toBe(leases);
    expect(under.overflows, rule).toBeLessThanOrEqual(most);
  }
  const mean = await windowsUnder('mean', windows);
  expect(mean.leases).toBe(13);
  // 13 leases: more than three claim with a chance of 41.6 %.
  expect(mean.overflows).toBeGreaterThan(0.3);
}, 120_000);

test('a chance that is measured goes from what is believed to what is seen', () => {
  const prior = { chance: 0.8, options: 10 };
  expect(measuredChance({ optional: 0, claimed: 0 }, prior)).toBe(0.8);
  expect(measuredChance({ optional: 10, claimed: 2 }, prior)).toBe(0.5);
  expect(measuredChance({ optional: 10_000, claimed: 2500 }, prior)).toBeCloseTo(2508 / 10_010, 12);
});

test('who measures sells more options where few are claimed, and no more where all are', () => {
  const answer = (claims: number, priorOptions?: number) => {
    const rule = { rule: 'mean', claimChance: 1, overflow: 0.01 } as const;
    const story = tell({
      nodes: [node('n1', 8)],
      manager: {
        autoActivate: true,
        admission: priorOptions === undefined ? rule : { ...rule, priorOptions },
      },
      policies: { counterOffer: policy('counter-offer', 'none') },
    });
    const options = (name: string, instances: number, count: number, start: string) =>
      story.user(name).request({ start, duration: '10h', instances, options: count });
    options('ann', 1, 6, '01:00');
    story.user('ann').confirm();
    story.runUntil('02:00');
    if (claims > 0) story.user('ann').claim(claims);
    return options('bob', 3, 2, '03:00').reply;
  };
  // Guaranteed are 1 and 3 of 8. Of ann's six options none is claimed: (4 x 1 + 0) / (4 + 6) = 0.4, and 0.4 x 8 = 3.2 fit. With one 0.5 x 7 = 3.5 beside it do not.
  expect([answer(0), answer(0, 4), answer(1, 4), answer(6, 4)]).toEqual([
    'REJECT',
    'ACCEPT',
    'REJECT',
    'REJECT',
  ]);
});
