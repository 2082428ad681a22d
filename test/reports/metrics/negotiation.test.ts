import { describe, expect, test } from 'vitest';
import { EventStream, HOUR_MS, hour, proposal } from '../event-stream.ts';
import { measure } from '../measure.ts';

const MINUTE = 1 / 60;

/** One session for each way in which a negotiation can end. */
function everyOutcome(): EventStream {
  const asked = proposal(10, 2);
  const later = proposal(13, 2);
  return new EventStream()
    .node('n1')
    .asked(1, 'first', asked)
    .accepted(1, 'first')
    .confirmed(1.5, 'first', asked)
    .asked(2, 'countered', asked)
    .countered(2, 'countered', later)
    .counterAccepted(2.5, 'countered')
    .confirmed(2.5, 'countered', later)
    .asked(3, 'changed', asked)
    .countered(3, 'changed', later)
    .proposed(3.25, 'changed', later, 2)
    .accepted(3.25, 'changed', 1_000_000, 2)
    .confirmed(3.5, 'changed', later)
    .asked(4, 'rejected', asked)
    .ended(4, 'rejected', 'REJECTED', 'never-fits')
    .asked(4, 'tired', asked)
    .countered(4, 'tired', later)
    .proposed(4.5, 'tired', asked, 2)
    .ended(4.5, 'tired', 'REJECTED', 'too-many-rounds')
    .asked(5, 'declined', asked)
    .countered(5, 'declined', later)
    .declined(5.5, 'declined')
    .asked(6, 'expired', asked)
    .accepted(6, 'expired')
    .ended(7, 'expired', 'EXPIRED', 'hold-expired')
    .asked(7, 'withdrawn', asked)
    .accepted(7, 'withdrawn')
    .ended(7.5, 'withdrawn', 'CANCELLED', 'cancelled-by-user')
    .asked(8, 'lost', asked)
    .accepted(8, 'lost')
    .ended(8.5, 'lost', 'FAILED', 'node-lost')
    .asked(9, 'open', asked)
    .accepted(9, 'open')
    .initiated(9, 'silent')
    .finished(9.5, 'horizon');
}

describe('negotiation', () => {
  test('counts every request once, under the way in which it ended', () => {
    const { negotiation } = measure(everyOutcome()).figures;
    expect(negotiation.outcomes).toEqual({
      'accepted-first-offer': 1,
      'accepted-after-counter': 2,
      rejected: 2,
      declined: 1,
      expired: 1,
      withdrawn: 1,
      'capacity-lost': 1,
      open: 1,
    });
    expect(negotiation.requests).toBe(10);
    expect(negotiation.accepted).toBe(3);
    expect(negotiation.countered).toBe(4);
    expect(negotiation.outcomesOfCountered).toMatchObject({
      'accepted-after-counter': 2,
      rejected: 1,
      declined: 1,
      open: 0,
    });
  });

  test('tells rejections by reason', () => {
    const { rejections } = measure(everyOutcome()).figures.negotiation;
    expect(rejections).toMatchObject({ 'never-fits': 1, 'too-many-rounds': 1, 'no-capacity': 0 });
  });

  test('does not take a session without a proposal for a request', () => {
    const stream = new EventStream().initiated(1, 'r1').ended(2, 'r1', 'EXPIRED', 'hold-expired').finished(3);
    const { figures, negotiations } = measure(stream);
    expect(figures.negotiation.requests).toBe(0);
    expect(figures.negotiation.meanRounds).toBeNull();
    expect(negotiations).toEqual([]);
  });

  test('leaves out the requests of the warm-up, but tells how many there were', () => {
    const { figures, negotiations } = measure(everyOutcome(), { warmUpHours: 4 });
    expect(figures.negotiation.requests).toBe(7);
    expect(figures.negotiation.accepted).toBe(0);
    expect(figures.negotiation.warmUpRequests).toBe(3);
    expect(negotiations.filter(({ measured }) => !measured)).toHaveLength(3);
  });

  test('counts rounds and messages of both sides', () => {
    const { negotiations } = measure(everyOutcome());
    const countsOf = (id: string) => {
      const record = negotiations.find(({ reservationId }) => reservationId === id)!;
      return [record.rounds, record.messages];
    };
    // requestReservation, ACCEPT, CONFIRM, REQUEST_SUCCESS
    expect(countsOf('first')).toEqual([1, 4]);
    // requestReservation, COUNTER, ACCEPT, CONFIRM_REQUEST, CONFIRM, REQUEST_SUCCESS
    expect(countsOf('countered')).toEqual([1, 6]);
    // requestReservation, COUNTER, COUNTER, ACCEPT, CONFIRM, REQUEST_SUCCESS
    expect(countsOf('changed')).toEqual([2, 6]);
    // requestReservation, REJECT
    expect(countsOf('rejected')).toEqual([1, 2]);
    // requestReservation, COUNTER, REJECT
    expect(countsOf('declined')).toEqual([1, 3]);
    expect(measure(everyOutcome()).figures.negotiation.meanRounds).toBe(1.2);
  });

  test('adds up how long holds locked capacity, and what was locked in vain', () => {
    const { negotiation } = measure(everyOutcome()).figures;
    // first 0.5, countered 0.5, changed 0.25 + 0.25, tired 0.5, declined 0.5, expired 1, withdrawn 0.5, lost 0.5, open 0.5
    expect(negotiation.holdMs).toBe(5 * HOUR_MS);
    // 2 CPUs each: changed 0.25 (its first offer), tired, declined, expired, withdrawn, lost, open
    expect(negotiation.vainHoldCpuMs).toBe(2 * 3.75 * HOUR_MS);
  });

  test('measures the time to a confirmation and the CPU-time accepted', () => {
    const { negotiation } = measure(everyOutcome()).figures;
    expect(negotiation.negotiationMs.mean).toBe(HOUR_MS / 2);
    expect(negotiation.askedCpuMs).toBe(10 * 4 * HOUR_MS);
    expect(negotiation.acceptedCpuMs).toBe(3 * 4 * HOUR_MS);
  });

  test('hands out what a row of negotiations.csv needs', () => {
    const { negotiations } = measure(everyOutcome());
    const declined = negotiations.find(({ reservationId }) => reservationId === 'declined')!;
    expect(declined).toMatchObject({
      requestId: 'q-declined',
      kind: 'advance',
      submittedMs: hour(5),
      endedMs: hour(5.5),
      counterOffers: 1,
      reason: 'too late',
      offered: { proposal: { startMs: hour(13) }, priceMicros: 1_000_000 },
    });
  });

  test('counts messages that could not be carried out', () => {
    const stream = everyOutcome();
    stream.refused(9.5, 'first').refused(9.5, 'nobody');
    expect(measure(stream).figures.negotiation.refusals['illegal-in-state']).toBe(2);
  });
});

describe('start displacement', () => {
  test('is agreed minus asked start, over all confirmed and over the countered', () => {
    const { displacement } = measure(everyOutcome()).figures;
    expect(displacement.overAll).toMatchObject({ count: 3, mean: 2 * HOUR_MS, min: 0, max: 3 * HOUR_MS });
    expect(displacement.overCountered).toMatchObject({ count: 2, mean: 3 * HOUR_MS, p50: 3 * HOUR_MS });
    expect(displacement.meanRelative).toBe(1);
    expect(displacement.byKind.map(({ kind }) => kind)).toEqual(['advance']);
  });

  test('falls into bins that include their upper limit', () => {
    const stream = new EventStream().node('n1');
    const starts = [9, 10, 10 + 15 * MINUTE, 10 + 16 * MINUTE, 34, 34.001, 10 + 24 * 29];
    for (const [i, start] of starts.entries()) {
      const id = `r${i}`;
      stream
        .asked(1, id, proposal(10, 1))
        .countered(1, id, proposal(start, 1))
        .counterAccepted(1, id)
        .confirmed(1, id, proposal(start, 1));
    }
    const { bins } = measure(stream.finished(2)).figures.displacement;
    expect(bins.filter(({ count }) => count > 0)).toEqual([
      { label: 'earlier', count: 1 },
      { label: 'as asked', count: 1 },
      { label: '0–15 min', count: 1 },
      { label: '15–60 min', count: 1 },
      { label: '12–24 h', count: 1 },
      { label: '1–2 d', count: 1 },
      { label: '> 4 w', count: 1 },
    ]);
  });
});

describe('acceptance', () => {
  test('is told by lead time, size and kind', () => {
    const small = proposal(1, 1);
    const large = proposal(31, 1, { numInstancesFixed: 20 });
    const stream = new EventStream()
      .node('n1')
      .asked(1, 'now', small, { kind: 'immediate' })
      .accepted(1, 'now')
      .confirmed(1, 'now', small)
      .asked(1, 'large', large)
      .countered(1, 'large', large)
      .counterAccepted(1, 'large')
      .confirmed(1, 'large', large)
      .asked(1, 'other', large)
      .ended(1, 'other', 'REJECTED', 'no-capacity')
      .asked(1, 'slow', large)
      .accepted(1, 'slow')
      .finished(2, 'horizon');
    const { byLeadTime, bySize, byKind } = measure(stream).figures.acceptance;
    const used = (bins: typeof bySize) => bins.filter(({ requests }) => requests > 0);
    expect(used(byLeadTime)).toEqual([
      expect.objectContaining({
        label: 'at once',
        requests: 1,
        asAsked: 1,
        onOtherTerms: 0,
        rejected: 0,
        other: 0,
      }),
      expect.objectContaining({
        label: '1–3 d',
        requests: 3,
        asAsked: 0,
        onOtherTerms: 1,
        rejected: 1,
        other: 1,
      }),
    ]);
    // An hour for each; of three large ones with twenty instances one was agreed.
    const large1h = (large.demand.milliCpus / 1000) * 20 * 3_600_000;
    expect(used(byLeadTime)[1]).toMatchObject({ askedCpuMs: 3 * large1h, agreedCpuMs: large1h });
    expect(used(bySize).map(({ label, requests }) => [label, requests])).toEqual([
      ['1–2', 1],
      ['32–64', 3],
    ]);
    expect(byKind.map(({ label, requests }) => [label, requests])).toEqual([
      ['advance', 3],
      ['immediate', 1],
    ]);
  });
});

test('the load that is offered is measured as asked, and by how long guests are to run', () => {
  // 10 h of a node of 8 vCPUs. One request of 2 vCPUs is for 2 to 8 and runs for 1.5 h; one of 2 x 2 for 6 to 14 runs for 20 h, as long as it can; one for 9
  // to 11 says nothing. The fourth is for later.
  const stream = new EventStream()
    .node('n1', 0, { milliCpus: 8000 })
    .asked(1, 'short', proposal(2, 6), { runTimeHours: 1.5 })
    .asked(1, 'long', proposal(6, 8, { numInstancesFixed: 2 }), { runTimeHours: 20 })
    .asked(1, 'silent', proposal(9, 2))
    .asked(1, 'later', proposal(20, 2), { runTimeHours: 1 })
    .finished(10, 'horizon');
  expect(measure(stream).figures.load).toEqual({
    offered: (2 * 6 + 4 * 4 + 2 * 1) / 80,
    offeredByRunTime: (2 * 1.5 + 4 * 4 + 2 * 1) / 80,
  });
  // From 3 on: half an hour of the first is left.
  expect(measure(stream, { warmUpHours: 3 }).figures.load).toEqual({
    offered: Math.round(((2 * 5 + 4 * 4 + 2 * 1) / 56) * 1e6) / 1e6,
    offeredByRunTime: Math.round(((2 * 0.5 + 4 * 4 + 2 * 1) / 56) * 1e6) / 1e6,
  });
});
