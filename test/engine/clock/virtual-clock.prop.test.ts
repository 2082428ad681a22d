// The virtual clock against two oracles, on random programs: RxJS's own VirtualTimeScheduler, and, for what
// that lacks (phases, handles, running in pieces), a list that is searched for its minimum.
import fc from 'fast-check';
import { type SchedulerAction, type SchedulerLike, VirtualTimeScheduler } from 'rxjs';
import { expect, test } from 'vitest';
import { Phase } from '../../../engine/clock/clock.ts';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import { runs } from '../../support/fast-check.ts';
import { clockMachine, type Machine, programs, start } from './program.ts';

test('RxJS work runs on the clock exactly as on the VirtualTimeScheduler of RxJS', () => {
  fc.assert(
    fc.property(programs({ phases: false }), (program) => {
      const stock = new VirtualTimeScheduler();
      const expected = start(program, rxjsMachine(stock));
      stock.flush();

      const clock = new VirtualClock();
      const log = start(program, rxjsMachine(clock));
      clock.run();
      expect(log).toEqual(expected);
      expect(clock.now()).toBe(stock.now());
      expect(clock.pending).toBe(0);
    }),
    { numRuns: runs(2000) },
  );
});

test('timers run in the order of a list searched for the least (time, phase, sequence), in whatever pieces the clock runs', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('step' as const) }),
      fc.record({ kind: fc.constant('until' as const), aheadMs: fc.integer({ min: -2, max: 40 }) }),
    ),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(
      programs({ phases: true }),
      pieces,
      fc.integer({ min: -5, max: 5 }),
      (program, pieces, startMs) => {
        const naive = new NaiveClock(startMs);
        const expected = start(program, clockMachine(naive));
        const clock = new VirtualClock(startMs);
        const log = start(program, clockMachine(clock));
        for (const piece of pieces) {
          if (piece.kind === 'step') expect(clock.step()).toBe(naive.step());
          else {
            clock.runUntil(clock.now() + piece.aheadMs);
            naive.runUntil(naive.now() + piece.aheadMs);
          }
          expect(log).toEqual(expected);
          expect(clock.now()).toBe(naive.now());
          expect(clock.pending).toBe(naive.timers.length);
          expect(clock.nextTimeMs).toBe(naive.next()?.timeMs ?? Number.POSITIVE_INFINITY);
        }
        clock.run();
        while (naive.step());
        expect(log).toEqual(expected);
        expect(clock.now()).toBe(naive.now());
      },
    ),
    { numRuns: runs(2000) },
  );
});

test('thousands of timers of which most are cancelled come in order', () => {
  const timers = fc.array(
    fc.record({
      timeMs: fc.nat(1000),
      phase: fc.constantFrom(...Object.values(Phase)),
      cancelled: fc.nat(3),
    }),
    {
      minLength: 500,
      maxLength: 3000,
      size: 'max',
    },
  );
  fc.assert(
    fc.property(timers, (timers) => {
      const clock = new VirtualClock();
      const log: number[] = [];
      const handles = timers.map(({ timeMs, phase }, index) =>
        clock.at(timeMs, phase, () => void log.push(index)),
      );
      for (const [index, { cancelled }] of timers.entries()) if (cancelled > 0) clock.cancel(handles[index]!);
      clock.run();
      const expected = timers
        .map((timer, index) => ({ ...timer, index }))
        .filter(({ cancelled }) => cancelled === 0)
        .sort((a, b) => a.timeMs - b.timeMs || a.phase - b.phase || a.index - b.index)
        .map(({ index }) => index);
      expect(log).toEqual(expected);
      expect(clock.dispatched).toBe(expected.length);
    }),
    { numRuns: runs(50) },
  );
});

/**
 * Through `schedule` alone, as an RxJS operator works: repetition by re-scheduling the action, cancellation
 * by its subscription.
 */
function rxjsMachine(scheduler: SchedulerLike): Machine {
  return {
    now: () => scheduler.now(),
    schedule(delayMs, _phase, work) {
      const subscription = scheduler.schedule(function (this: SchedulerAction<void>) {
        const againMs = work();
        if (againMs !== undefined) this.schedule(undefined, againMs);
      }, delayMs);
      return () => {
        subscription.unsubscribe();
        return undefined;
      };
    },
  };
}

class NaiveClock {
  readonly timers: { timeMs: number; phase: Phase; sequence: number; action: () => void }[] = [];
  private instantMs: number;
  private sequence = 0;

  constructor(startMs: number) {
    this.instantMs = startMs;
  }

  now(): number {
    return this.instantMs;
  }

  at(timeMs: number, phase: Phase, action: () => void): number {
    this.timers.push({ timeMs: Math.max(timeMs, this.instantMs), phase, sequence: this.sequence, action });
    return this.sequence++;
  }

  cancel(sequence: number): boolean {
    const index = this.timers.findIndex((timer) => timer.sequence === sequence);
    if (index >= 0) this.timers.splice(index, 1);
    return index >= 0;
  }

  next() {
    return this.timers.toSorted(
      (a, b) => a.timeMs - b.timeMs || a.phase - b.phase || a.sequence - b.sequence,
    )[0];
  }

  step(): boolean {
    const timer = this.next();
    if (timer === undefined) return false;
    this.cancel(timer.sequence);
    this.instantMs = timer.timeMs;
    timer.action();
    return true;
  }

  runUntil(timeMs: number): void {
    while ((this.next()?.timeMs ?? Number.POSITIVE_INFINITY) <= timeMs) this.step();
    this.instantMs = Math.max(this.instantMs, timeMs);
  }
}
