// The virtual clock as its users see it. That its order is right for every program is shown in
// virtual-clock.prop.test.ts.
import { config, timer } from 'rxjs';
import { afterEach, describe, expect, test } from 'vitest';
import { Phase } from '../../../engine/clock/clock.ts';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';

/** A clock and what ran on it, as `name@time`. */
function loggedClock(startMs?: number) {
  const clock = new VirtualClock(startMs);
  const log: string[] = [];
  const note = (name: string) => () => void log.push(`${name}@${clock.now()}`);
  return { clock, log, note };
}

describe('order', () => {
  test('at one instant phases run in their order, and within a phase what was scheduled first', () => {
    const { clock, log, note } = loggedClock();
    clock.at(10, Phase.Report, note('report'));
    clock.at(10, Phase.Arrival, note('arrival 1'));
    clock.at(10, Phase.Start, note('start'));
    clock.at(10, Phase.Arrival, note('arrival 2'));
    clock.at(10, Phase.Fault, note('fault'));
    timer(10, clock).subscribe(note('operator'));
    clock.at(10, Phase.Release, note('release'));
    clock.at(9, Phase.Report, note('earlier report'));
    clock.run();
    expect(log).toEqual([
      'earlier report@9',
      'release@10',
      'fault@10',
      'operator@10',
      'start@10',
      'arrival 1@10',
      'arrival 2@10',
      'report@10',
    ]);
  });

  test('an action may put another one before the rest of its own instant', () => {
    const { clock, log, note } = loggedClock();
    clock.at(5, Phase.Arrival, () => {
      note('arrival')();
      clock.at(5, Phase.Report, note('report'));
      clock.at(5, Phase.Release, note('release'));
    });
    clock.at(5, Phase.Arrival, note('next arrival'));
    clock.run();
    expect(log).toEqual(['arrival@5', 'release@5', 'next arrival@5', 'report@5']);
  });

  test('a time in the past means now', () => {
    const { clock, log, note } = loggedClock(1000);
    clock.at(2000, Phase.Arrival, () => void clock.at(5, Phase.Release, note('late')));
    clock.run();
    expect(log).toEqual(['late@2000']);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is no time', (timeMs) => {
    const { clock, note } = loggedClock();
    expect(() => clock.at(timeMs, Phase.Arrival, note('never'))).toThrow(RangeError);
    expect(() => clock.runUntil(timeMs)).toThrow(RangeError);
    expect(() => new VirtualClock(timeMs)).toThrow(RangeError);
    expect(clock.pending).toBe(0);
  });
});

describe('cancel', () => {
  test('a cancelled timer does not run, and only the first cancel of a pending timer says true', () => {
    const { clock, log, note } = loggedClock();
    const first = clock.at(1, Phase.Arrival, note('first'));
    const second = clock.at(2, Phase.Arrival, note('second'));
    expect(clock.cancel(first)).toBe(true);
    expect(clock.cancel(first)).toBe(false);
    expect(clock.pending).toBe(1);
    expect(clock.nextTimeMs).toBe(2);
    clock.run();
    expect(clock.cancel(second)).toBe(false);
    expect(log).toEqual(['second@2']);
  });

  test('the handle of a timer that ran does not cancel the one that took its place', () => {
    const { clock, log, note } = loggedClock();
    const old = clock.at(1, Phase.Arrival, note('old'));
    clock.run();
    const handle = clock.at(2, Phase.Arrival, note('new'));
    expect(handle).not.toBe(old);
    expect(clock.cancel(old)).toBe(false);
    clock.run();
    expect(log).toEqual(['old@1', 'new@2']);
  });

  test('an action cannot cancel itself, but can cancel another one of its instant', () => {
    const { clock, log, note } = loggedClock();
    const self: number = clock.at(1, Phase.Start, () => {
      note(`self ${clock.cancel(self)}`)();
      note(`other ${clock.cancel(other)}`)();
    });
    const other = clock.at(1, Phase.Arrival, note('never'));
    clock.run();
    expect(log).toEqual(['self false@1', 'other true@1']);
  });

  test.each([-1, 0.5, 7, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d, never issued, cancels nothing',
    (handle) => {
      const { clock, note } = loggedClock();
      clock.at(1, Phase.Arrival, note('stays'));
      expect(clock.cancel(handle)).toBe(false);
      expect(clock.pending).toBe(1);
    },
  );

  test('a million timers scheduled and cancelled hold no more memory than the few that are live', () => {
    const { clock, log, note } = loggedClock();
    for (let live = 0; live < 50; live++) clock.at(1e9 + live, Phase.Arrival, note('live'));
    for (let round = 0; round < 1e6; round++)
      clock.cancel(clock.at((round * 7919) % 1e6, Phase.Arrival, note('never')));
    expect(clock.pending).toBe(50);
    expect(clock.capacity).toBeLessThanOrEqual(256);
    clock.run();
    expect(log).toHaveLength(50);
  });
});

describe('running', () => {
  test('step runs one action and says whether there was one', () => {
    const { clock, log, note } = loggedClock();
    clock.at(3, Phase.Arrival, note('a'));
    clock.at(3, Phase.Arrival, note('b'));
    expect(clock.step()).toBe(true);
    expect(log).toEqual(['a@3']);
    expect(clock.step()).toBe(true);
    expect(clock.step()).toBe(false);
    expect(clock.dispatched).toBe(2);
    expect(clock.nextTimeMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('runUntil runs what is due at that very time and leaves the clock there', () => {
    const { clock, log, note } = loggedClock();
    clock.at(10, Phase.Arrival, () => {
      note('at')();
      clock.at(10, Phase.Release, note('nested'));
    });
    clock.at(11, Phase.Release, note('after'));
    expect(clock.runUntil(10)).toBe(true);
    expect(log).toEqual(['at@10', 'nested@10']);
    expect(clock.runUntil(10.5)).toBe(true);
    expect(clock.now()).toBe(10.5);
    expect(clock.runUntil(3)).toBe(true);
    expect(clock.now()).toBe(10.5);
    expect(clock.pending).toBe(1);
  });

  test('stop ends the run after the action that calls it, and the next run goes on from there', () => {
    const { clock, log, note } = loggedClock();
    clock.at(1, Phase.Arrival, () => {
      clock.stop();
      note('stopping')();
    });
    clock.at(1, Phase.Arrival, note('same instant'));
    clock.at(2, Phase.Arrival, note('later'));
    expect(clock.runUntil(100)).toBe(false);
    expect(log).toEqual(['stopping@1']);
    expect(clock.now()).toBe(1);
    expect(clock.run()).toBe(true);
    expect(log).toEqual(['stopping@1', 'same instant@1', 'later@2']);
  });

  test('stop outside of a run has no effect on the next one', () => {
    const { clock, log, note } = loggedClock();
    clock.at(1, Phase.Arrival, note('a'));
    clock.stop();
    expect(clock.run()).toBe(true);
    expect(log).toEqual(['a@1']);
  });

  test('an action that runs the clock is a bug, and the clock survives it', () => {
    const { clock, log, note } = loggedClock();
    clock.at(1, Phase.Arrival, () => void clock.step());
    clock.at(2, Phase.Arrival, note('next'));
    expect(() => clock.run()).toThrow(/does not run the clock/);
    clock.run();
    expect(log).toEqual(['next@2']);
  });
});

describe('errors', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  test.each(['step', 'run', 'runUntil'] as const)(
    'what an action throws leaves %s, and the others stay',
    (method) => {
      const { clock, log, note } = loggedClock();
      clock.at(5, Phase.Arrival, () => {
        clock.at(5, Phase.Release, note('added before'));
        throw new Error('broken action');
      });
      clock.at(5, Phase.Arrival, note('same instant'));
      clock.at(6, Phase.Arrival, note('later'));
      expect(() => (method === 'runUntil' ? clock.runUntil(50) : clock[method]())).toThrow('broken action');
      expect({ nowMs: clock.now(), pending: clock.pending, dispatched: clock.dispatched }).toEqual({
        nowMs: 5,
        pending: 3,
        dispatched: 1,
      });
      expect(clock.run()).toBe(true);
      expect(log).toEqual(['added before@5', 'same instant@5', 'later@6']);
    },
  );

  test('work of a scheduled action that throws ends that action and leaves the run', () => {
    const { clock, log, note } = loggedClock();
    const action = clock.schedule(() => {
      throw new Error('broken work');
    }, 5);
    clock.at(6, Phase.Arrival, note('later'));
    expect(() => clock.run()).toThrow('broken work');
    expect(action.closed).toBe(true);
    clock.run();
    expect(log).toEqual(['later@6']);
  });

  test('what a subscribe callback throws does not stop the run: RxJS reports it later', async () => {
    const { clock, log, note } = loggedClock();
    const reported = new Promise((resolve) => {
      config.onUnhandledError = resolve;
    });
    timer(5, clock).subscribe(() => {
      throw new Error('broken observer');
    });
    clock.at(6, Phase.Arrival, note('later'));
    expect(clock.run()).toBe(true);
    expect(log).toEqual(['later@6']);
    expect(await reported).toEqual(new Error('broken observer'));
  });
});
