// Changes of a confirmed reservation, as a user goes through them: its own terms stand until the others are confirmed, and what does not
// come to be leaves nothing.
import { expect, test } from 'vitest';
import { Provider } from '../../../../engine/index.ts';
import { HOUR, node } from '../../../support/setup.ts';
import { type Story, tell } from '../../../support/story.ts';

const ONE = { nodes: [node('n1', 4)], manager: { autoActivate: true } };

/** Every booking, without the numbers that they happen to have. */
function booked({ provider, setup }: Story) {
  return setup.cluster.nodes.map((_, index) =>
    provider.calendar
      .bookingsOn(index, 0, 1e12)
      .map(({ id: _, ...booking }) => booking)
      .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
  );
}

test('a running reservation is extended by as long as there is room, and its VMs run on', () => {
  const story = tell(ONE);
  story.user('alice').book({ start: '10:00', duration: '1h', instances: 3 });
  story.user('bob').book({ start: '12:00', duration: '1h', instances: 2 });
  story.runUntil('10:30');

  expect(story.user('alice').change({ duration: '3h' })).toMatchObject({
    reply: 'COUNTER',
    proposal: { startMs: 10 * HOUR, durationMs: 2 * HOUR, numInstancesFixed: 3 },
  });
  expect(story.user('alice').answerChange('CONFIRM').reply).toBe('REQUEST_FAILED');
  expect(story.user('alice').answerChange('ACCEPT').reply).toBe('CONFIRM_REQUEST');
  // What is offered is held: nobody else gets it.
  expect(story.user('carol').request({ start: '11:00', duration: '1h', instances: 2 }).reply).toBe('COUNTER');
  expect(story.user('alice').answerChange('CONFIRM').reply).toBe('REQUEST_SUCCESS');

  story.run();
  expect(story.endOf('alice')).toMatchObject({ atMs: 12 * HOUR, reason: 'window-over' });
  const started = story.eventsOf('vm-state-changed').filter(({ from, to, vmId }) => {
    return vmId.startsWith('alice') && from === 'HALTED' && to === 'RUNNING';
  });
  expect(started.length).toBeLessThanOrEqual(3);
});

test('what fits is changed as asked: longer, at another time, with more instances', () => {
  const story = tell({ nodes: [node('n1', 4)] });
  story.user('alice').book({ start: '10:00', duration: '2h', instances: 3 });
  const { change } = {
    change: (asked: Parameters<ReturnType<Story['user']>['change']>[0]) => {
      expect(story.user('alice').change(asked).reply).toBe('ACCEPT');
      expect(story.user('alice').answerChange('CONFIRM').reply).toBe('REQUEST_SUCCESS');
      return story.provider.reservation('alice')!.terms;
    },
  };
  // Alice has three CPUs of four from 10 to 12, which are not in her way an hour later, or earlier and with one more.
  expect(change({ start: '11:00' })).toMatchObject({ startMs: 11 * HOUR, durationMs: 2 * HOUR });
  expect(change({ start: '10:30', instances: 4 })).toMatchObject({ numInstancesFixed: 4 });
  expect(change({ duration: '1h' })).toMatchObject({ startMs: 10.5 * HOUR, durationMs: HOUR });
  expect(change({ duration: '4h', instances: 2 })).toMatchObject({
    durationMs: 4 * HOUR,
    numInstancesFixed: 2,
  });
  expect(booked(story)[0]!.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [10.5 * HOUR, 14.5 * HOUR],
    [10.5 * HOUR, 14.5 * HOUR],
  ]);
  story.run();
});

test.each([
  ['declined', (story: Story) => story.user('alice').answerChange('REJECT')],
  ['expired', (story: Story) => story.runUntil('09:10')],
  ['given up for one that is refused', (story: Story) => story.user('alice').change({ instances: 99 })],
])('a change that is %s leaves exactly nothing', (_, undo) => {
  const story = tell({ nodes: [node('n1', 4), node('n2', 4)] });
  story.user('alice').book({ start: '10:00', duration: '2h', instances: 3 });
  story.user('bob').book({ start: '12:00', duration: '2h', instances: 4 });
  story.runUntil('09:00');
  const before = {
    calendar: booked(story),
    dues: story.provider.dues(),
    terms: story.provider.reservation('alice')!.terms,
  };

  expect(story.user('alice').change({ start: '11:00', instances: 4 }).reply).toBe('ACCEPT');
  expect(booked(story)).not.toEqual(before.calendar);
  undo(story);

  const { calendar, dues, terms } = before;
  expect(booked(story)).toEqual(calendar);
  expect(story.provider.dues()).toEqual(dues);
  expect(story.provider.reservation('alice')!.terms).toEqual(terms);
  story.run();
  expect(story.endOf('alice')).toMatchObject({ atMs: 12 * HOUR });
});

test('fewer instances of a running reservation: the last go at once, and their numbers are not given again', () => {
  const story = tell(ONE);
  story.user('alice').book({ start: '10:00', duration: '2h', instances: 3 });
  story.runUntil('10:30');
  story.user('alice').change({ instances: 1 });
  story.user('alice').answerChange('CONFIRM');
  story.runUntil('10:31');
  expect([...story.provider.vms()].map(({ id }) => id)).toEqual(['alice/1']);
  expect(booked(story)[0]).toHaveLength(1);

  story.user('alice').change({ instances: 2 });
  story.user('alice').answerChange('CONFIRM');
  story.runUntil('10:32');
  expect([...story.provider.vms()].map(({ id }) => id)).toEqual(['alice/1', 'alice/4']);
  story.run();
});

test('a running reservation may end earlier, but neither in the past nor from another start', () => {
  const story = tell({ nodes: [node('n1', 4)], manager: { autoActivate: true, shutdownLeadMs: 60_000 } });
  story.user('alice').book({ start: '10:00', duration: '2h' });
  story.runUntil('10:30');
  const alice = story.user('alice');
  expect(alice.change({ duration: '30m' })).toEqual({ reply: 'REJECT', reason: 'end-in-past' });
  expect(alice.change({ start: '10:05' })).toEqual({ reply: 'REJECT', reason: 'window-open' });
  expect(alice.change({ duration: '2h' })).toEqual({ reply: 'REJECT', reason: 'nothing-to-change' });
  expect(alice.change({ duration: '31m' }).reply).toBe('ACCEPT');
  expect(alice.answerChange('CONFIRM').reply).toBe('REQUEST_SUCCESS');
  expect(alice.answerChange('CONFIRM')).toMatchObject({
    reply: 'REQUEST_FAILED',
    reason: 'no-change-on-offer',
  });
  story.run();
  expect(story.endOf('alice')).toMatchObject({ atMs: 10 * HOUR + 31 * 60_000, state: 'EXPIRED' });
});

test('the difference is charged or given back, and never more than was paid', () => {
  const story = tell(ONE);
  story.user('alice').book({ start: '10:00', duration: '2h', instances: 2 });
  const paid = story.provider.reservation('alice')!.priceMicros;
  expect(paid).toBeGreaterThan(0);
  const change = (asked: object) => {
    const reply = story.user('alice').change(asked);
    story.user('alice').answerChange('CONFIRM');
    return reply;
  };
  expect(change({ duration: '3h' })).toMatchObject({ priceMicros: 1.5 * paid, differenceMicros: paid / 2 });
  expect(change({ duration: '3h', instances: 1 })).toMatchObject({ differenceMicros: -0.75 * paid });
  expect(change({ duration: '4h', maxPriceMicros: paid - 1 })).toEqual({
    reply: 'REJECT',
    reason: 'price-too-high',
  });
  story.runUntil('11:00');
  // Two of three hours are left of one instance.
  expect(change({ duration: '2h' })).toMatchObject({ priceMicros: paid / 2, differenceMicros: -paid / 4 });
  expect(story.provider.reservation('alice')!.priceMicros).toBe(paid / 2);
  story.run();
});

test('a node that is lost takes a change with it that was held there, and nothing else', () => {
  const story = tell({ nodes: [node('n1', 4), node('n2', 4)] });
  story.user('alice').book({ start: '10:00', duration: '1h', instances: 4 });
  expect(story.user('alice').change({ instances: 6 }).reply).toBe('ACCEPT');
  const grown = story.provider.reservation('alice')!.change!.nodes.at(-1)!;
  story.command({ name: 'drain', nodeId: grown === 0 ? 'n1' : 'n2', untilMs: null });
  expect(story.provider.reservation('alice')).toMatchObject({ change: undefined, state: 'CONFIRMED' });
  expect(story.user('alice').answerChange('CONFIRM')).toMatchObject({ reason: 'no-change-on-offer' });
  expect(booked(story).flat()).toHaveLength(4);
  story.run();
});

test('a window opens on the terms that are confirmed by then', () => {
  const story = tell(ONE);
  story.user('alice').book({ start: '10:00', duration: '1h' });
  story.runUntil('09:58');
  expect(story.user('alice').change({ start: '11:00' })).toMatchObject({ holdUntilMs: 10 * HOUR });
  story.run();
  expect(story.eventsOf('change-given-up')).toMatchObject([{ atMs: 10 * HOUR, reason: 'hold-expired' }]);
  expect(story.endOf('alice')).toMatchObject({ atMs: 11 * HOUR });
});

test('an activated reservation can be released before its window opens, and not after', () => {
  const story = tell({ nodes: [node('n1', 4)] });
  for (const name of ['alice', 'bob']) {
    story.user(name).book({ start: '10:00' });
    story.user(name).activate();
  }
  expect(story.user('alice').cancel().reply).toBe('REQUEST_SUCCESS');
  expect(story.endOf('alice')).toMatchObject({ state: 'CANCELLED' });
  story.runUntil('10:00');
  expect(story.user('bob').cancel()).toMatchObject({ reply: 'REQUEST_FAILED', reason: 'illegal-in-state' });
  story.run();
});

test('optional instances that are claimed hold the terms as they are; those that are not go along', () => {
  const story = tell({ nodes: [node('n1', 4)], manager: { autoActivate: true } });
  story.user('alice').book({ start: '10:00', duration: '1h', instances: 1, options: 2 });
  story.user('alice').change({ duration: '2h' });
  expect(story.user('alice').answerChange('CONFIRM').reply).toBe('REQUEST_SUCCESS');
  story.runUntil('10:30');
  // A claim comes before a change that is only on offer.
  expect(story.user('alice').change({ duration: '3h' }).reply).toBe('ACCEPT');
  expect(story.user('alice').claim(1)).toBe(1);
  expect(story.user('alice').answerChange('CONFIRM').reply).toBe('REQUEST_FAILED');
  expect([...story.provider.vms()]).toHaveLength(2);
  expect(story.user('alice').change({ duration: '3h' })).toEqual({
    reply: 'REJECT',
    reason: 'options-claimed',
  });
  story.run();
});

test('a provider that goes on from its snapshot has the change that was on offer, held', () => {
  const story = tell({ nodes: [node('n1', 4)] });
  story.user('alice').book({ start: '10:00', duration: '1h', instances: 2 });
  story.user('alice').change({ start: '10:30', instances: 3 });
  const snapshot = JSON.parse(JSON.stringify(story.provider.snapshot()));
  const again = new Provider(story.setup, { keepsTrack: true, snapshot });
  expect(again.snapshot()).toEqual(story.provider.snapshot());
  expect(again.dues()).toEqual(story.provider.dues());
  const commit = again.handle(
    { kind: 'command', command: { name: 'answer-change', reservationId: 'alice', answer: 'CONFIRM' } },
    1,
  );
  expect(commit.reply).toEqual({ reply: 'REQUEST_SUCCESS' });
  story.run();
});
