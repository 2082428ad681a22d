// Images that are sent before leases begin. A mebibyte a second: an image of 600 MiB takes ten minutes.
import { expect, test } from 'vitest';
import { type ImageSettings, LEASE_KINDS } from '../../../../engine/index.ts';
import { node } from '../../../support/setup.ts';
import { type Story, tell } from '../../../support/story.ts';

const nodes = [node('n1', 1), node('n2', 1), node('n3', 1), node('n4', 1)];

function storyOf(settings: Partial<ImageSettings> = {}, manager = {}): Story {
  const images: ImageSettings = {
    transfer: 'multicast',
    linkMibPerS: 1,
    sizeMib: 600,
    sizeMibByTemplate: new Map(),
    cacheMib: 0,
    isAhead: false,
    ...settings,
  };
  return tell({ nodes, manager: { images, ...manager }, leaseKinds: LEASE_KINDS });
}

/** From when until when each transfer ran, and to which nodes. */
function transfersOf(story: Story): string[] {
  const time = (ms: number) => new Date(ms).toISOString().slice(11, 16);
  return story
    .eventsOf('image-transfer-begun')
    .map(({ atMs, nodeIds, untilMs }) => `${time(atMs)}-${time(untilMs)} ${nodeIds.join(' ')}`);
}

function startsOf(story: Story): Record<string, string> {
  const opened = story.eventsOf('window-opened');
  return Object.fromEntries(
    opened.map(({ atMs, reservationId }) => [reservationId, new Date(atMs).toISOString().slice(11, 16)]),
  );
}

test('an image is sent as late as it can be, the first that is needed first, and once for all nodes of a lease', () => {
  const story = storyOf();
  story.at('08:00').book('later', { start: '10:05', instances: 2 });
  story.at('08:01').book('sooner', { start: '10:00', instances: 2 });
  story.run();
  expect(transfersOf(story)).toEqual(['09:45-09:55 n3 n4', '09:55-10:05 n1 n2']);
  expect(startsOf(story)).toMatchObject({ later: '10:05', sooner: '10:00' });
});

test('unicast takes its time for each node', () => {
  const story = storyOf({ transfer: 'unicast' });
  story.at('08:00').book('three', { start: '10:00', instances: 3 });
  story.run();
  expect(transfersOf(story)).toEqual(['09:30-10:00 n1 n2 n3']);
});

test('a start by which the image cannot be there is not promised: the first is that by which it can', () => {
  const story = storyOf({ sizeMibByTemplate: new Map([['linux', 600]]) });
  story.at('09:00').book('first', { start: '09:10' });
  story.at('09:00').request('second', { start: '09:10' });
  story.run();
  expect(transfersOf(story)[0]).toBe('09:00-09:10 n1');
  expect(story.eventsOf('offer-countered')[0]!.proposal.startMs).toBe(story.ms('09:20'));
  expect(startsOf(story)).toEqual({ first: '09:10' });
});

test('what a node keeps need not be sent again, and what was not used for longest makes room', () => {
  const story = storyOf({ cacheMib: 700 });
  story.at('08:00').book('a', { kind: 'best-effort', duration: '20m', instances: 4 });
  story.at('09:00').book('b', { kind: 'best-effort', duration: '20m', instances: 4 });
  story.at('10:00').book('now', { kind: 'immediate', duration: '20m', instances: 4 });
  story.run();
  expect(startsOf(story)).toEqual({ a: '08:10', b: '09:00', now: '10:00' });
  expect(story.eventsOf('image-supplied').map(({ sent }) => sent)).toEqual([4, 0, 0]);
});

test('a lease of a queue waits for its image, and one that wants the same goes with it', () => {
  const story = storyOf();
  story.at('08:00').book('a', { kind: 'best-effort', instances: 1 });
  story.at('08:01').book('b', { kind: 'best-effort', instances: 1 });
  story.at('08:02').book('c', { kind: 'best-effort', instances: 2 });
  story.run();
  expect(transfersOf(story)).toEqual(['08:00-08:10 n1', '08:10-08:20 n2 n3 n4']);
  expect(startsOf(story)).toEqual({ a: '08:10', b: '08:20', c: '08:20' });
});

test('ahead of their turn, leases of a queue have their image on all nodes, and begin when there is room', () => {
  const story = storyOf({ cacheMib: 700, isAhead: true, sizeMibByTemplate: new Map([['other', 0]]) });
  story.at('08:00').book('full', { start: '08:20', duration: '1h', instances: 4 });
  story.at('08:30').book('waits', { kind: 'best-effort', instances: 4 });
  story.run();
  expect(startsOf(story)).toEqual({ full: '08:20', waits: '09:20' });
});

test('who is cancelled takes no transfer along that others count on, and leaves none that nobody does', () => {
  const story = storyOf({ cacheMib: 700 });
  story.at('08:00').book('first', { start: '10:00', duration: '1h' });
  story.at('08:01').book('again', { start: '11:00', duration: '1h', instances: 4 });
  story.at('08:02').cancel('first');
  story.at('08:03').book('dropped', { start: '13:00', duration: '1h' });
  story.at('08:04').cancel('dropped');
  story.run();
  expect(startsOf(story)).toEqual({ again: '11:00' });
  expect(transfersOf(story).length).toBeLessThanOrEqual(2);
  expect(story.endOf('again')).toMatchObject({ reason: 'window-over' });
});

test('what is on its way for an offer that is asked for anew is not sent again', () => {
  const story = storyOf();
  const user = story.user('alice');
  expect(user.request({ start: '00:05', instances: 2 })).toMatchObject({ reply: 'COUNTER' });
  user.counter({ start: '00:20', instances: 3 });
  user.confirm();
  story.run();
  expect(transfersOf(story)).toEqual(['00:00-00:10 n1 n2', '00:10-00:20 n3']);
});

test('what is confirmed can be extended and moved while its image is on its way, which is not sent again', () => {
  const extended = storyOf();
  extended.at('08:00').book('a', { start: '10:00', duration: '1h' });
  extended.at('09:55').change('a', { duration: '2h' }).confirmChange('a');
  extended.run();
  expect(extended.endOf('a')).toMatchObject({ reason: 'window-over', atMs: extended.ms('12:00') });
  expect(transfersOf(extended)).toEqual(['09:50-10:00 n1']);

  const moved = storyOf();
  moved.at('08:00').book('a', { start: '10:00', duration: '1h' });
  moved.at('09:55').change('a', { start: '10:30' }).confirmChange('a');
  moved.run();
  expect(startsOf(moved)).toEqual({ a: '10:30' });
  expect(transfersOf(moved)).toEqual(['09:50-10:00 n1']);
});

test('an earlier start takes its image along, and what is only on offer leaves none on its way', () => {
  const story = storyOf();
  story.at('08:00').book('a', { start: '10:00' });
  story.at('08:01').change('a', { start: '09:00' }).confirmChange('a');
  story.run();
  expect(startsOf(story)).toEqual({ a: '09:00' });
  expect(transfersOf(story)).toEqual(['08:50-09:00 n1']);

  const declined = storyOf();
  declined.at('08:00').book('a', { start: '10:00' });
  declined.at('08:01').change('a', { start: '09:00' });
  declined.run();
  expect(startsOf(declined)).toEqual({ a: '10:00' });
  expect(transfersOf(declined)).toEqual(['09:50-10:00 n1']);
});

test('more instances begin where their image can be in time, or the terms stay as they were', () => {
  const story = storyOf();
  story.at('08:00').book('a', { start: '10:00' });
  story.at('09:45').change('a', { instances: 3 }).confirmChange('a');
  story.runUntil('09:55');
  expect(story.user('a').change({ instances: 4 })).toEqual({ reply: 'REJECT', reason: 'no-capacity' });
  story.runUntil('10:30');
  // Nobody begins in an open window where the image is not.
  expect(story.user('a').change({ instances: 4 })).toEqual({ reply: 'REJECT', reason: 'no-capacity' });
  story.run();
  expect(transfersOf(story)).toEqual(['09:50-10:00 n1 n2 n3']);
  expect(story.eventsOf('image-supplied')).toMatchObject([{ nodes: 3, sent: 3 }]);
});

test('a start by which the image cannot be there is answered by one by which it can', () => {
  const story = storyOf();
  story.at('08:00').book('a', { start: '10:00' });
  story.at('08:00').change('a', { start: '08:05' });
  story.run();
  expect(story.eventsOf('change-offered')).toMatchObject([
    { reply: 'COUNTER', proposal: { startMs: story.ms('08:10') } },
  ]);
  expect(startsOf(story)).toEqual({ a: '10:00' });
});

test('whoever cannot wait for an image is not told of an outage that there is not', () => {
  const story = storyOf();
  story.runUntil('09:00');
  const terms = { kind: 'deadline', start: '09:00', duration: '1h', deadline: '10:05' };
  expect(story.user('late').request(terms)).toEqual({ reply: 'REJECT', reason: 'no-capacity' });
});
