// Leases with a deadline, and leases within limits, told as stories.
import { expect, test } from 'vitest';
import { LEASE_KINDS } from '../../../../engine/index.ts';
import { node } from '../../../support/setup.ts';
import { tell } from '../../../support/story.ts';

/** One node of four CPUs that is taken from ten to twelve. */
function taken(instances: number) {
  const story = tell({ nodes: [node('n1', 4)], leaseKinds: LEASE_KINDS });
  story.user('early').request({ start: '10:00', duration: '2h', instances });
  story.user('early').confirm();
  return story;
}

test('a lease with a deadline gets the first start from which it ends in time, or none', () => {
  const story = taken(4);
  const asked = { kind: 'deadline', start: '10:00', duration: '2h', instances: 2 };
  expect(story.user('late').request({ ...asked, deadline: '13:59' })).toMatchObject({
    reply: 'REJECT',
    reason: 'no-capacity',
  });
  expect(story.user('wide').request({ ...asked, deadline: '11:59' })).toMatchObject({
    reply: 'REJECT',
    reason: 'misses-deadline',
  });
  expect(story.user('bob').request({ ...asked, deadline: '14:00' })).toMatchObject({
    reply: 'COUNTER',
    proposal: { startMs: story.ms('12:00'), kind: 'deadline' },
  });
});

test('a lease within limits gets as many instances as there are, then as long, then as early', () => {
  const story = taken(3);
  const asked = { kind: 'flexible', start: '09:00', duration: '4h', instances: 3, latestStart: '09:30' };
  const terms = (instances: number, hours: number) => ({
    reply: 'COUNTER',
    proposal: { startMs: story.ms('09:00'), numInstancesFixed: instances, durationMs: hours * 3_600_000 },
  });
  const user = story.user('bob');
  expect(user.request({ ...asked, minDuration: '30m', minInstances: 1 })).toMatchObject(terms(3, 1));
  user.reject();
  const wide = story.user('cleo');
  expect(wide.request({ ...asked, minDuration: '2h', minInstances: 1 })).toMatchObject(terms(1, 4));
  wide.reject();
  expect(story.user('dora').request({ ...asked, minDuration: '2h' })).toMatchObject({ reply: 'REJECT' });
});

test('what was agreed can be changed beyond the deadline: the user has other plans now', () => {
  const story = taken(4);
  const user = story.user('bob');
  user.request({ kind: 'deadline', start: '08:00', duration: '2h', deadline: '10:00' });
  user.confirm();
  expect(user.change({ start: '12:00' })).toMatchObject({
    reply: 'ACCEPT',
    proposal: { startMs: story.ms('12:00') },
  });
});

test('a larger cluster than there is, a duration beyond the longest: only the least must be possible', () => {
  const story = tell({
    nodes: [node('n1', 4)],
    leaseKinds: LEASE_KINDS,
    manager: { longestDurationMs: 3_600_000 },
  });
  const asked = { kind: 'flexible', duration: '4h', instances: 9 };
  expect(story.user('a').request({ ...asked, minDuration: '30m' })).toMatchObject({ reason: 'never-fits' });
  expect(story.user('b').request({ ...asked, minInstances: 1 })).toMatchObject({ reason: 'too-long' });
  expect(story.user('c').request({ ...asked, minInstances: 1, minDuration: '30m' })).toMatchObject({
    reply: 'COUNTER',
    proposal: { numInstancesFixed: 4, durationMs: 3_600_000 },
  });
});

test('a deadline that leaves less than the shortest window of the provider is missed', () => {
  const story = tell({
    nodes: [node('n1', 4)],
    leaseKinds: LEASE_KINDS,
    manager: { shortestDurationMs: 3_600_000 },
  });
  const asked = { kind: 'flexible', start: '10:00', duration: '2h', minDuration: '10m' };
  expect(story.user('a').request({ ...asked, deadline: '10:59' })).toMatchObject({
    reply: 'REJECT',
    reason: 'misses-deadline',
  });
  expect(story.user('b').request({ ...asked, deadline: '11:00' })).toMatchObject({
    reply: 'COUNTER',
    proposal: { startMs: story.ms('10:00'), durationMs: 3_600_000 },
  });
});
