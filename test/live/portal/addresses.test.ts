import { expect, test } from 'vitest';
import { nextPage } from '../../../live/client/page.ts';
import { offeredCommands } from '../../../live/portal/src/live/offered-commands.ts';
import { ServiceClock } from '../../../live/portal/src/live/service-clock.ts';
import { parseRoute } from '../../../live/portal/src/route.ts';

test('an address is taken apart at its slashes and its question mark', () => {
  const { parts, query } = parseRoute('#/reservations/A%2FB?show=ended');
  expect(parts).toEqual(['reservations', 'A/B']);
  expect(query.get('show')).toBe('ended');
  expect(parseRoute('').parts).toEqual([]);
  expect(parseRoute('#/%E0%A4%A').parts).toEqual(['%E0%A4%A']);
});

test('the next page is found in the Link header', () => {
  expect(nextPage('</OpenPEX/reservations?cursor=a>; rel="next"')).toBe('/OpenPEX/reservations?cursor=a');
  expect(nextPage('<https://pex.example/OpenPEX/x?c=1>; rel=next')).toBe('/OpenPEX/x?c=1');
  expect(nextPage('</OpenPEX/x>; rel="prev"')).toBeNull();
  expect(nextPage(null)).toBeNull();
});

test('of what an instance refuses, only what its state does not explain is shown', () => {
  expect(
    offeredCommands([
      { command: 'start', allowed: false, reason: 'illegal-in-state' },
      { command: 'stop', allowed: true },
      { command: 'resume', allowed: false, reason: 'parked' },
      { command: 'delete', allowed: true },
    ]).map(({ command }) => command),
  ).toEqual(['stop', 'resume', 'delete']);
});

test('service time goes on between readings, at its own speed', () => {
  let real = 1000;
  const clock = new ServiceClock({ timeMs: 500_000, speed: 60 }, () => real);
  real += 2000;
  expect(clock.now()).toBe(620_000);
  // Asked at 3000, answered at 3200: the reading is from about 3100.
  real = 3200;
  clock.set({ timeMs: 700_000, speed: 1 }, 3000);
  expect(clock.now()).toBe(700_100);
});
