// What those on the waitlist are told of their turn: by what became of those before them, and the same after a restart.
import { expect, test } from 'vitest';
import { Provider } from '../../../../engine/index.ts';
import { restartingProvider } from '../../../support/restarting-provider.ts';
import { DAY, HOUR, node } from '../../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../../support/story.ts';

const manager = { startConfidence: 0.8 };

/**
 * A day each: somebody has all of the node from ten to twelve, and another waits for it since midnight. Every other day it is called off, at one o'clock,
 * two o'clock … nine o'clock, and again.
 */
function days(count: number, settings: StorySettings = {}): Story {
  const story = tell({ nodes: [node('n1', 4)], manager, ...settings });
  for (let day = 0; day < count; day += 1) {
    const midnightMs = story.ms('00:00') + day * DAY;
    const window = { start: midnightMs + 10 * HOUR, duration: '2h', instances: 4 };
    story.at(midnightMs).book(`has-${day}`, window);
    story.at(midnightMs).request(`waits-${day}`, { ...window, waitUntil: window.start, waitInstead: true });
    if (day % 2 === 0) story.at(midnightMs + (1 + ((day / 2) % 9)) * HOUR).cancel(`has-${day}`);
  }
  return story;
}

const toldOf = (story: Story) => story.eventsOf('waitlist-joined').map(({ likelyTurn }) => likelyTurn);

test('nothing is told unless the provider is set to', () => {
  const story = days(30, { manager: {} }).run();
  expect(toldOf(story).filter((told) => told !== undefined)).toEqual([]);
  expect(story.provider.snapshot()).not.toHaveProperty('forecasts');
});

test('when twenty waits are over, how likely a turn comes is told, and when it comes if it does', () => {
  const story = days(41);
  story.runUntil(story.ms('00:00') + 40 * DAY + 1);
  const told = toldOf(story);
  expect(told.slice(0, 20)).toEqual(Array(20).fill(undefined));
  // Every other one had a turn: two at each hour, and two more at one and at two o'clock, of which one tail may hold two.
  const midnightMs = story.ms('00:00') + 40 * DAY;
  expect(told[40]).toEqual({
    chance: expect.closeTo(0.5, 9),
    fromMs: midnightMs + HOUR,
    toMs: midnightMs + 9 * HOUR,
  });
  expect(story.provider.waitlist(midnightMs)).toMatchObject([{ position: 1, forecast: told[40] }]);
});

test('whoever has waited for long without a turn is told less, and nothing that is over', () => {
  const story = days(41);
  const midnightMs = story.ms('00:00') + 40 * DAY;
  story.runUntil(midnightMs + 2 * HOUR + 1);
  const [waits] = story.provider.waitlist(midnightMs + 2 * HOUR + 1);
  const { chance, fromMs, toMs } = waits!.forecast!;
  expect(chance).toBeLessThan(0.5);
  expect(chance).toBeGreaterThan(0.3);
  expect(fromMs).toBeGreaterThan(midnightMs + 2 * HOUR);
  expect(toMs).toBeLessThanOrEqual(waits!.untilMs);
});

test('of those that asked for about as much, as soon as twenty of them had a turn', () => {
  const story = tell({ manager });
  // Who waits for one CPU has a turn, who waits for eight never has.
  for (let day = 0; day < 25; day += 1) {
    const midnightMs = story.ms('00:00') + day * DAY;
    const window = { start: midnightMs + 10 * HOUR, duration: '2h' };
    const waits = { ...window, waitUntil: window.start, waitInstead: true };
    story.at(midnightMs).book(`has-${day}`, { ...window, instances: 7 });
    story.at(midnightMs).book(`leaves-${day}`, { ...window, instances: 1 });
    story.at(midnightMs).request(`small-${day}`, { ...waits, instances: 1 });
    story.at(midnightMs).request(`large-${day}`, { ...waits, instances: 8 });
    story.at(midnightMs + 4 * HOUR).cancel(`leaves-${day}`);
  }
  story.runUntil(story.ms('00:00') + 24 * DAY + 1);
  const last = story.eventsOf('waitlist-joined').slice(-2);
  expect(last.map(({ likelyTurn, reservationId }) => [reservationId, likelyTurn?.chance])).toEqual([
    ['small-24', expect.closeTo(1, 9)],
    // Too few of its size had a turn: all count.
    ['large-24', expect.closeTo(0.5, 9)],
  ]);
});

test('a provider that goes on from a snapshot tells the same', () => {
  const told = toldOf(days(40).run());
  expect(told.filter((each) => each !== undefined)).toHaveLength(20);
  expect(toldOf(days(40, { providerOf: restartingProvider }).run())).toEqual(told);
});

test('a snapshot of before turns were forecast is gone on from, and learned anew', () => {
  const story = days(30);
  story.runUntil(story.ms('00:00') + 29 * DAY + 1);
  const snapshot = JSON.parse(JSON.stringify(story.provider.snapshot()));
  expect(snapshot.forecasts.waits.length).toBe(30);
  delete snapshot.forecasts.waits;
  const later = new Provider(story.setup, { snapshot });
  expect(later.waitlist(story.clock.now())).toMatchObject([{ reservationId: 'waits-29', position: 1 }]);
  expect(later.waitlist(story.clock.now())[0]).not.toHaveProperty('forecast');
  expect(later.snapshot()).toMatchObject({ forecasts: { waits: [] } });
});
