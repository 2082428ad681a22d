// The wall clock on a fake host. That it decides as the virtual clock does is shown in
// wall-clock.prop.test.ts.
import { timer } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { Phase } from '../../../engine/clock/clock.ts';
import { WallClock, type WallClockOptions } from '../../../engine/clock/wall-clock.ts';
import { FakeHost } from './fake-host.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A clock on a fake host, and what ran on it: `name@clock time, host time`. */
function loggedClock(options: WallClockOptions = {}, host = new FakeHost({ nowMs: 1000 })) {
  const clock = new WallClock(host, options);
  const log: string[] = [];
  const note = (name: string) => () => void log.push(`${name}@${clock.now()}, ${host.now()}`);
  return { clock, host, log, note };
}

describe('time', () => {
  test('starts at the time of the host and follows it', () => {
    const { clock, host } = loggedClock();
    expect(clock.now()).toBe(1000);
    host.advance(250);
    expect(clock.now()).toBe(1250);
  });

  test('speed 60 makes an hour a minute, from any start', () => {
    const { clock, host, log, note } = loggedClock({ speed: 60, startMs: 0 });
    clock.at(hourMs, Phase.Start, note('start'));
    timer(2 * hourMs, clock).subscribe(note('operator'));
    expect(host.delaysMs).toEqual([60_000]);
    host.advance(59_999);
    expect(log).toEqual([]);
    expect(clock.now()).toBe(hourMs - 60);
    host.advance(100_000);
    expect(log).toEqual([`start@${hourMs}, 61000`, `operator@${2 * hourMs}, 121000`]);
  });

  test('a speed that does not divide the milliseconds wakes no earlier than it must', () => {
    const { clock, host, log, note } = loggedClock({ speed: 7, startMs: 0 });
    clock.at(100, Phase.Start, note('start'));
    host.advance(14);
    expect(log).toEqual([]);
    host.advance(1);
    expect(log).toEqual(['start@100, 1015']);
  });

  test.each([{ speed: 0 }, { speed: -1 }, { speed: Number.POSITIVE_INFINITY }, { speed: Number.NaN }])(
    '%j is refused',
    (options) => {
      expect(() => new WallClock(new FakeHost(), options)).toThrow(RangeError);
    },
  );

  test.each([{ startMs: Number.NaN }, { longestWaitMs: 0 }, { longestWaitMs: 2 ** 31 }])(
    '%j is refused',
    (options) => {
      expect(() => new WallClock(new FakeHost(), options)).toThrow(RangeError);
    },
  );
});

describe('waiting', () => {
  test('a wait beyond 2^31 ms is a chain, and ends on time', () => {
    const { clock, host, log, note } = loggedClock({ startMs: 0 });
    clock.at(60 * dayMs, Phase.Start, note('start'));
    host.advance(60 * dayMs - 1);
    expect(log).toEqual([]);
    host.advance(1);
    expect(log).toEqual([`start@${60 * dayMs}, ${60 * dayMs + 1000}`]);
    expect(host.delaysMs).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 60 * dayMs - 2 * (2 ** 31 - 1)]);
  });

  test('one timer of the host is armed at a time, for the earliest', () => {
    const { clock, host, note } = loggedClock({ startMs: 0 });
    clock.at(500, Phase.Start, note('b'));
    clock.at(900, Phase.Start, note('c'));
    const earliest = clock.at(100, Phase.Start, note('a'));
    expect(host.delaysMs).toEqual([500, 100]);
    expect(host.armed).toBe(1);
    clock.cancel(earliest);
    expect(host.delaysMs).toEqual([500, 100, 500]);
    expect(host.armed).toBe(1);
  });

  test('after a jump of the host forwards the next to come wakes it at once, and what is overdue runs first', () => {
    const { clock, host, log, note } = loggedClock({ startMs: 0 });
    clock.at(60_000, Phase.Start, note('overdue'));
    host.setTimeOfDay(1000 + 90_000);
    clock.at(clock.now(), Phase.Arrival, note('command'));
    clock.at(clock.now(), Phase.Arrival, note('another'));
    expect(host.delaysMs).toEqual([60_000, 0]);
    host.advance(0);
    expect(log.map((line) => line.split('@')[0])).toEqual(['overdue', 'command', 'another']);
  });

  test('a batch asks the host for one timer, at its end', () => {
    const { clock, host, note } = loggedClock({ startMs: 0 });
    clock.at(10, Phase.Start, () => {
      for (const timeMs of [90, 80, 70, 10]) clock.at(timeMs, Phase.Start, note('later'));
    });
    host.advance(10);
    expect(host.delaysMs).toEqual([10, 60]);
  });

  test('with nothing pending no timer of the host is armed, so a process may end', () => {
    const { clock, host, note } = loggedClock();
    const only = clock.at(5000, Phase.Start, note('never'));
    expect(clock.cancel(only)).toBe(true);
    expect(clock.cancel(only)).toBe(false);
    expect(host.armed).toBe(0);
    host.advance(10_000);
    expect(clock.pending).toBe(0);
  });

  test('a host that wakes too early is asked again', () => {
    const { clock, host, log, note } = loggedClock({ startMs: 0 });
    clock.at(100, Phase.Start, note('start'));
    host.advance(50);
    host.setTimeOfDay(1020);
    host.advance(50);
    expect(log).toEqual([]);
    host.advance(30);
    expect(log).toEqual(['start@100, 1100']);
  });

  test('close lets go of the host for good, in the middle of a batch too', () => {
    const { clock, host, log, note } = loggedClock({ startMs: 0 });
    clock.at(10, Phase.Start, () => {
      note('closing')();
      clock.close();
    });
    clock.at(10, Phase.Start, note('never'));
    host.advance(20);
    clock.at(15, Phase.Start, note('never'));
    clock.close();
    host.advance(100);
    expect(log).toEqual(['closing@10, 1010']);
    expect(host.armed).toBe(0);
    expect(clock.now()).toBe(120);
  });
});

describe('a late host', () => {
  test('an action runs at its own time, and periodic work does not drift', () => {
    const { clock, host, log } = loggedClock({ startMs: 0 }, new FakeHost({ latenessMs: 13 }));
    timer(100, 100, clock).subscribe((n) => log.push(`${n}@${clock.now()}`));
    host.advance(450);
    expect(log).toEqual(['0@100', '1@200', '2@300', '3@400']);
  });

  test('time does not pass a timer that has not run, so what comes from outside keeps its place', () => {
    const { clock, host, log, note } = loggedClock({ startMs: 0 }, new FakeHost({ latenessMs: 50 }));
    clock.at(100, Phase.Release, note('release'));
    clock.at(120, Phase.Release, note('later release'));
    host.advance(130);
    expect(clock.now()).toBe(100);
    clock.at(clock.now(), Phase.Arrival, note('request'));
    clock.at(clock.now() + 10, Phase.Arrival, note('another'));
    host.advance(100);
    expect(log).toEqual([
      'release@100, 150',
      'request@100, 150',
      'another@110, 150',
      'later release@120, 150',
    ]);
    expect(clock.now()).toBe(230);
  });
});

describe('a host whose time is set', () => {
  test('forwards: all that fell due runs in order, each at its own time', () => {
    const { clock, host, log, note } = loggedClock({ startMs: 0, longestWaitMs: 60_000 });
    clock.at(3 * hourMs, Phase.Start, note('c'));
    clock.at(2 * hourMs, Phase.Start, note('b'));
    clock.at(2 * hourMs, Phase.Release, note('a'));
    host.setTimeOfDay(4 * hourMs);
    expect(clock.now()).toBe(2 * hourMs);
    host.advance(60_000);
    expect(log.map((line) => line.split(',')[0])).toEqual([
      `a@${2 * hourMs}`,
      `b@${2 * hourMs}`,
      `c@${3 * hourMs}`,
    ]);
    expect(clock.now()).toBe(4 * hourMs + 60_000 - 1000);
  });

  test('backwards: time stands still until the host has caught up', () => {
    const { clock, host, log, note } = loggedClock({ startMs: 0 });
    host.advance(500);
    clock.at(600, Phase.Start, note('start'));
    expect(clock.now()).toBe(500);
    host.setTimeOfDay(1200);
    expect(clock.now()).toBe(500);
    clock.at(clock.now(), Phase.Arrival, note('now'));
    host.advance(0);
    expect(log).toEqual(['now@500, 1200']);
    host.advance(399);
    expect(clock.now()).toBe(599);
    host.advance(1);
    expect(log).toEqual(['now@500, 1200', 'start@600, 1600']);
  });
});

describe('errors', () => {
  test('by default an action that throws does so out of the timer of the host, and those behind it run', () => {
    const { clock, host, log, note } = loggedClock({ startMs: 0 });
    clock.at(10, Phase.Start, () => {
      throw new Error('broken action');
    });
    clock.at(10, Phase.Start, note('same instant'));
    clock.at(20, Phase.Start, note('later'));
    expect(() => host.advance(15)).toThrow('broken action');
    host.advance(15);
    expect(log).toEqual(['same instant@10, 1010', 'later@20, 1020']);
  });

  test('onError gets what an action throws, and the batch goes on', () => {
    const errors: unknown[] = [];
    const { clock, host, log, note } = loggedClock({ startMs: 0, onError: (error) => errors.push(error) });
    clock.at(10, Phase.Start, () => {
      throw new Error('broken action');
    });
    clock.at(10, Phase.Start, note('same instant'));
    host.advance(10);
    expect(errors).toEqual([new Error('broken action')]);
    expect(log).toEqual(['same instant@10, 1010']);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is no time', (timeMs) => {
    const { clock, host, note } = loggedClock();
    expect(() => clock.at(timeMs, Phase.Start, note('never'))).toThrow(RangeError);
    expect(host.armed).toBe(0);
  });
});
