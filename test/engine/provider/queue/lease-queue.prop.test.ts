// A queue, whoever joins and leaves it, against a list that is sorted and looked through anew each time.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Lease, LeaseKind } from '../../../../engine/index.ts';
import { LeaseQueue } from '../../../../engine/provider/leases/lease-queue.ts';
import { Reservation } from '../../../../engine/provider/state/reservation.ts';

const step = fc.record({
  act: fc.constantFrom('join', 'join', 'join', 'leave', 'refuse', 'room'),
  who: fc.nat({ max: 9 }),
  cpus: fc.integer({ min: 1, max: 3 }),
  leastMs: fc.integer({ min: 0, max: 4 }),
});

interface Waiting {
  readonly cpus: number;
  readonly leastMs: number;
}

test('it has those who joined and did not leave, in order, and passes over those who are known to be refused', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let room = 0;
      const queue = new LeaseQueue({
        kind: {} as LeaseKind,
        room: {
          get version() {
            return room;
          },
          // What comes free is of use to whoever wants two CPUs at most.
          refusedSince: () => (size) => size.demand.milliCpus > 2000,
        },
        awaitsImages: false,
      });
      const people = Array.from({ length: 10 }, (_, i) => {
        const reservation = new Reservation(`r${i}`, 'alice', null);
        reservation.ordinal = i + 1;
        return reservation;
      });
      const waiting = new Map<number, Waiting>();
      let refused: Waiting[] = [];
      for (const { act, cpus, leastMs, who } of steps) {
        const reservation = people[who]!;
        if (act === 'room') {
          room += 1;
          refused = keptOf(refused);
        } else if (act === 'leave') {
          queue.leave(reservation);
          waiting.delete(who);
        } else if (act === 'join') {
          reservation.proposal = proposalOf(cpus);
          queue.join(reservation, { reservationId: reservation.id } as Lease, leastMs);
          waiting.set(who, { cpus, leastMs });
        }
        const inOrder = [...waiting.keys()].sort((a, b) => a - b);
        expect(queue.leases.map(({ reservationId }) => reservationId)).toEqual(inOrder.map((i) => `r${i}`));
        const sight = queue.sight();
        if (act === 'refuse' && waiting.has(who)) {
          const size = sight.sizeOf(inOrder.indexOf(who));
          sight.refusals.add(size, leastMs);
          refused.push({ cpus: waiting.get(who)!.cpus, leastMs });
        }
        const open = inOrder.filter((i) => {
          const asked = waiting.get(i)!;
          return !refused.some((each) => asked.cpus >= each.cpus && asked.leastMs >= each.leastMs);
        });
        const found: number[] = [];
        for (let i = sight.next(0, sight.refusals); i < inOrder.length; i = sight.next(i + 1, sight.refusals))
          found.push(inOrder[i]!);
        expect(found).toEqual(open);
      }
    }),
  );
});

/** Of the refusals from which all others follow, those of which nothing that came free is of use. */
function keptOf(refused: readonly Waiting[]): Waiting[] {
  const isLess = (a: Waiting, b: Waiting) =>
    a.cpus <= b.cpus && a.leastMs <= b.leastMs && (a.cpus < b.cpus || a.leastMs < b.leastMs);
  return refused.filter((each) => each.cpus > 2 && !refused.some((other) => isLess(other, each)));
}

function proposalOf(cpus: number) {
  return {
    type: 'x',
    demand: { milliCpus: cpus * 1000, memoryMib: 100, diskGib: 0 },
    numInstancesFixed: 1,
    numInstancesOption: 0,
    startMs: 0,
    durationMs: 10,
    template: 'debian',
  };
}
