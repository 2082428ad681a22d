// The counter-offer `split` divides the time as a search through all divisions would: on one node, on a grid of half hours, under lengths that are sold.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_RULES } from '../../../../engine/provider/negotiation/reservation-rules.ts';
import { runs } from '../../../support/fast-check.ts';
import { MINUTE, node, policy } from '../../../support/setup.ts';
import { tell } from '../../../support/story.ts';

const STEP = 30 * MINUTE;
const CPUS = 4;
const STEPS_MAX = 40;

const steps = (min: number, max: number) => fc.integer({ min, max });

const aCase = fc.record({
  taken: fc.array(fc.record({ start: steps(2, 14), length: steps(1, 3), count: steps(1, 3) }), {
    maxLength: 3,
  }),
  /** All of the node is taken so long after the start, for so long. */
  blocked: fc.record({ after: steps(1, 9), length: steps(1, 4) }),
  start: steps(0, 6),
  length: steps(3, 12),
  count: steps(2, 4),
  shortest: steps(0, 3),
  sold: fc.option(
    fc.record({ step: steps(1, 3), times: steps(1, 3), more: steps(1, 4), moreTimes: steps(1, 4) }),
    { nil: undefined },
  ),
  granularity: steps(1, 2),
  leastShare: fc.constantFrom(0, 0, 0.1, 0.3),
  maxDelay: fc.option(steps(2, 12), { nil: undefined }),
});

test('all of the time is offered in two windows of lengths that are sold, the first as long as it may be', () => {
  let offered = 0;
  let shortened = 0;
  fc.assert(
    fc.property(
      aCase,
      ({ blocked, count, granularity, leastShare, length, maxDelay, shortest, sold, start, taken }) => {
        const ranges =
          sold === undefined
            ? undefined
            : [
                { step: sold.step, upTo: sold.step * sold.times },
                { step: sold.more, upTo: sold.step * sold.times + sold.more * sold.moreTimes },
              ];
        const story = tell({
          nodes: [node('n1', CPUS, 65536)],
          manager: {
            shortestDurationMs: shortest * STEP,
            bookingHorizonMs: STEPS_MAX * STEP,
            rules: {
              ...NO_RULES,
              ...(ranges !== undefined && {
                durations: ranges.map(({ step, upTo }) => ({ stepMs: step * STEP, upToMs: upTo * STEP })),
              }),
            },
          },
          policies: {
            counterOffer: policy('counter-offer', 'split', {
              ways: ['time'],
              granularity: `${granularity * 30}m`,
              leastShare,
              ...(maxDelay !== undefined && { maxDelay: `${maxDelay * 30}m` }),
            }),
          },
        });
        /** The length that is sold for one that is asked for. */
        const nextSold = (asked: number): number | undefined => {
          if (asked < shortest) return nextSold(shortest);
          if (ranges === undefined) return asked;
          return ranges
            .map(({ step, upTo }) => ({ upTo, rounded: Math.ceil(asked / step) * step }))
            .find(({ rounded, upTo }) => rounded <= upTo)?.rounded;
        };
        const isSold = (steps: number) => steps > 0 && steps >= shortest && nextSold(steps) === steps;
        fc.pre(isSold(length));
        const blocker = { start: start + blocked.after, length: nextSold(blocked.length) ?? 1, count: CPUS };
        for (const [i, each] of [blocker, ...taken].entries()) {
          const { reply } = story.user(`u${i}`).request({
            ...{ start: each.start * STEP, duration: `${each.length * 30}m`, instances: each.count },
          });
          if (reply === 'ACCEPT') story.user(`u${i}`).confirm();
          else if (reply === 'COUNTER') story.user(`u${i}`).reject();
        }
        // What others have, as the calendar has it.
        const used = Array.from({ length: STEPS_MAX }, () => 0);
        for (const { present, terms } of story.provider.reservations())
          for (let step = terms.startMs / STEP; step < (terms.startMs + terms.durationMs) / STEP; step += 1)
            used[step]! += present.length;
        const hasRoom = (from: number, until: number) =>
          from >= 0 && until <= STEPS_MAX && used.slice(from, until).every((n) => n + count <= CPUS);
        const reply = story.user('ann').request({
          ...{ start: start * STEP, duration: `${length * 30}m`, instances: count },
        });
        if (hasRoom(start, start + length)) {
          expect(reply.reply).toBe('ACCEPT');
          return;
        }
        let expected: { first: number; at: number } | undefined;
        let isFirst = true;
        for (let first = length - 1; first > 0 && expected === undefined; first -= 1) {
          const rest = length - first;
          if (Math.min(first, rest) < length * leastShare) continue;
          if (first % granularity !== 0 || !hasRoom(start, start + first)) continue;
          if (!isSold(first) || !isSold(rest)) {
            isFirst = false;
            continue;
          }
          for (let at = start + first; at + rest <= STEPS_MAX && expected === undefined; at += 1)
            if (at - start <= (maxDelay ?? STEPS_MAX) && hasRoom(at, at + rest)) expected = { first, at };
        }
        if (expected === undefined) {
          expect(reply.reply).toBe('REJECT');
          return;
        }
        offered += 1;
        shortened += isFirst ? 0 : 1;
        expect(reply).toMatchObject({
          reply: 'COUNTER',
          proposal: { startMs: start * STEP, durationMs: expected.first * STEP, numInstancesFixed: count },
          parts: [
            {
              proposal: {
                ...{ startMs: expected.at * STEP, durationMs: (length - expected.first) * STEP },
                numInstancesFixed: count,
              },
            },
          ],
        });
      },
    ),
    { numRuns: runs(300), seed: 14 },
  );
  expect(offered).toBeGreaterThan(20);
  expect(shortened).toBeGreaterThan(2);
});
