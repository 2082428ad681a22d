// RxJS time operators on our clocks. The oracle is the same pipeline on RxJS's own VirtualTimeScheduler.
import {
  auditTime,
  bufferTime,
  concatMap,
  debounceTime,
  delay,
  from,
  interval,
  materialize,
  mergeMap,
  type Observable,
  observeOn,
  of,
  range,
  retry,
  type SchedulerLike,
  sampleTime,
  subscribeOn,
  switchMap,
  take,
  takeUntil,
  throttleTime,
  throwError,
  timeInterval,
  timeout,
  timer,
  timestamp,
  VirtualTimeScheduler,
  windowTime,
} from 'rxjs';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../engine/clock/clock.ts';
import { Phase } from '../../../engine/clock/clock.ts';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import { WallClock } from '../../../engine/clock/wall-clock.ts';
import { FakeHost } from './fake-host.ts';

/** Values 0, 1, 2, … with these gaps between them. */
function paced(gapsMs: readonly number[], scheduler: SchedulerLike): Observable<number> {
  return from(gapsMs).pipe(concatMap((gapMs, index) => of(index).pipe(delay(gapMs, scheduler))));
}

const gapsMs = [5, 1, 1, 30, 0, 0, 12, 3, 3, 3, 50, 8];

const pipelines: Record<string, (scheduler: SchedulerLike) => Observable<unknown>> = {
  timer: (s) => timer(7, s),
  'timer that repeats': (s) => timer(7, 3, s).pipe(take(5)),
  'timer at a date': (s) => timer(new Date(25), s),
  interval: (s) => interval(10, s).pipe(take(4)),
  delay: (s) => paced(gapsMs, s).pipe(delay(4, s)),
  debounceTime: (s) => paced(gapsMs, s).pipe(debounceTime(4, s)),
  throttleTime: (s) => paced(gapsMs, s).pipe(throttleTime(4, s, { leading: true, trailing: true })),
  auditTime: (s) => paced(gapsMs, s).pipe(auditTime(4, s)),
  sampleTime: (s) => paced(gapsMs, s).pipe(sampleTime(9, s)),
  bufferTime: (s) => paced(gapsMs, s).pipe(bufferTime(10, s)),
  'bufferTime that overlaps': (s) => paced(gapsMs, s).pipe(bufferTime(10, 4, 3, s)),
  windowTime: (s) =>
    paced(gapsMs, s).pipe(
      windowTime(10, s),
      mergeMap((window, index) =>
        window.pipe(
          timestamp(s),
          materialize(),
          concatMap((n) => of([index, n])),
        ),
      ),
    ),
  timeout: (s) => paced(gapsMs, s).pipe(timeout({ each: 20, scheduler: s })),
  'timeout to another source': (s) =>
    paced(gapsMs, s).pipe(timeout({ each: 20, with: () => timer(2, s), scheduler: s })),
  observeOn: (s) => range(0, 3).pipe(observeOn(s, 6)),
  subscribeOn: (s) => range(0, 3).pipe(subscribeOn(s, 6)),
  'from with a scheduler': (s) => range(0, 3, s),
  retry: (s) => throwError(() => 'down').pipe(retry({ count: 3, delay: (_, n) => timer(n * 10, s) })),
  switchMap: (s) =>
    paced(gapsMs, s).pipe(
      switchMap((value) =>
        interval(2, s).pipe(
          take(3),
          concatMap((n) => of([value, n])),
        ),
      ),
    ),
  takeUntil: (s) => interval(3, s).pipe(takeUntil(timer(12, s))),
  timeInterval: (s) => paced(gapsMs, s).pipe(timeInterval(s)),
};

/** Everything the pipeline said, and when. */
function record(
  pipeline: (scheduler: SchedulerLike) => Observable<unknown>,
  scheduler: SchedulerLike,
): unknown[] {
  const log: unknown[] = [];
  pipeline(scheduler).subscribe({
    next: (value) => log.push([scheduler.now(), 'next', value]),
    error: (error) => log.push([scheduler.now(), 'error', String(error)]),
    complete: () => log.push([scheduler.now(), 'complete']),
  });
  return log;
}

describe.each(Object.entries(pipelines))('%s', (_, pipeline) => {
  const stock = new VirtualTimeScheduler();
  const expected = record(pipeline, stock);
  stock.flush();

  test('runs on the virtual clock as on the scheduler of RxJS', () => {
    const clock = new VirtualClock();
    const log = record(pipeline, clock);
    clock.run();
    expect(log).toEqual(expected);
    expect(expected).not.toEqual([]);
  });

  test('runs on the wall clock at the same times, however late the host is', () => {
    const host = new FakeHost({ latenessMs: 17 });
    const clock = new WallClock(host, { startMs: 0 });
    const log = record(pipeline, clock);
    host.advance(5000);
    expect(log).toEqual(expected);
    expect(clock.pending).toBe(0);
  });
});

describe('a scheduled action', () => {
  test('gets its state, and may schedule itself again with another delay and state', () => {
    const clock = new VirtualClock();
    const log: unknown[] = [];
    clock.schedule<number>(
      function (left) {
        log.push([clock.now(), left]);
        if (left! > 0) this.schedule(left! - 1, left! * 10);
      },
      5,
      2,
    );
    clock.run();
    expect(log).toEqual([
      [5, 2],
      [25, 1],
      [35, 0],
    ]);
  });

  test('that is scheduled again before it ran runs once, at the later choice', () => {
    const clock = new VirtualClock();
    const log: unknown[] = [];
    let action: { schedule(state?: string, delayMs?: number): unknown } | undefined;
    clock.schedule<string>(function (state) {
      log.push([clock.now(), state]);
      action ??= this;
    });
    clock.run();
    action?.schedule('first', 10);
    action?.schedule('second', 20);
    expect(clock.pending).toBe(1);
    clock.run();
    expect(log).toEqual([
      [0, undefined],
      [20, 'second'],
    ]);
  });

  test('unsubscribed leaves nothing pending, not even when it happens in its own run', () => {
    const clock = new VirtualClock();
    let runs = 0;
    clock.schedule(() => runs++, 10).unsubscribe();
    clock.schedule(function () {
      runs++;
      this.schedule(undefined, 5);
      this.unsubscribe();
      this.schedule(undefined, 5);
    }, 10);
    expect(clock.pending).toBe(1);
    clock.run();
    expect(runs).toBe(1);
  });

  test('with an infinite delay never runs and costs no timer', () => {
    const clock = new VirtualClock();
    const subscription = timer(Number.POSITIVE_INFINITY, clock).subscribe();
    expect(clock.pending).toBe(0);
    subscription.unsubscribe();
    expect(() => clock.schedule(() => {}, Number.NaN)).toThrow(RangeError);
  });

  test('runs after what is released at its instant and before what arrives', () => {
    const clock: Clock & { run(): boolean } = new VirtualClock();
    const log: string[] = [];
    clock.at(1, Phase.Arrival, () => log.push('arrival'));
    timer(1, clock).subscribe(() => log.push('operator'));
    clock.at(1, Phase.Release, () => log.push('release'));
    clock.run();
    expect(log).toEqual(['release', 'operator', 'arrival']);
  });
});
