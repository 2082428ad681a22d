// When leases of a queue are to begin, as an interval: how it is told, how often it comes true, and that a restart changes nothing.
import { expect, test } from 'vitest';
import { Rng } from '../../../../engine/index.ts';
import { restartingProvider } from '../../../support/restarting-provider.ts';
import { node } from '../../../support/setup.ts';
import { type Story, type StorySettings, type Terms, tell } from '../../../support/story.ts';

const job = (instances: number, duration: string): Terms => ({ kind: 'best-effort', instances, duration });
const HOUR_MS = 3_600_000;
const manager = { startConfidence: 0.9 };

/** Jobs that run for a twentieth of the time that they ask for, or all of it, for more than the cluster can do by day. */
function busyWeeks(count: number, settings: StorySettings = {}): Story {
  const rng = Rng.fromSeed(7).stream('jobs');
  const names = Array.from({ length: count }, (_, i) => `job-${i}`);
  const sizes = names.map((name) => ({
    name,
    instances: rng.integer(1, 6),
    askedMin: rng.integer(30, 210),
    share: 0.05 + 0.95 * rng.next() ** 2,
  }));
  const guests = Object.fromEntries(
    sizes.map(({ askedMin, name, share }) => [name, `${Math.ceil(askedMin * share)}m`]),
  );
  const story = tell({ nodes: [node('n1'), node('n2')], guests, manager, ...settings });
  let minute = 0;
  for (const { askedMin, instances, name } of sizes) {
    const hourOfDay = (minute / 60) % 24;
    minute += Math.ceil(-Math.log(1 - rng.next()) * (hourOfDay < 10 ? 20 : 40));
    story.at(story.ms('00:00') + minute * 60_000).book(name, job(instances, `${askedMin}m`));
  }
  return story;
}

function cameTrue(story: Story): { readonly told: number; readonly share: number } {
  const begun = new Map<string, number>();
  for (const { atMs, reservationId } of story.eventsOf('window-opened'))
    if (!begun.has(reservationId)) begun.set(reservationId, atMs);
  const told = story.eventsOf('start-forecast');
  const isTrue = ({ fromMs, reservationId, toMs }: (typeof told)[number]) =>
    fromMs <= begun.get(reservationId)! && begun.get(reservationId)! <= toMs;
  return { told: told.length, share: told.filter(isTrue).length / told.length };
}

test('nothing is forecast unless the provider is set to', () => {
  const story = busyWeeks(30, { manager: {} }).run();
  expect(story.eventsOf('start-forecast')).toEqual([]);
  expect(story.provider.snapshot()).not.toHaveProperty('forecasts');
});

test('what waits is told an interval, from what runs hardly at all to what runs to its end, and those behind it one of their own', () => {
  const story = tell({ nodes: [node('n1')], manager });
  story.at('09:00').book('first', job(4, '1h'));
  story.at('09:10').book('second', job(4, '2h'));
  story.at('09:20').book('third', job(4, '1h'));
  story.runUntil('09:30');
  // Nothing has run to its end yet: likely everything runs as asked, and it may as well be over in a moment.
  expect(story.eventsOf('start-forecast')).toMatchObject([
    {
      reservationId: 'second',
      fromMs: story.ms('09:10') + 1,
      likelyMs: story.ms('10:00'),
      toMs: story.ms('10:00'),
    },
    {
      reservationId: 'third',
      fromMs: story.ms('09:20') + 2,
      likelyMs: story.ms('12:00'),
      toMs: story.ms('12:00'),
    },
  ]);
  story.run();
});

test('jobs that end early make the interval begin early', () => {
  const guests = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`past-${i}`, i % 2 === 0 ? '6m' : '1h']),
  );
  const story = tell({ nodes: [node('n1')], manager, guests });
  for (let i = 0; i < 10; i += 1)
    story.at(story.ms('00:00') + i * 1.5 * HOUR_MS).book(`past-${i}`, job(4, '1h'));
  story.at('20:00').book('first', job(4, '10h'));
  story.at('20:00').book('second', job(4, '1h'));
  story.runUntil('20:01');
  const [told] = story.eventsOf('start-forecast');
  expect(told).toMatchObject({ reservationId: 'second', toMs: story.ms('20:00') + 10 * HOUR_MS });
  // Half of them ran for a tenth of what they asked for.
  expect(told!.fromMs).toBe(story.ms('21:00'));
  expect(story.provider.queue(story.ms('20:01'))).toMatchObject([
    { reservationId: 'second', position: 1, forecast: { toMs: told!.toMs } },
  ]);
  story.run();
});

test('with a confidence of 0.8, about as many begin within their interval', () => {
  const { share, told } = cameTrue(busyWeeks(320, { manager: { startConfidence: 0.8 } }).run());
  expect(told).toBeGreaterThan(150);
  expect(Math.abs(share - 0.8)).toBeLessThan(0.05);
});

test('a provider that goes on from a snapshot forecasts as before', () => {
  const events = [false, true].map((restarts) =>
    busyWeeks(40, {
      ...(restarts && { providerOf: restartingProvider }),
    })
      .run()
      .eventsOf('start-forecast'),
  );
  expect(events[0]!.length).toBeGreaterThan(10);
  expect(events[1]).toEqual(events[0]);
});
