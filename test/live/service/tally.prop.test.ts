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

const termsOf = (
  { from, until }: Booking['span'],
  { instances, milliCpus }: Booking,
  unitMs: number,
): Proposal => ({
  type: 'custom',
  demand: { milliCpus, memoryMib: 1, diskGib: 1 },
  numInstancesFixed: instances,
  numInstancesOption: 3,
  startMs: from * unitMs,
  durationMs: (until - from) * unitMs,
  template: 'any',
});

function tell(tally: Tally, booking: Booking, reservationId: string, unitMs = S): void {
  const hear = (event: object) => tally.hear({ reservationId, atMs: 0, ...event } as unknown as DomainEvent);
  const { claim, hasEnded, isConfirmed, movedTo, span } = booking;
  hear({ type: 'reservation-initiated', userId: String(USER) });
  hear({ type: 'proposal-received', proposal: termsOf(span, booking, unitMs) });
  const proposal = termsOf(movedTo ?? span, booking, unitMs);
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
      atMs: Math.max(claim.second * unitMs, proposal.startMs),
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
    // What is looked at is found by hours, and what lasts for weeks by itself.
    fc.constantFrom(S, 3600 * S, 86_400 * S),
    (all, { from, until }, which, unitMs) => {
      const tally = new Tally(undefined, new Map());
      for (const [number, booking] of all.entries()) tell(tally, booking, String(number), unitMs);
      for (const besides of [undefined, which]) {
        const counted = all.filter((_, number) => number !== besides);
        const seconds = Array.from({ length: until - from }, (_, i) => naive(counted, from + i));
        const span = { fromMs: from * unitMs, untilMs: until * unitMs };
        const busiest = tally.busiest(USER, span, besides === undefined ? undefined : String(besides));
        expect(busiest.reservations).toBe(Math.max(...seconds.map(({ reservations }) => reservations)));
        expect(busiest.vcpus).toBe(Math.max(...seconds.map(({ vcpus }) => vcpus)));
        const atMost = tally.atMost(USER);
        expect(atMost.reservations).toBeGreaterThanOrEqual(busiest.reservations);
        expect(atMost.vcpus).toBeGreaterThanOrEqual(busiest.vcpus);
        expect(atMost.heldCpuHours).toBeGreaterThanOrEqual(busiest.heldCpuHours);
      }
      expect(tally.countOf(USER)).toBe(all.filter(({ hasEnded }) => !hasEnded).length);
    },
  );
  fc.assert(property, { numRuns: runs(500) });
});

test('the busiest instant of all is that of a count second by second, after everything that happens', () => {
  const property = fc.property(
    fc.array(bookings, { maxLength: 12 }),
    // So that many of them are long, too.
    fc.constantFrom(1, 1, 1, 9),
    fc.constantFrom(S, 3600 * S, 86_400 * S),
    (some, times, unitMs) => {
      const all = Array.from({ length: times }, () => some).flat();
      const tally = new Tally(undefined, new Map());
      for (const [number, booking] of all.entries()) {
        tell(tally, booking, String(number), unitMs);
        const told = all.slice(0, number + 1);
        const seconds = Array.from({ length: SECONDS }, (_, second) => naive(told, second));
        const { reservations, vcpus } = tally.usageOf(USER);
        expect(reservations).toBe(Math.max(...seconds.map((each) => each.reservations)));
        expect(vcpus).toBe(Math.max(...seconds.map((each) => each.vcpus)));
      }
    },
  );
  fc.assert(property, { numRuns: runs(200) });
});

/** What one booking uses at one instant: what was held or confirmed, until it ended. */
function usedAt(
  { claim, endedAt, instances, isConfirmed, milliCpus, movedTo, span }: Ended,
  at: number,
): number {
  const { from, until } = movedTo ?? span;
  if (at < from || at >= until) return 0;
  if (endedAt !== null && (!isConfirmed || at >= endedAt)) return 0;
  const isClaimed = isConfirmed && claim !== null && at >= Math.max(claim.second, from);
  return milliCpus * (instances + (isClaimed ? claim.granted : 0));
}

type Ended = Omit<Booking, 'hasEnded'> & { readonly endedAt: number | null };

test('the most that is used in any period is that of a sum over every instant of every period', () => {
  const ended: fc.Arbitrary<Ended> = fc
    .tuple(bookings, fc.option(fc.integer({ min: SECONDS / 2, max: SECONDS })))
    .map(([booking, endedAt]) => ({ ...booking, endedAt }));
  const property = fc.property(
    fc.array(ended, { maxLength: 8 }),
    spans,
    fc.integer({ min: 1, max: SECONDS + 10 }),
    fc.constantFrom(0, 1500),
    (all, asked, lengthMs, milliCpus) => {
      const tally = new Tally(undefined, new Map(), { rememberedMs: 10 * SECONDS, past: [] });
      for (const [number, { endedAt, ...booking }] of all.entries()) {
        // One instant is a millisecond here: the sums are exact to it.
        tell(tally, { ...booking, hasEnded: false }, String(number), 1);
        if (endedAt === null) continue;
        const end = { type: 'reservation-ended', state: 'EXPIRED', refundMicros: 0, penaltyMicros: 0 };
        tally.hear({ ...end, reservationId: String(number), atMs: endedAt } as unknown as DomainEvent);
      }
      const period = { lengthMs, amountOf: ({ milliCpus: amount }: { milliCpus: number }) => amount };
      const demand = { milliCpus, memoryMib: 1, diskGib: 1 };
      const isAsked = (at: number) => at >= asked.from && at < asked.until;
      let mostWith = 0;
      let mostAfter = 0;
      const now = SECONDS / 2;
      for (let begin = -lengthMs; begin <= SECONDS; begin++) {
        const instants = Array.from({ length: lengthMs }, (_, i) => begin + i);
        const present = instants.flatMap((at) => all.map((booking) => usedAt(booking, at)));
        const used = present.reduce((sum, amount) => sum + amount, 0);
        const more = instants.filter(isAsked).length * milliCpus * 2;
        if (more > 0) mostWith = Math.max(mostWith, used + more);
        if (begin + lengthMs > now) mostAfter = Math.max(mostAfter, used);
      }
      const span = { fromMs: asked.from, untilMs: asked.until };
      expect(tally.mostWith(USER, { ...span, demand, instances: 2 }, period)).toBe(mostWith);
      expect(tally.mostAfter(USER, now, period)).toBe(mostAfter);
    },
  );
  fc.assert(property, { numRuns: runs(500) });
});
