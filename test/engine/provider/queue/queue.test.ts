// The queue of best-effort leases as its users see it.
import { expect, test } from 'vitest';
import { restarting } from '../../../support/restarting.ts';
import { node } from '../../../support/setup.ts';
import { type Story, type StorySettings, type Terms, tell } from '../../../support/story.ts';

const job = (instances: number, duration: string): Terms => ({ kind: 'best-effort', instances, duration });

/** Who began when. */
const begun = (story: Story) =>
  Object.fromEntries(story.eventsOf('window-opened').map(({ atMs, reservationId }) => [reservationId, atMs]));

/** Four CPUs; `long` needs all that `first` leaves free only in an hour, and `short` is done by then. */
function threeJobs(settings: StorySettings = {}): Story {
  const story = tell({ nodes: [node('n1')], ...settings });
  story.at('09:00').book('first', job(3, '1h'));
  story.at('09:01').book('wide', job(4, '1h'));
  story.at('09:02').book('narrow', job(1, '30m'));
  return story;
}

test('who comes first begins first, by itself, and the others when it is their turn', () => {
  const story = threeJobs({ manager: { backfillReservations: 0 } });
  story.run();
  expect(begun(story)).toEqual({
    first: story.ms('09:00'),
    wide: story.ms('10:00'),
    narrow: story.ms('11:00'),
  });
  expect(story.endOf('narrow')).toMatchObject({ state: 'EXPIRED', noShow: false });
});

test('who delays nobody before them is put in before', () => {
  const story = threeJobs().run();
  expect(begun(story)).toEqual({
    first: story.ms('09:00'),
    wide: story.ms('10:00'),
    narrow: story.ms('09:02'),
  });
});

test('the queue moves on as soon as a job is done, or withdrawn', () => {
  const done = threeJobs({ guests: { first: '20m' } }).run();
  expect(begun(done)).toMatchObject({ wide: done.ms('09:32') });
  const withdrawn = threeJobs({ manager: { backfillReservations: 0 } });
  withdrawn.at('09:10').cancel('wide');
  withdrawn.run();
  expect(withdrawn.endOf('wide')).toMatchObject({ state: 'CANCELLED', reason: 'cancelled-by-user' });
  expect(begun(withdrawn)).toMatchObject({ narrow: withdrawn.ms('09:10') });
});

test('it goes on when a node is back', () => {
  const story = tell({ nodes: [node('n1'), node('n2')] });
  story.at('09:00').fail('n2').book('alice', job(8, '1h'));
  story.at('10:30').return('n2');
  story.run();
  expect(begun(story)).toEqual({ alice: story.ms('10:30') });
});

test('a queue holds no capacity: a window ahead of time is granted, and the queue goes around it', () => {
  const story = threeJobs();
  story.at('09:05').book('reservation', { start: '10:00', duration: '1h', instances: 4 });
  story.run();
  expect(story.eventsOf('reservation-confirmed').at(-1)).toMatchObject({
    reservationId: 'reservation',
    proposal: { startMs: story.ms('10:00') },
  });
  expect(begun(story)).toMatchObject({ reservation: story.ms('10:00'), wide: story.ms('11:00') });
});

test('it is not begun before the start that was asked for', () => {
  const story = tell();
  story.at('09:00').book('alice', { ...job(1, '1h'), start: '09:30' });
  story.run();
  expect(begun(story)).toEqual({ alice: story.ms('09:30') });
});

test('the provider says who waits, in which place, and until when', () => {
  const story = threeJobs({ manager: { backfillReservations: 0 } });
  expect(story.provider.queue(story.ms('09:00'))).toEqual([]);
  story.runUntil('09:30');
  expect(story.provider.queue(story.ms('09:30'))).toEqual([
    { reservationId: 'wide', position: 1, expectedStartMs: story.ms('10:00') },
    { reservationId: 'narrow', position: 2, expectedStartMs: story.ms('11:00') },
  ]);
  expect(story.provider.reservation('wide')).toMatchObject({ state: 'CONFIRMED', instances: [] });
  story.run();
});

test('what does not fit the cluster is refused at once, and so is one with optional instances', () => {
  const story = tell();
  story
    .at('09:00')
    .request('giant', job(9, '1h'))
    .request('maybe', { ...job(1, '1h'), options: 1 });
  story.run();
  expect(story.endOf('giant')).toMatchObject({ reason: 'never-fits' });
  expect(story.endOf('maybe')).toMatchObject({ reason: 'claim-risk' });
});

test.each([0, 1, Number.POSITIVE_INFINITY])(
  'a provider that goes on from a snapshot goes on with its queue (%s reserved)',
  (backfillReservations) => {
    const events = [false, true].map((restarts) => {
      const story = threeJobs({
        manager: { backfillReservations },
        guests: { first: '45m' },
        ...(restarts && { providerOf: restarting }),
      });
      return story.run().events;
    });
    expect(events[1]).toEqual(events[0]);
  },
);
