// A plan that the calendar cannot take, whoever made it, is refused whole: nothing of it happens, an event says what was wrong with it,
// the user gets an answer, and the provider goes on.
import { expect, test } from 'vitest';
import {
  type Edit,
  type Improvement,
  LEASE_KINDS,
  type LeaseKind,
  type Plan,
  type ProviderReply,
  windowDues,
} from '../../../engine/index.ts';
import type { PlanCheck } from '../../../engine/provider/plan/applier.ts';
import { node } from '../../support/setup.ts';
import { type Story, type StorySettings, type Terms, TYPES, tell } from '../../support/story.ts';

/** How a lease kind that knows better than its desk books a window: on these nodes, and what else it likes. */
type Whim = (booked: { owner: string; startMs: number; endMs: number }) => Plan;

function book(
  { endMs, owner, startMs }: Parameters<Whim>[0],
  nodeIndex: number,
  changes: Partial<Extract<Edit, { edit: 'book' }>> = {},
): Edit {
  const demand = TYPES.SMALL!;
  return { edit: 'book', nodeIndex, startMs, endMs, demand, kind: 'hold', owner, ...changes };
}

function wilful(whim: Whim, improve?: LeaseKind['onRoom']): LeaseKind {
  return {
    name: 'wilful',
    summary: 'books what it likes, whether or not there is room',
    accepts: () => undefined,
    latestStartMs: () => Number.POSITIVE_INFINITY,
    plan: ({ proposal, reservationId: owner }) => {
      const { durationMs, startMs } = proposal;
      return {
        kind: 'planned',
        terms: proposal,
        edits: whim({ owner, startMs, endMs: startMs + durationMs }),
      };
    },
    due: windowDues,
    ...(improve === undefined ? {} : { onRoom: improve }),
  };
}

function ask(story: Story, name: string, terms: Terms): ProviderReply {
  const user = story.user(name);
  user.initiate();
  return user.propose({ ...story.proposal(terms), kind: 'wilful' });
}

/** Alice has all of n1, and one instance on n2. */
function taken(settings: StorySettings): Story {
  const story = tell({ nodes: [node('n1'), node('n2')], ...settings });
  story.user('alice').book({ start: '10:00', instances: 4 });
  story.user('amy').book({ start: '10:00' });
  expect(bookings(story)[0]).toHaveLength(4);
  return story;
}

function bookings(story: Story) {
  const { calendar } = story.provider;
  return [0, 1].map((nodeIndex) => calendar.bookingsOn(nodeIndex, 0, story.ms('+9d 00:00')));
}

const REFUSED: [string, Whim, { edit: string; reason: string }][] = [
  ['books a node that is full', (w) => [book(w, 0)], { edit: 'book', reason: 'no-room' }],
  ['books a node that is not there', (w) => [book(w, 7)], { edit: 'book', reason: 'unknown-node' }],
  [
    'books more than there is left once its own first instances are booked',
    (w) => [book(w, 1), book(w, 1), book(w, 1), book(w, 1)],
    { edit: 'book', reason: 'no-room' },
  ],
  [
    'books a window that is none',
    (w) => [book(w, 1, { endMs: w.startMs })],
    { edit: 'book', reason: 'bad-window' },
  ],
  [
    'books half a CPU of a thousandth',
    (w) => [book(w, 1, { demand: { ...TYPES.SMALL!, milliCpus: 0.5 } })],
    { edit: 'book', reason: 'bad-demand' },
  ],
  [
    'releases what is not held',
    (w) => [book(w, 1), { edit: 'release', id: 99 }],
    { edit: 'release', reason: 'unknown-booking' },
  ],
  [
    'releases what somebody else holds',
    (w) => [{ edit: 'release', id: 1 }, book(w, 0)],
    { edit: 'release', reason: 'not-its-own' },
  ],
  [
    'moves what somebody else holds out of its way',
    (w) => [{ edit: 'move', id: 1, nodeIndex: 1 }, book(w, 0)],
    { edit: 'move', reason: 'not-its-own' },
  ],
  [
    'books in the name of somebody else',
    (w) => [book(w, 1, { owner: 'alice' })],
    { edit: 'book', reason: 'not-its-own' },
  ],
  ['books nothing', () => [], { edit: 'book', reason: 'wrong-count' }],
];

test.each(REFUSED)('a lease whose plan %s gets nothing', (_, whim, refusal) => {
  const story = taken({ leaseKinds: [...LEASE_KINDS, wilful(whim)] });
  const before = bookings(story);
  const held = [...story.provider.reservations()].map(({ id, instances }) => [id, instances.length]);
  const instances = Math.max(1, whim({ owner: '', startMs: 0, endMs: 1 }).filter(isBook).length);

  expect(ask(story, 'bob', { start: '10:00', instances })).toEqual({
    reply: 'REJECT',
    reason: 'no-capacity',
  });

  expect(bookings(story)).toEqual(before);
  expect([...story.provider.reservations()].map(({ id, instances }) => [id, instances.length])).toEqual(held);
  expect(story.eventsOf('plan-refused')).toMatchObject([{ reservationId: 'bob', ...refusal }]);
  expect(story.endOf('bob')).toMatchObject({ state: 'REJECTED', reason: 'no-capacity' });
  // The next one is served as if nothing had been.
  expect(story.user('carol').book({ start: '10:00', instances: 3 })).toEqual({ reply: 'REQUEST_SUCCESS' });
  story.run();
});

test('a lease whose plan books a node that is down gets nothing', () => {
  const story = tell({ leaseKinds: [...LEASE_KINDS, wilful((w) => [book(w, 1), book(w, 0)])] });
  story.at('09:00').fail('n1');
  story.runUntil('09:01');
  expect(ask(story, 'bob', { start: '10:00', instances: 2 })).toEqual({
    reply: 'REJECT',
    reason: 'no-capacity',
  });
  expect(bookings(story)).toEqual([[], []]);
  expect(story.eventsOf('plan-refused')).toMatchObject([{ edit: 'book', reason: 'node-unavailable' }]);
  story.at('09:02').return('n1');
  story.at('09:03').book('carol', { start: '10:00', instances: 8 });
  story.run();
  expect(story.endOf('carol')).toMatchObject({ reason: 'window-over' });
});

// Better terms for a lease that waits

const IMPROVEMENTS: [string, (own: Improvement, foreign: number) => readonly Edit[], object][] = [
  [
    'takes the place of somebody else',
    ({ edits }, id) => [{ edit: 'release', id }, ...edits],
    { edit: 'release', reason: 'not-its-own' },
  ],
  [
    'keeps what it has as well',
    ({ edits }) => edits.filter(isBook),
    { edit: 'book', reason: 'not-released' },
  ],
  [
    'books an instance too many',
    ({ edits }) => [...edits, ...edits.filter(isBook)],
    { edit: 'book', reason: 'wrong-count' },
  ],
  [
    'books a node that is not there',
    ({ edits }) => edits.map((edit) => (isBook(edit) ? { ...edit, nodeIndex: 7 } : edit)),
    { edit: 'book', reason: 'unknown-node' },
  ],
];

test.each(IMPROVEMENTS)(
  'a lease that waits keeps what it has when its better plan %s',
  (_, spoil, refusal) => {
    const story = waiting((improvement, foreign) => spoil(improvement, foreign));
    const before = bookings(story)[1]!.filter(({ owner }) => owner !== 'amy');
    story.user('amy').cancel();
    expect(bookings(story)[1]).toEqual(before);
    expect(story.eventsOf('plan-refused')).toMatchObject([{ reservationId: 'bob', ...refusal }]);
    expect(story.eventsOf('terms-changed')).toEqual([]);
    story.run();
    expect(story.eventsOf('window-opened').map(({ atMs, reservationId }) => [reservationId, atMs])).toEqual([
      ['alice', story.ms('10:00')],
      ['bob', story.ms('12:00')],
    ]);
  },
);

test('a lease that waits has a reservation, not a hold, in its better place too', () => {
  const story = waiting(({ edits }) => edits);
  story.user('amy').cancel();
  expect(story.eventsOf('terms-changed')).toMatchObject([{ reservationId: 'bob' }]);
  expect(bookings(story)[1]).toMatchObject([
    { owner: 'bob', kind: 'reservation', startMs: story.ms('11:00') },
  ]);
  expect(story.eventsOf('plan-refused')).toEqual([]);
  story.run();
});

/** Bob waits until 12:00; as soon as there is room his kind wants him to start at 11:00. */
function waiting(spoil: (improvement: Improvement, foreign: number) => readonly Edit[]): Story {
  let isDone = false;
  const kind = wilful(
    (w) => [book(w, 1)],
    (queue, desk) => {
      if (isDone) return [];
      isDone = true;
      return queue.map(({ pieces, reservationId, terms }) => {
        const startMs = terms.startMs - 3_600_000;
        const window = { demand: terms.demand, count: 1, startMs, endMs: terms.startMs };
        const edits: Edit[] = [
          ...pieces.map(({ booking }): Edit => ({ edit: 'release', id: booking })),
          ...desk
            .place(reservationId, window, terms.template)
            .map((edit) => (isBook(edit) ? { ...edit, nodeIndex: 1 } : edit)),
        ];
        const improvement = { reservationId, terms: { ...terms, startMs }, edits };
        return { ...improvement, edits: spoil(improvement, 1) };
      });
    },
  );
  const story = taken({ leaseKinds: [...LEASE_KINDS, kind] });
  ask(story, 'bob', { start: '12:00' });
  expect(story.user('bob').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
  return story;
}

// Plans of the provider's own that meet a calendar which refuses them

test('a hold that cannot be confirmed now stays, and can be confirmed later', () => {
  const refuse = refusing((edit) => edit.edit === 'rekind');
  const story = tell({ planCheck: refuse.check });
  story.user('alice').request({ start: '10:00', instances: 2 });
  const before = bookings(story);
  refuse.isOn = true;
  expect(story.user('alice').confirm()).toEqual({
    reply: 'REQUEST_FAILED',
    reason: 'capacity-lost',
    state: 'ACCEPTED',
  });
  expect(bookings(story)).toEqual(before);
  expect(story.eventsOf('plan-refused')).toMatchObject([{ reservationId: 'alice', edit: 'rekind' }]);
  refuse.isOn = false;
  expect(story.user('alice').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
  story.run();
  expect(story.endOf('alice')).toMatchObject({ reason: 'window-over' });
});

test('a claim whose plan is refused is granted nothing', () => {
  const refuse = refusing(isBook);
  const story = tell({ planCheck: refuse.check, manager: { autoActivate: true } });
  story.user('alice').book({ start: '10:00', options: 2 });
  story.runUntil('10:10');
  const before = bookings(story);
  refuse.isOn = true;
  expect(story.user('alice').claim(2)).toBe(0);
  expect(bookings(story)).toEqual(before);
  expect(story.eventsOf('plan-refused')).toMatchObject([{ reservationId: 'alice', edit: 'book' }]);
  refuse.isOn = false;
  expect(story.user('alice').claim(2)).toBe(2);
  story.run();
});

test('an instance of a lost node whose new place is refused is lost, as if there was no room', () => {
  const refuse = refusing(isBook);
  const story = tell({ planCheck: refuse.check, manager: { autoActivate: true } });
  story.user('alice').book({ start: '10:00' });
  story.user('bob').book({ start: '10:00' });
  story.runUntil('10:10');
  refuse.isOn = true;
  story.at('10:20').fail('n1').fail('n2');
  story.at('10:30').return('n1').return('n2');
  story.runUntil('10:31');
  refuse.isOn = false;
  story.at('10:40').book('carol', { start: '11:00', instances: 8 });
  story.run();
  const refusals = story
    .eventsOf('plan-refused')
    .map(({ edit, reservationId }) => `${reservationId} ${edit}`);
  expect(refusals).toEqual(['alice book', 'bob book']);
  expect(story.endOf('alice')).toMatchObject({ state: 'FAILED', reason: 'node-lost' });
  expect(story.endOf('carol')).toMatchObject({ reason: 'window-over' });
});

function isBook(edit: Edit): edit is Extract<Edit, { edit: 'book' }> {
  return edit.edit === 'book';
}

/** A calendar that refuses, while it is told to, what `which` says. */
function refusing(which: (edit: Edit) => boolean) {
  const refuse = {
    isOn: false,
    check: ((plan) => {
      const index = plan.findIndex(which);
      if (!refuse.isOn || index < 0) return undefined;
      return { kind: 'refused', edit: plan[index]!, index, reason: 'no-room', details: {} };
    }) satisfies PlanCheck as PlanCheck,
  };
  return refuse;
}
