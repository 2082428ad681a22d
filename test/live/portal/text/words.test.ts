import { describe, expect, test } from 'vitest';
import { eventText } from '../../../../live/portal/src/text/event-text.ts';
import {
  endingOf,
  instanceWord,
  refusalText,
  rejectionText,
  reservationWord,
} from '../../../../live/portal/src/text/words.ts';

const BOOKED = { windowOpen: false, noShow: false, endReason: null };

describe('a reservation', () => {
  test('that is activated runs once its window is open', () => {
    expect(reservationWord({ ...BOOKED, status: 'ACTIVATED' }).label).toBe('Activated');
    expect(reservationWord({ ...BOOKED, status: 'ACTIVATED', windowOpen: true }).label).toBe('Running');
  });

  test('whose time is over is finished, not expired', () => {
    expect(reservationWord({ ...BOOKED, status: 'EXPIRED', endReason: 'window-over' }).label).toBe(
      'Finished',
    );
    expect(reservationWord({ ...BOOKED, status: 'EXPIRED', endReason: 'hold-expired' }).label).toBe(
      'Expired',
    );
    const noShow = { ...BOOKED, status: 'EXPIRED', endReason: 'window-over', noShow: true } as const;
    expect(reservationWord(noShow).label).toBe('Not used');
    expect(endingOf(noShow).title).toBe('The reservation was never activated');
  });

  test('that the user declined was not rejected by the provider', () => {
    expect(reservationWord({ ...BOOKED, status: 'REJECTED', endReason: 'declined' }).label).toBe(
      'Declined by you',
    );
    expect(reservationWord({ ...BOOKED, status: 'REJECTED', endReason: 'no-capacity' }).label).toBe(
      'Rejected',
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
