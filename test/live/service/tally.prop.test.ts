// Limits in time: what the tally says of a span is what somebody finds who looks at every second of it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DomainEvent, Proposal } from '../../../engine/index.ts';
import { Tally } from '../../../live/service/tally.ts';
import { runs } from '../../support/fast-check.ts';

const USER = 7;
const SECONDS = 40;
const S = 1000;

const spans = fc
  .tuple(fc.integer({ min: 0, max: SECONDS - 1 }), fc.integer({ min: 1, max: SECONDS }))
  .map(([from, length]) => ({ from, until: Math.min(SECONDS, from + length) }));

/** A booking as it was asked, offered elsewhere or not, confirmed or not, with or without a claim, ended or not. */
const bookings = fc.record({
  span: spans,
  movedTo: fc.option(spans),
  instances: fc.integer({ min: 1, max: 4 }),
  milliCpus: fc.constantFrom(500, 1000, 1500, 4000),
  isConfirmed: fc.boolean(),
  claim: fc.option(
    fc.record({ second: fc.integer({ min: 0, max: SECONDS }), granted: fc.integer({ min: 0, max: 3 }) }),
  ),
  hasEnded: fc.boolean(),
});
type Booking = typeof bookings extends fc.Arbitrary<infer B> ? B : never;

const termsOf = ({ from, until }: Booking['span'], { instances, milliCpus }: Booking): Proposal => ({
  type: 'custom',
  demand: { milliCpus, memoryMib: 1, diskGib: 1 },
  numInstancesFixed: instances,
  numInstancesOption: 3,
  startMs: from * S,
  durationMs: (until - from) * S,
  template: 'any',
});

function tell(tally: Tally, booking: Booking, reservationId: string): void {
  const hear = (event: object) => tally.hear({ reservationId, atMs: 0, ...event } as unknown as DomainEvent);
  const { claim, hasEnded, isConfirmed, movedTo, span } = booking;
  hear({ type: 'reservation-initiated', userId: String(USER) });
  hear({ type: 'proposal-received', proposal: termsOf(span, booking) });
  const proposal = termsOf(movedTo ?? span, booking);
  hear(movedTo === null ? { type: 'offer-accepted' } : { type: 'offer-countered', proposal });
  if (isConfirmed)
    hear({
      type: 'reservation-confirmed',
      proposal,
      priceMicros: 0,
      pieces: [{ nodeId: 'n1', instances: 1 }],
    });
  if (isConfirmed && claim !== null)
    hear({
      type: 'options-claimed',
      atMs: Math.max(claim.second * S, proposal.startMs),
      granted: claim.granted,
    });
  if (hasEnded) hear({ type: 'reservation-ended', state: 'EXPIRED', refundMicros: 0, penaltyMicros: 0 });
}

/** At one second, by looking at everything. */
function naive(all: readonly Booking[], second: number) {
  let reservations = 0;
  let vcpus = 0;
  for (const booking of all) {
    const { claim, hasEnded, instances, isConfirmed, milliCpus, movedTo, span } = booking;
    const { from, until } = movedTo ?? span;
    if (hasEnded || second < from || second >= until) continue;
    reservations += 1;
    vcpus += Math.ceil((instances * milliCpus) / 1000);
    if (isConfirmed && claim !== null && second >= Math.max(claim.second, from))
      vcpus += Math.ceil((claim.granted * milliCpus) / 1000);
  }
  return { reservations, vcpus };
}

test('the busiest instant of a span is that of a count second by second, whatever was asked, offered, claimed and ended', () => {
  const property = fc.property(
    fc.array(bookings, { maxLength: 12 }),
    spans,
    fc.nat(12),
    (all, { from, until }, which) => {
      const tally = new Tally(undefined, new Map());
      for (const [number, booking] of all.entries()) tell(tally, booking, String(number));
      for (const besides of [undefined, which]) {
        const counted = all.filter((_, number) => number !== besides);
        const seconds = Array.from({ length: until - from }, (_, i) => naive(counted, from + i));
        const span = { fromMs: from * S, untilMs: until * S };
        const busiest = tally.busiest(USER, span, besides === undefined ? undefined : String(besides));
        expect(busiest.reservations).toBe(Math.max(...seconds.map(({ reservations }) => reservations)));
        expect(busiest.vcpus).toBe(Math.max(...seconds.map(({ vcpus }) => vcpus)));
      }
      expect(tally.countOf(USER)).toBe(all.filter(({ hasEnded }) => !hasEnded).length);
    },
  );
  fc.assert(property, { numRuns: runs(500) });
});
