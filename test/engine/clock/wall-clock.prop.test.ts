// One program leaves the same log on the wall clock as on the virtual one, whatever the host does: late
// timers, a time of day that is set either way, any speed, and questions for the time in between.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import { WallClock } from '../../../engine/clock/wall-clock.ts';
import { runs } from '../../support/fast-check.ts';
import { FakeHost } from './fake-host.ts';
import { clockMachine, programs, start } from './program.ts';

const whims = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(100) }),
    fc.record({ kind: fc.constant('set time' as const), byMs: fc.integer({ min: -200, max: 200 }) }),
    fc.record({ kind: fc.constant('ask' as const) }),
  ),
  { maxLength: 30 },
);

test('the wall clock runs a program as the virtual clock does, and its time never goes back', () => {
  fc.assert(
    fc.property(
      programs({ phases: true }),
      whims,
      fc.nat(30),
      fc.constantFrom(0.3, 1, 7, 60),
      fc.integer({ min: 1, max: 50 }),
      (program, whims, latenessMs, speed, longestWaitMs) => {
        const virtual = new VirtualClock(0);
        const expected = start(program, clockMachine(virtual));
        virtual.run();

        const host = new FakeHost({ nowMs: 1e6, latenessMs });
        const clock = new WallClock(host, { startMs: 0, speed, longestWaitMs });
        const log = start(program, clockMachine(clock));
        let latestMs = 0;
        for (const whim of whims) {
          if (whim.kind === 'wait') host.advance(whim.ms);
          if (whim.kind === 'set time') host.setTimeOfDay(host.now() + whim.byMs);
          if (whim.kind === 'ask') {
            expect(clock.now()).toBeGreaterThanOrEqual(latestMs);
            latestMs = clock.now();
          }
          expect(log).toEqual(expected.slice(0, log.length));
        }
        host.advance(100_000);
        expect(log).toEqual(expected);
        expect(clock.pending).toBe(0);
        expect(host.armed).toBe(0);
      },
    ),
    { numRuns: runs(1500) },
  );
});
