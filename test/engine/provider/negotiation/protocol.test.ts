// The alternate-offers protocol, pair by pair: what each message does in each state, through the real manager.
import { describe, expect, test } from 'vitest';
import type { ProviderReply, ReservationState } from '../../../../engine/index.ts';
import { isFinal, RESERVATION_STATES } from '../../../../engine/index.ts';
import { isLegal, MESSAGES, nextStates } from '../../../../engine/provider/negotiation/protocol.ts';
import { HOUR, node } from '../../../support/setup.ts';
import { type Story, tell, type User } from '../../../support/story.ts';

const USER_MESSAGES = [
  'request',
  'COUNTER',
  'ACCEPT',
  'CONFIRM',
  'REJECT',
  'activate',
  'cancel',
  'claim',
] as const;
type UserMessage = (typeof USER_MESSAGES)[number];
type AliveState = Exclude<ReservationState, 'EXPIRED' | 'REJECTED' | 'CANCELLED' | 'FAILED'>;

/** The state that a message leads to when what it asks for has room; a dot where it is refused. Tech report 3.1. */
const TABLE = `
              INITIATED  WAITLISTED  ACCEPTED   COUNTERED  CONFIRMED  ACTIVATED
  request     ACCEPTED   .           .          ACCEPTED   .          .
  COUNTER     .          .           .          ACCEPTED   .          .
  ACCEPT      .          .           .          ACCEPTED   .          .
  CONFIRM     .          .           CONFIRMED  .          .          .
  REJECT      .          .           REJECTED   REJECTED   .          .
  activate    .          .           .          .          ACTIVATED  .
  cancel      CANCELLED  CANCELLED   CANCELLED  CANCELLED  CANCELLED  .
  claim       .          .           .          .          .          ACTIVATED
`;

const [header, ...rows] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const PAIRS = rows.flatMap(([message, ...cells]) =>
  cells.map((cell, column) => ({
    message: message as UserMessage,
    state: header![column] as AliveState,
    leadsTo: cell === '.' ? undefined : (cell as ReservationState),
  })),
);

/** One CPU, taken by somebody else from ten to eleven; and alice, in the state that is wanted. */
function aliceIn(state: AliveState): { story: Story; alice: User } {
  const story = tell({ nodes: [node('n1', 1), node('n2', 1)], manager: { claimRisk: 0.5 } });
  story.user('bob').book({ start: '10:00', instances: 2 });
  story.runUntil('09:00');
  const alice = story.user('alice');
  alice.initiate();
  if (state === 'INITIATED') return { story, alice };
  if (state === 'WAITLISTED') {
    alice.propose({ start: '10:00', waitUntil: '12:00', waitInstead: true });
    return { story, alice };
  }
  alice.propose({ start: state === 'COUNTERED' ? '10:00' : '09:00', options: 1 });
  if (state === 'ACCEPTED' || state === 'COUNTERED') return { story, alice };
  alice.confirm();
  if (state === 'ACTIVATED') alice.activate();
  // Lets the window open, which is at this very instant.
  story.runUntil('09:00');
  return { story, alice };
}

function send(alice: User, message: UserMessage): ProviderReply | number {
  switch (message) {
    case 'request':
      return alice.propose({ start: '12:00' });
    case 'COUNTER':
      return alice.counter({ start: '12:00' });
    case 'ACCEPT':
      return alice.accept();
    case 'CONFIRM':
      return alice.confirm();
    case 'REJECT':
      return alice.reject('changed my mind');
    case 'activate':
      return alice.activate();
    case 'cancel':
      return alice.cancel();
    case 'claim':
      return alice.claim(1);
  }
}

/** Everything that a message could change. */
function stateOf({ hypervisor, provider }: Story) {
  return {
    reservations: [...provider.reservations()].map((reservation) => ({
      ...reservation,
      instances: reservation.instances.map(({ vm: _, ...instance }) => instance),
    })),
    bookings: [0, 1].map((nodeIndex) => provider.calendar.bookingsOn(nodeIndex, 0, 24 * HOUR)),
    vms: hypervisor.vmCount,
  };
}

const aliveState = (story: Story) =>
  [...story.provider.reservations()].find(({ id }) => id === 'alice')?.state ?? story.endOf('alice')?.state;

describe('every message in every state', () => {
  test('the table has them all', () => {
    expect(PAIRS).toHaveLength(USER_MESSAGES.length * RESERVATION_STATES.filter((s) => !isFinal(s)).length);
  });

  for (const { leadsTo, message, state } of PAIRS) {
    if (leadsTo === undefined) {
      test(`${message} is refused when ${state}, and changes nothing`, () => {
        const { story, alice } = aliceIn(state);
        const before = stateOf(story);
        const reply = send(alice, message);
        if (message === 'claim') expect(reply).toBe(0);
        else expect(reply).toEqual({ reply: 'REQUEST_FAILED', reason: 'illegal-in-state', state });
        expect(stateOf(story)).toEqual(before);
        expect(story.events.at(-1)).toMatchObject({
          type: 'message-refused',
          message,
          reason: 'illegal-in-state',
        });
        // An activated reservation can be deleted until its window opens, which it has here.
        expect(isLegal(state, message)).toBe(message === 'cancel' && state === 'ACTIVATED');
        story.run();
      });
    } else {
      test(`${message} leads from ${state} to ${leadsTo}`, () => {
        const { story, alice } = aliceIn(state);
        const reply = send(alice, message);
        if (message === 'claim') expect(reply).toBe(1);
        else expect((reply as ProviderReply).reply).not.toBe('REQUEST_FAILED');
        expect(aliveState(story)).toBe(leadsTo);
        expect(nextStates(state, message)).toContain(leadsTo);
        story.run();
      });
    }
  }
});

describe('after the end', () => {
  const endings: Record<
    string,
    { end: (story: Story, alice: User) => void; reason: string; state: ReservationState }
  > = {
    'a declined one': { end: (_, alice) => alice.reject(), reason: 'ended', state: 'REJECTED' },
    'a cancelled one': { end: (_, alice) => alice.cancel(), reason: 'ended', state: 'CANCELLED' },
    'one whose hold has expired': {
      end: (story) => story.runUntil('09:10'),
      reason: 'hold-expired',
      state: 'EXPIRED',
    },
    'one whose window is over': {
      end: (story, alice) => {
        alice.confirm();
        story.runUntil('12:00');
      },
      reason: 'ended',
      state: 'EXPIRED',
    },
    'one whose node was lost': {
      end: (story) => {
        story.hypervisor.failNode('n2');
        story.hypervisor.failNode('n1');
        story.runUntil('09:00');
      },
      reason: 'capacity-lost',
      state: 'FAILED',
    },
  };

  for (const [who, { end, reason, state }] of Object.entries(endings)) {
    test(`every message to ${who} is refused with the reason`, () => {
      const { story, alice } = aliceIn('ACCEPTED');
      end(story, alice);
      const before = stateOf(story);
      for (const message of USER_MESSAGES) {
        const reply = send(alice, message);
        if (message === 'claim') expect(reply).toBe(0);
        else expect(reply).toEqual({ reply: 'REQUEST_FAILED', reason, state });
        expect(story.events.at(-1)).toMatchObject({ type: 'message-refused', message, reason });
      }
      expect(stateOf(story)).toEqual(before);
      story.run();
    });
  }

  test('every message to a reservation that never was is refused', () => {
    const story = tell();
    const stranger = story.user('stranger');
    for (const message of USER_MESSAGES) {
      const reply = send(stranger, message);
      if (message === 'claim') expect(reply).toBe(0);
      else expect(reply).toEqual({ reply: 'REQUEST_FAILED', reason: 'unknown-reservation' });
    }
    expect(story.eventsOf('message-refused')).toHaveLength(USER_MESSAGES.length);
    story.run();
  });

  test('how a session ended is remembered for the last ten thousand', () => {
    const story = tell();
    for (let i = 0; i <= 10_000; i++) {
      story.user(`u${i}`).initiate();
      story.user(`u${i}`).cancel();
    }
    expect(story.user('u0').confirm()).toMatchObject({ reason: 'unknown-reservation' });
    expect(story.user('u1').confirm()).toMatchObject({ reason: 'ended', state: 'CANCELLED' });
    story.run();
  });
});

describe('the table of the protocol', () => {
  test('allows nothing in a final state', () => {
    for (const state of RESERVATION_STATES.filter(isFinal)) {
      for (const message of MESSAGES) expect(nextStates(state, message)).toEqual([]);
    }
  });

  test('lets every reservation come to an end without a word of its user', () => {
    const byItself = ['hold-expired', 'window-over', 'wait-over'] as const;
    for (const state of RESERVATION_STATES.filter((each) => !isFinal(each))) {
      const end = state === 'WAITLISTED' ? 'REJECTED' : 'EXPIRED';
      expect(byItself.flatMap((message) => nextStates(state, message))).toEqual([end]);
    }
  });

  test('lets every reservation that has been offered something fail', () => {
    for (const state of ['ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED'] as const) {
      expect(nextStates(state, 'fail')).toEqual(['FAILED']);
    }
  });
});
