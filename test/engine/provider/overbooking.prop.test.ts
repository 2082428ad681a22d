// Nobody is bumped more often than the provider risks: every way in which users may come or stay away is lived through, and counted.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OVERBOOKED, USUAL_LEASE_KINDS } from '../../../engine/index.ts';
import { shortfallChance } from '../../../engine/provider/negotiation/overbooking.ts';
import { MINUTE, node } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const NO_SHOW = 0.4;

test('the chance of too little is that of all ways in which users may stay away', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          rooms: fc.integer({ min: 0, max: 4 }),
          chance: fc.double({ min: 0, max: 0.99, noNaN: true }),
        }),
        { maxLength: 8 },
      ),
      fc.integer({ min: 1, max: 9 }),
      (leaving, needed) => {
        let short = 0;
        for (let ways = 0; ways < 2 ** leaving.length; ways += 1) {
          const isAway = (i: number) => (ways & (1 << i)) !== 0;
          const left = leaving.reduce((sum, { rooms }, i) => sum + (isAway(i) ? rooms : 0), 0);
          const weight = leaving.reduce((all, { chance }, i) => all * (isAway(i) ? chance : 1 - chance), 1);
          if (left < needed) short += weight;
        }
        expect(shortfallChance(leaving, needed)).toBeCloseTo(short, 10);
      },
    ),
  );
});

const window = fc.record({
  /** Quarters of an hour after 10:00. */
  start: fc.constantFrom(0, 0, 0, 2),
  hours: fc.constantFrom(1, 2, 2),
  type: fc.constantFrom('SMALL' as const, 'SMALL' as const, 'MEDIUM' as const),
  instances: fc.constantFrom(1, 1, 2),
  /** In the order of these sessions begin, and later those answer that do not at once. */
  begins: fc.integer({ min: 0, max: 3 }),
  answersLater: fc.constantFrom(false, false, true),
});
type Window = typeof window extends fc.Arbitrary<infer T> ? T : never;

test('whoever comes for what was overbooked is bumped with the chance that is risked, or less', () => {
  fc.assert(
    fc.property(
      fc.array(window, { minLength: 4, maxLength: 9 }),
      fc.constantFrom(0.2, 0.5, 0.7),
      (windows, risk) => {
        const sold = live(windows, risk, () => false);
        const firm = windows.flatMap((_, i) => (sold.kinds.get(`u${i}`) === 'advance' ? [i] : []));
        const again = windows.flatMap((_, i) => (sold.kinds.get(`u${i}`) === 'overbooked' ? [`u${i}`] : []));
        if (again.length === 0) return;
        const bumped = new Map(again.map((user) => [user, 0]));
        for (const { away, weight } of waysOf(firm.length, NO_SHOW)) {
          const { ends } = live(windows, risk, (i) => firm.includes(i) && away(firm.indexOf(i)));
          for (const user of again)
            if (ends.get(user) === 'bumped') bumped.set(user, bumped.get(user)! + weight);
        }
        for (const chance of bumped.values()) expect(chance).toBeLessThanOrEqual(risk + 1e-9);
      },
    ),
    { numRuns: 12 },
  );
});

/** All ask in their order, answer at once or after all others, then come at their starts or stay away. */
function live(windows: readonly Window[], risk: number, isAway: (index: number) => boolean) {
  const story = tell({
    nodes: [node('n1', 3, 2304), node('n2', 2, 1536)],
    manager: { noShowGraceMs: 15 * MINUTE, overbooking: { noShowChance: NO_SHOW, risk } },
    leaseKinds: [...USUAL_LEASE_KINDS, OVERBOOKED],
  });
  const kinds = new Map<string, string>();
  story.runUntil('08:00');
  const byBeginning = [...windows.entries()].sort(([, a], [, b]) => a.begins - b.begins);
  for (const [i] of byBeginning) story.user(`u${i}`).initiate();
  const later: (() => void)[] = [];
  for (const [i, { answersLater, begins: _, hours, start, ...terms }] of windows.entries()) {
    const user = story.user(`u${i}`);
    const startMs = story.ms('10:00') + start * 15 * MINUTE;
    const offer = user.propose({ ...terms, start: startMs, duration: `${hours}h` });
    if (offer.reply === 'COUNTER' && offer.proposal.kind === 'overbooked') user.accept();
    else if (offer.reply !== 'ACCEPT') {
      if (offer.reply === 'COUNTER') user.reject();
      continue;
    }
    const confirm = () => {
      if (user.confirm().reply !== 'REQUEST_SUCCESS') {
        user.reject();
        return;
      }
      kinds.set(`u${i}`, offer.proposal.kind ?? 'advance');
      if (!isAway(i)) story.at(startMs).activate(`u${i}`);
    };
    if (answersLater) later.push(confirm);
    else confirm();
  }
  for (const confirm of later.reverse()) confirm();
  story.run();
  const ends = story
    .eventsOf('reservation-ended')
    .map(({ reason, reservationId }) => [reservationId, reason] as const);
  return { kinds, ends: new Map<string, string>(ends) };
}

/** Which of so many stay away, and how likely that is. */
function* waysOf(count: number, chance: number) {
  for (let set = 0; set < 2 ** count; set += 1) {
    const away = (i: number) => (set & (1 << i)) !== 0;
    let weight = 1;
    for (let i = 0; i < count; i += 1) weight *= away(i) ? chance : 1 - chance;
    yield { away, weight };
  }
}
