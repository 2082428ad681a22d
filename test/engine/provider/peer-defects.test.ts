// Situations in which Haizea is known to fail, and what is right there. What else there is of them is told where its subject is: restarts and
// re-placement in queue/giving-way.test.ts and placement/re-placement.prop.test.ts, slowdown in the checker of reports.
import { expect, test } from 'vitest';
import { Suspension } from '../../../engine/provider/leases/suspension.ts';
import { node, policy } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const nodes = [node('n1', 1), node('n2', 1), node('n3', 1), node('n4', 1)];
const youngest = { preemption: policy('preemption', 'youngest') };

test('a reservation whose start has passed is refused, and the provider goes on', () => {
  const story = tell({ nodes });
  story.at('10:00').request('late', { start: '09:00', duration: '2h' });
  story.at('10:01').book('next', { start: '11:00', duration: '1h' });
  story.run();
  expect(story.endOf('late')).toMatchObject({ reason: 'start-in-past' });
  expect(story.endOf('next')).toMatchObject({ reason: 'window-over' });
});

test.each(['best-effort', 'preemptible'])(
  'a %s lease larger than the site is refused, and the queue behind it goes on',
  (kind) => {
    for (const backfillReservations of [0, 1, Number.POSITIVE_INFINITY]) {
      const story = tell({ nodes, manager: { backfillReservations } });
      story.at('10:00').request('giant', { kind, instances: 5, duration: '1h' });
      story.at('10:01').book('next', { kind, instances: 4, duration: '1h' });
      story.run();
      expect(story.endOf('giant')).toMatchObject({ reason: 'never-fits' });
      expect(story.eventsOf('window-opened').map(({ reservationId }) => reservationId)).toEqual(['next']);
    }
  },
);

test('the youngest gives way first, and who is not preemptible never does', () => {
  const story = tell({ nodes, policies: youngest });
  story.at('08:00').book('kept', { kind: 'best-effort', duration: '9h' });
  story.at('08:01').book('old', { kind: 'preemptible', duration: '9h' });
  story.at('08:02').book('young', { kind: 'preemptible', duration: '9h' });
  story.at('09:00').book('reservation', { start: '10:00', duration: '1h', instances: 2 });
  story.at('09:01').request('greedy', { start: '10:00', duration: '1h', instances: 2 });
  story.run();
  // One node was free: the youngest is enough. The second request would need the one that may not be interrupted.
  expect(story.eventsOf('lease-gives-way').map(({ reservationId }) => reservationId)).toEqual(['young']);
  expect(story.endOf('greedy')).not.toMatchObject({ reason: 'window-over' });
  expect(story.endOf('kept')).toMatchObject({ atMs: story.ms('17:00'), reason: 'window-over' });
});

test('nodes that suspend beside each other take no longer when there are more of them', () => {
  const settings = {
    suspendMibPerS: 50,
    resumeMibPerS: 50,
    enactmentMs: 0,
    exclusion: 'node',
    threshold: 1,
  } as const;
  const site = Array.from({ length: 16 }, (_, i) => node(`n${i}`, 1, 1024));
  const demand = { milliCpus: 1000, memoryMib: 1024, diskGib: 0 };
  const times = [1, 16].map((numInstancesFixed) =>
    new Suspension(settings, site).timesFor({ demand, numInstancesFixed }),
  );
  expect(times[1]).toEqual({ suspendMs: 20_480, resumeMs: 20_480, shortestRunMs: 40_960 });
  expect(times[0]).toEqual(times[1]);
});
