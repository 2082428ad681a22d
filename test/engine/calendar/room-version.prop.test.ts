// What had no room has none later either, for as long as the calendar says that none can have come free.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { CapacityCalendar } from '../../../engine/calendar/capacity-calendar.ts';
import type { Edit } from '../../../engine/calendar/edit.ts';
import { node } from '../../support/setup.ts';

const cpus = fc.integer({ min: 1, max: 4 });
const demandOf = (count: number) => ({ milliCpus: count * 1000, memoryMib: 0, diskGib: 0 });
const at = fc.integer({ min: 0, max: 12 });
const length = fc.integer({ min: 1, max: 8 });
const which = fc.nat({ max: 9 });
const node2 = fc.integer({ min: 0, max: 1 });

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ act: fc.constant('book' as const), node: node2, at, length, cpus }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('release' as const), which }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('resize' as const), which, length }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('outage' as const), node: node2, at, length }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constant('pass' as const), length }) },
);
const question = fc.record({ cpus, count: fc.integer({ min: 1, max: 3 }), length });

test('what was refused from the present on is refused from any later present on while the version is the same', () => {
  let kept = 0;
  let keptDespite = 0;
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.array(question, { minLength: 3, maxLength: 3 }),
      (steps, questions) => {
        const calendar = new CapacityCalendar({ nodes: [node('n1', 4), node('n2', 3)] });
        let nowMs = 0;
        const booked: number[] = [];
        const refusedIn = questions.map((): number | undefined => undefined);
        const refusedOnce = questions.map((): number | undefined => undefined);
        const apply = (edit: Edit) => {
          const outcome = calendar.apply([edit]);
          if (outcome.kind === 'applied') booked.push(...outcome.bookings);
        };
        for (const each of steps) {
          if (each.act === 'pass') nowMs += each.length;
          calendar.passTo(nowMs);
          const id = each.act === 'release' || each.act === 'resize' ? booked[each.which] : undefined;
          if (each.act === 'book') {
            const startMs = nowMs + each.at;
            const place = { nodeIndex: each.node, startMs, endMs: startMs + each.length };
            apply({ edit: 'book', ...place, demand: demandOf(each.cpus), kind: 'reservation', owner: 'x' });
          } else if (each.act === 'outage') {
            const fromMs = nowMs + each.at;
            calendar.setOutages(each.node, [{ fromMs, untilMs: fromMs + each.length }]);
          } else if (each.act === 'release' && id !== undefined) apply({ edit: 'release', id });
          else if (each.act === 'resize' && id !== undefined) {
            const booking = calendar.get(id);
            if (booking !== undefined) apply({ edit: 'resize', id, endMs: booking.startMs + each.length });
          }
          for (const [i, { count, cpus: size, length: lengthMs }] of questions.entries()) {
            const window = { startMs: nowMs, endMs: nowMs + lengthMs, demand: demandOf(size), count };
            const hasRoom = calendar.canPlace(window);
            if (refusedIn[i] === calendar.roomVersion) {
              kept += 1;
              expect(hasRoom).toBe(false);
            }
            const raised = refusedOnce[i] === undefined ? undefined : calendar.roomSince(refusedOnce[i]);
            if (
              count === 1 &&
              raised !== undefined &&
              [...raised].every((n) => calendar.freeCount(n, window) === 0)
            ) {
              keptDespite += 1;
              expect(hasRoom).toBe(false);
            }
            refusedIn[i] = hasRoom ? undefined : calendar.roomVersion;
            // The first time, so that much has become of it since.
            refusedOnce[i] = hasRoom ? undefined : (refusedOnce[i] ?? calendar.roomVersion);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
  // Or it says nothing.
  expect(kept).toBeGreaterThan(0);
  expect(keptDespite).toBeGreaterThan(0);
});
