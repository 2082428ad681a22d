// The witness objects to what is against the rules of reservation: a provider without rules breaks each of them, one that has them none.
import { expect, test } from 'vitest';
import { type ReservationRules, simulate } from '../../../engine/index.ts';
import { Auditor } from '../../../experiments/fuzz/auditor.ts';
import { drawCase } from '../../../experiments/fuzz/draw-case.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';

const HOUR = 3_600_000;

/** What a witness who expects those rules says of a day of users; undefined: nothing. */
async function objection(rules: Partial<ReservationRules>, set: readonly string[] = []) {
  const scenario = await loadScenario('papers/openpex', {
    env: {},
    set: ['workloads[0].generate.until=1d', 'negotiation.kinds=[advance]', ...set],
    seed: 1,
  });
  const witness = new Auditor(scenario.providers[0]!.cluster, {
    rules: { leadMinMs: 0, leadMaxMs: Number.POSITIVE_INFINITY, isUntold: false, ...rules },
  });
  try {
    await simulate(scenario.world(), { onEvent: (event) => witness.hear(event) });
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

test.each([
  ['what begins too soon', { leadMinMs: HOUR }, ['negotiation.leadTime.min=1h'], /is offered \d+ ms ahead/],
  ['what is too far ahead', { leadMaxMs: HOUR }, ['negotiation.leadTime.max=1h'], /is offered \d+ ms ahead/],
  [
    'a length that is not sold',
    { durations: [{ stepMs: 7 * HOUR, upToMs: 14 * HOUR }] },
    ['negotiation.durations=[{step: 7h, upTo: 14h}]'],
    /is offered for \d+ ms, which is not sold/,
  ],
  [
    'what is called off and binds',
    { binding: { fromMs: Number.POSITIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY } },
    ['negotiation.binding={}'],
    /is called off at \d+, and binds its user/,
  ],
] as const)('%s', async (_, rules, set, said) => {
  expect(await objection(rules)).toMatch(said);
  expect(await objection(rules, set)).toBeUndefined();
});

test('rules are drawn for some cases, and each of them', () => {
  const drawn = Array.from({ length: 60 }, (_, i) => drawCase(5, i, {}).settings.negotiation);
  for (const rule of ['leadTime', 'durations', 'binding', 'untold']) {
    const having = drawn.filter((settings) => rule in settings).length;
    expect(having, rule).toBeGreaterThan(0);
    expect(having, rule).toBeLessThan(40);
  }
});
