// What giving way costs the leases of the queue, counted by hand.
import { expect, test } from 'vitest';
import { node, policy } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';
import { measureEvents } from '../measure.ts';

/** 768 MiB at 12.8 MiB/s: a minute to suspend, a minute to resume. */
const suspension = {
  suspendMibPerS: 12.8,
  resumeMibPerS: 12.8,
  enactmentMs: 0,
  exclusion: 'node',
  threshold: 1,
} as const;

function queueOf(story: Story) {
  story.run();
  const start = { startMs: story.ms('00:00'), measuredFromMs: story.ms('00:00') };
  return measureEvents(story.events, { ...start, endMs: story.events.at(-1)!.atMs }).figures.queue;
}

test('a lease of two VMs that is suspended for a reservation was suspended once, and lost nothing', () => {
  const story = tell({ nodes: [node('n1', 1), node('n2', 1)], manager: { suspension } });
  story.at('08:00').book('reservation', { start: '10:00', duration: '1h', instances: 2 });
  story.at('09:00').book('alice', { kind: 'preemptible', instances: 2, duration: '2h' });
  expect(queueOf(story)).toMatchObject({ suspensions: 1, restarts: 0, wastedCpuMs: 0 });
});

test('one that has no time to be suspended begins again: half an hour of one CPU was in vain', () => {
  const story = tell({
    nodes: [node('n1', 1)],
    policies: { preemption: policy('preemption', 'youngest') },
  });
  story.at('09:00').book('alice', { kind: 'preemptible', duration: '4h' });
  story.at('09:30').book('now', { duration: '1h' });
  expect(queueOf(story)).toMatchObject({ suspensions: 0, restarts: 1, wastedCpuMs: 1_800_000 });
});
