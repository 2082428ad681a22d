// Which reservations have something on a node, against looking at all of them, whatever changes in between.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tenants } from '../../../engine/provider/delivery/tenants.ts';
import { type Change, Instance, pieceOf, Reservation } from '../../../engine/provider/state/reservation.ts';
import { ReservationBook } from '../../../engine/provider/state/reservation-book.ts';
import { runs } from '../../support/fast-check.ts';

const NODES = 4;
const at = (nodeIndex: number) => pieceOf({ nodeIndex, startMs: 0, endMs: 1 }, 'run', 1);
const nodes = fc.array(fc.nat(NODES - 1), { maxLength: 3 });

const steps = fc.oneof(
  fc.record({ kind: fc.constant('come' as const), nodes }),
  fc.record({ kind: fc.constant('move' as const), which: fc.nat(20), nodes }),
  fc.record({ kind: fc.constant('hold' as const), which: fc.nat(20), nodes }),
  fc.record({ kind: fc.constant('end' as const), which: fc.nat(20) }),
  fc.record({ kind: fc.constant('ask' as const), node: fc.nat(NODES - 1) }),
  // More than are followed one by one.
  fc.record({ kind: fc.constant('stir' as const) }),
);

test('who has something on a node is who is found by looking at everybody, in the order in which they came', () => {
  const property = fc.property(fc.array(steps, { maxLength: 40 }), (story) => {
    const book = new ReservationBook();
    const tenants = new Tenants(book);
    const alive = () => [...book.values()];
    const ask = (node: number) => {
      const found = alive().filter(
        ({ change, instances }) =>
          instances.some(({ place }) => place.nodeIndex === node) ||
          change?.held.some(({ nodeIndex }) => nodeIndex === node),
      );
      expect(tenants.on(node)).toEqual(found);
    };
    let count = 0;
    for (const step of story) {
      const chosen = 'which' in step ? alive()[step.which % Math.max(1, book.size)] : undefined;
      if (step.kind === 'come') {
        const reservation = new Reservation(`R${count++}`, 'alice', null);
        book.add(reservation);
        tenants.changed(reservation);
        reservation.instances = step.nodes.map((node, i) => new Instance(i + 1, [at(node)]));
      } else if (step.kind === 'ask') ask(step.node);
      else if (step.kind === 'stir') {
        for (let i = 0; i < 1100; i++) tenants.changed(new Reservation(`gone ${i}`, 'bob', null));
      } else if (chosen !== undefined) {
        if (step.kind === 'move')
          chosen.instances = step.nodes.map((node, i) => new Instance(i + 1, [at(node)]));
        if (step.kind === 'hold') chosen.change = { held: step.nodes.map(at) } as unknown as Change;
        if (step.kind === 'end') book.bury(chosen, { state: 'CANCELLED', reason: 'cancelled-by-user' });
        tenants.changed(chosen);
      }
    }
    for (let node = 0; node < NODES; node++) ask(node);
  });
  fc.assert(property, { numRuns: runs(150) });
});
