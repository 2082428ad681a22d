// Migrations over a distance, with the disk: by hand, and against a count of the same by small steps.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  alone,
  type Course,
  NO_COMPRESSION,
} from '../../../../engine/hypervisor/simulated/migration/course.ts';
import { withDisk } from '../../../../engine/hypervisor/simulated/migration/disk.ts';
import { overDistance } from '../../../../engine/hypervisor/simulated/migration/distance.ts';
import { MIGRATION_MODELS, migrationModel } from '../../../../engine/index.ts';
import { runs } from '../../../support/fast-check.ts';
import { migration } from './migrations.ts';

const MB = 1e6;
const LINK = 10 * MB;
const STOP = { fewBytes: 5 * MB, maxRounds: 20 };

const copying = MIGRATION_MODELS.filter(({ course }) => course !== undefined);

function memory(model: string, { bytes = 100 * MB, dirtyPagesPerS = 0 } = {}): Course {
  return migrationModel(model).course!(migration({ bytes, dirtyPagesPerS }, LINK));
}

describe('the disk', () => {
  test('is copied in rounds before memory, and what is written during memory while the guest stands still', () => {
    const disk = { bytes: 1000 * MB, writtenBytesPerS: MB, workingSetBytes: 1000 * MB };
    const { downtimeS, outcome, rounds, seconds, wireBytes } = alone(
      withDisk(memory('stop-and-copy'), disk, STOP),
      NO_COMPRESSION,
      LINK,
    );
    // 1000 MB in 100 s leave 100 MB, 10 s leave 10 MB, 1 s leaves 1 MB, which is few; then it and 100 MB of memory.
    expect(rounds).toBe(3);
    expect(wireBytes).toBeCloseTo((1000 + 100 + 10 + 1 + 100) * MB, 0);
    expect(seconds).toBeCloseTo(121.1, 6);
    expect(downtimeS).toBeCloseTo(10.1, 6);
    expect(outcome).toEqual({ reason: 'by-design', isConverged: true });
  });

  test('of a guest that goes ahead of its memory is there before it', () => {
    const disk = { bytes: 100 * MB, writtenBytesPerS: MB, workingSetBytes: 50 * MB };
    const walk = withDisk(memory('post-copy'), disk, STOP);
    const places: string[] = [];
    for (let step = walk.next(0); step.done !== true; step = walk.next(1)) places.push(step.value.guest);
    expect(places).toEqual(['at-source', 'nowhere', 'nowhere', 'split']);
  });

  test.each([
    ['no-progress', { writtenBytesPerS: 2 * LINK, workingSetBytes: 400 * MB }, 20],
    ['max-iterations', { writtenBytesPerS: 0.9 * LINK, workingSetBytes: 1000 * MB }, 5],
  ] as const)('that does not shrink is never called converged: %s', (reason, written, maxRounds) => {
    const course = withDisk(memory('xen'), { bytes: 1000 * MB, ...written }, { ...STOP, maxRounds });
    expect(alone(course, NO_COMPRESSION, LINK).outcome).toEqual({ reason, isConverged: false });
  });

  test('that shrinks does not make memory converge that does not', () => {
    const disk = { bytes: 100 * MB, writtenBytesPerS: 0, workingSetBytes: 0 };
    const course = withDisk(memory('xen', { dirtyPagesPerS: 1e6 }), disk, STOP);
    expect(alone(course, NO_COMPRESSION, LINK).outcome.isConverged).toBe(false);
  });

  test('is not compressed with memory', () => {
    const disk = { bytes: 100 * MB, writtenBytesPerS: 0, workingSetBytes: 0 };
    const half = { ratio: 0.5, bytesPerS: Number.POSITIVE_INFINITY, batchHeaderBytes: 0 };
    const { wireBytes } = alone(withDisk(memory('stop-and-copy'), disk, STOP), half, LINK);
    expect(wireBytes).toBeCloseTo(150 * MB, 0);
  });
});

describe('distance', () => {
  test('costs a round trip before and one at the end, and no more than a window is under way in one', () => {
    const link = { rttMs: 100, windowBytes: MB / 2 };
    const { downtimeS, seconds } = alone(overDistance(memory('stop-and-copy'), link), NO_COMPRESSION, LINK);
    // 0.5 MB for each 100 ms are 5 MB/s, of a link of 10.
    expect(seconds).toBeCloseTo(20.2, 6);
    expect(downtimeS).toBeCloseTo(20.1, 6);
  });

  test.each(copying.map(({ name }) => name))('of nothing changes nothing: %s', (model) => {
    const near = { rttMs: 0, windowBytes: 1 };
    const one = () => memory(model, { dirtyPagesPerS: 500 });
    expect(alone(overDistance(one(), near), NO_COMPRESSION, LINK)).toEqual(
      alone(one(), NO_COMPRESSION, LINK),
    );
  });
});

const GUESTS = fc.record({
  model: fc.constantFrom(...copying.map(({ name }) => name)),
  megabytes: fc.integer({ min: 1, max: 400 }),
  dirtyPagesPerS: fc.integer({ min: 0, max: 4000 }),
  diskMb: fc.integer({ min: 0, max: 2000 }),
  writtenMbPerS: fc.double({ min: 0, max: 20, noNaN: true }),
  workingShare: fc.double({ min: 0, max: 1, noNaN: true }),
  rttMs: fc.integer({ min: 0, max: 300 }),
});

test('a longer way, a larger disk and a guest that writes more never make a migration shorter, or converge', () => {
  fc.assert(
    fc.property(GUESTS, (guest) => {
      const { dirtyPagesPerS, diskMb, megabytes, model, rttMs, workingShare, writtenMbPerS } = guest;
      const of = (disk: { mb: number; writtenMbPerS: number }, delayMs: number) =>
        alone(
          overDistance(
            withDisk(
              memory(model, { bytes: megabytes * MB, dirtyPagesPerS }),
              {
                bytes: disk.mb * MB,
                writtenBytesPerS: disk.writtenMbPerS * MB,
                workingSetBytes: disk.mb * MB * workingShare,
              },
              STOP,
            ),
            { rttMs: delayMs, windowBytes: Number.POSITIVE_INFINITY },
          ),
          NO_COMPRESSION,
          LINK,
        );
      const diskless = of({ mb: 0, writtenMbPerS: 0 }, 0);
      const quiet = of({ mb: diskMb, writtenMbPerS: 0 }, 0);
      const whole = of({ mb: diskMb, writtenMbPerS }, 0);
      const slack = 1 + 1e-9;
      expect(quiet.seconds).toBeGreaterThanOrEqual(diskless.seconds / slack);
      expect(whole.seconds).toBeGreaterThanOrEqual(quiet.seconds / slack);
      expect(whole.wireBytes).toBeGreaterThanOrEqual((diskMb * MB + diskless.wireBytes) / slack);
      expect(whole.downtimeS).toBeGreaterThanOrEqual(diskless.downtimeS / slack);
      if (!diskless.outcome.isConverged) expect(whole.outcome.isConverged).toBe(false);
      if (diskMb > 0 && writtenMbPerS * MB * (1 - 1e-9) > LINK && diskMb * workingShare * MB > STOP.fewBytes)
        expect(whole.outcome.isConverged).toBe(false);
      // One round trip before and one while the guest stands still.
      const far = of({ mb: diskMb, writtenMbPerS }, rttMs);
      expect(far.seconds).toBeCloseTo(whole.seconds + (2 * rttMs) / 1000, 6);
      expect(far.downtimeS).toBeCloseTo(whole.downtimeS + rttMs / 1000, 6);
      expect(far.outcome).toEqual(whole.outcome);
    }),
    { numRuns: runs(100) },
  );
});
