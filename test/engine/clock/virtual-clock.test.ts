import { expect, test } from 'vitest';
import { timer } from 'rxjs';
import { Phase } from '../../../engine/clock/clock.ts';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';

test('actions run by time, then phase, then order of scheduling', () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const note = (name: string) => () => void log.push(`${name}@${clock.now()}`);
  clock.at(20, Phase.Release, note('late release'));
  clock.at(10, Phase.Report, note('report'));
  clock.at(10, Phase.Arrival, note('arrival'));
  clock.at(10, Phase.Release, note('release'));
  timer(10, clock).subscribe(note('operation'));
  const c = clock.at(10, Phase.Release, note('cancelled'));
  expect(clock.cancel(c)).toBe(true);
  expect(clock.cancel(c)).toBe(false);
  clock.run();
  expect(log).toEqual(['release@10', 'operation@10', 'arrival@10', 'report@10', 'late release@20']);
});
