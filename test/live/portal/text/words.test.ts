import { describe, expect, test } from 'vitest';
import { eventText } from '../../../../live/portal/src/text/event-text.ts';
import {
  endingOf,
  instanceWord,
  refusalText,
  rejectionText,
  reservationWord,
} from '../../../../live/portal/src/text/words.ts';

describe('a reservation', () => {
  test('that is activated runs once its window is open', () => {
    const activated = {
      status: 'ACTIVATED',
      outcome: null,
      queue: null,
      startsItself: false,
      waitlist: null,
    } as const;
    expect(reservationWord({ ...activated, windowOpen: false }).label).toBe('Activated');
    expect(reservationWord({ ...activated, windowOpen: true }).label).toBe('Running');
  });

  test('that is booked says so, and whether something is left to do', () => {
    const booked = {
      status: 'CONFIRMED',
      outcome: null,
      queue: null,
      waitlist: null,
      windowOpen: false,
    } as const;
    expect(reservationWord({ ...booked, startsItself: true })).toEqual({ label: 'Booked', tone: 'good' });
    expect(reservationWord({ ...booked, startsItself: false })).toEqual({
      label: 'Booked, to activate',
      tone: 'attention',
    });
  });

  test('that waits for its turn says in which place', () => {
    const queue = { position: 3, expectedStartTime: null, expectedStartTimeMs: null, likelyStart: null };
    const waiting = {
      status: 'CONFIRMED',
      outcome: null,
      windowOpen: false,
      startsItself: true,
      queue,
      waitlist: null,
    } as const;
    expect(reservationWord(waiting).label).toBe('Queued, place 3');
  });

  test('that is on the waitlist says in which place', () => {
    const waitlist = { position: 2, since: '', sinceMs: 0, until: '', untilMs: 5, likelyTurn: null };
    const waiting = {
      status: 'WAITLISTED',
      outcome: null,
      windowOpen: false,
      queue: null,
      startsItself: true,
      waitlist,
    } as const;
    expect(reservationWord(waiting).label).toBe('Waitlist, place 2');
  });

  test('that is over is called what became of it, not what its protocol says', () => {
    const expired = (outcome: 'fulfilled' | 'no-show' | 'expired') =>
      reservationWord({
        status: 'EXPIRED',
        windowOpen: false,
        startsItself: true,
        outcome,
        queue: null,
        waitlist: null,
      }).label;
    expect(expired('fulfilled')).toBe('Fulfilled');
    expect(expired('no-show')).toBe('No-show');
    expect(expired('expired')).toBe('Offer expired');
    const rejected = {
      status: 'REJECTED',
      windowOpen: false,
      startsItself: true,
      queue: null,
      waitlist: null,
    } as const;
    expect(reservationWord({ ...rejected, outcome: 'declined' }).label).toBe('Declined');
    expect(reservationWord({ ...rejected, outcome: 'rejected' }).label).toBe('Rejected');
    expect(endingOf({ noShow: true, endReason: 'window-over' }).title).toBe(
      'The reservation was never activated',
    );
  });
});

test('an instance on its way says where to', () => {
  expect(instanceWord('HALTED', 'running').label).toBe('Starting …');
  expect(instanceWord('RUNNING', 'running').label).toBe('Running');
  expect(instanceWord('RUNNING', 'suspended').label).toBe('Suspending …');
  expect(instanceWord('UNDER_MIGRATION', 'running').label).toBe('Moving to another node');
});

test('an unknown reason is shown as it is', () => {
  expect(rejectionText('out-of-luck')).toBe('Refused: out-of-luck.');
  expect(refusalText('out-of-luck', 'The detail.')).toBe('The detail.');
  expect(refusalText('hold-expired', 'The detail.')).toMatch(/^Too late/);
});

test('an event is told in a line', () => {
  expect(
    eventText({
      type: 'offer-countered',
      atMs: 5,
      reservationId: 'A',
      round: 2,
      priceMicros: 1_500_000,
      holdUntilMs: 7,
      pieces: [
        { nodeId: 'leon', instances: 2 },
        { nodeId: 'roy', instances: 1 },
      ],
    }),
  ).toBe('round 2, price 1.50 credits, on leon × 2 and roy × 1');
  expect(
    eventText({ type: 'instance-moved', atMs: 5, fromNodeId: 'leon', toNodeId: 'roy', windowOpen: true }),
  ).toBe('from node leon, to node roy, window open');
});
