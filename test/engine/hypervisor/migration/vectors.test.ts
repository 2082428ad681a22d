// The models against figures that were computed apart from them, and against those of the papers as far as these were read.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { recorded } from '../../../../engine/hypervisor/simulated/migration/akoush-hist.ts';
import {
  alone,
  type Compression,
  type Course,
  type MigrationSums,
  NO_COMPRESSION,
  onTheWire,
  PAGE_BYTES,
  type Stage,
  Walk,
} from '../../../../engine/hypervisor/simulated/migration/course.ts';
import { preCopy } from '../../../../engine/hypervisor/simulated/migration/pre-copy.ts';
import { type Migration, migrationModel } from '../../../../engine/index.ts';
import { migration } from './migrations.ts';

const VECTORS = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'));
const MIB = 2 ** 20;
const MBIT = 1e6 / 8;
const ON_ITS_OWN = { beforeS: 0, afterS: 0, mostBytesPerS: Number.POSITIVE_INFINITY };

/** Whatever a vector has. */
// biome-ignore lint/suspicious/noExplicitAny: read from a file, each table of its own form
type Vector = any;

function run(model: string, of: Migration, compression: Compression = NO_COMPRESSION): MigrationSums {
  return alone(migrationModel(model).course!(of), compression, of.linkBytesPerS);
}

/** What goes over the wire in each stage. */
function sendingOf(
  course: Course,
  compression: Compression,
  linkBytesPerS: number,
): Extract<Stage, { kind: 'send' }>[] {
  const walk = new Walk(course, compression);
  const stages: Extract<Stage, { kind: 'send' }>[] = [];
  for (let tookS = 0; ; ) {
    const next = walk.next(tookS);
    if ('outcome' in next) return stages;
    if (next.kind === 'send') stages.push(next);
    tookS = next.kind === 'wait' ? next.seconds : next.bytes / Math.min(next.mostBytesPerS, linkBytesPerS);
  }
}

/** Within 1e-9 of it. */
const near = (expected: number) =>
  expect.toSatisfy(
    (actual) =>
      typeof actual === 'number' && Math.abs(actual - expected) <= 1e-9 * Math.max(1e-3, Math.abs(expected)),
    `near ${expected}`,
  );

describe('pre-copy of Xen', () => {
  for (const { expect: found, input, name } of VECTORS.xen) {
    const trace: number[] | null = input.dirtyTracePagesPerS;
    test(`${name}, stop check on what was ${input.stopCheck}`, () => {
      const linkBytesPerS = input.linkMbitPerS * MBIT;
      const stop = { check: input.stopCheck, fewPages: 50, maxRounds: 29, maxFactor: 3 };
      const of = migration(
        {
          bytes: input.memMiB * MIB,
          dirtyPagesPerS: input.dirtyPagesPerS ?? 0,
          workingSetPages: input.writableWorkingSetPages,
        },
        linkBytesPerS,
        { stop, beforeMs: input.preOverheadS * 1000, afterMs: input.postOverheadS * 1000 },
      );
      const compression = {
        ratio: input.wireBytesPerSourceByte,
        bytesPerS: input.compressBytesPerS ?? Number.POSITIVE_INFINITY,
        batchHeaderBytes: 0,
      };
      const course = () =>
        trace === null
          ? migrationModel('xen').course!(of)
          : preCopy(of.memory, stop, recorded(trace), ON_ITS_OWN);
      const sums = alone(course(), compression, linkBytesPerS);
      expect({
        rounds: sums.rounds,
        reason: sums.outcome.reason,
        sourceBytes: sums.sourceBytes,
        wireBytes: sums.wireBytes,
        downtime: sums.downtimeS,
        total: sums.seconds,
      }).toEqual({
        rounds: found.preCopyIterations,
        reason: found.stopReason,
        sourceBytes: found.sourceBytes,
        wireBytes: near(found.wireBytes),
        downtime: near(found.downtimeSeconds),
        total: near(found.totalSeconds),
      });
      const pages = sendingOf(course(), compression, linkBytesPerS).map(
        ({ bytes }) => bytes / compression.ratio / PAGE_BYTES,
      );
      const listed = found.roundPages.filter((one: unknown) => typeof one === 'number');
      expect(pages.slice(0, listed.length)).toEqual(listed);
      expect(pages.at(-1)).toBe(found.finalPages);
    });
  }
});

describe('models that compress by themselves', () => {
  const speed = (mbPerS: number | null) => (mbPerS === null ? Number.POSITIVE_INFINITY : mbPerS * 1e6);
  const guestOf = ({ dirtyPagesPerS, memMiB, workingSetPages }: Vector) => ({
    bytes: memMiB * MIB,
    dirtyPagesPerS,
    workingSetPages,
  });
  const deltaOf = ({ cacheMib, mbPerS, ratio, rounds = 2 }: Vector) => ({
    cacheBytes: cacheMib * MIB,
    ratio,
    bytesPerS: speed(mbPerS),
    rounds,
  });
  const check = (model: string, of: Migration, found: Vector) => {
    const sums = run(model, of);
    expect({
      rounds: sums.rounds,
      sourceBytes: sums.sourceBytes,
      wireBytes: sums.wireBytes,
      downtime: sums.downtimeS,
      total: sums.seconds,
    }).toEqual({
      rounds: found.rounds,
      sourceBytes: found.sourceBytes,
      wireBytes: near(found.wireBytes),
      downtime: near(found.downtimeS),
      total: near(found.totalS),
    });
    // Before compression, as the model says it.
    const pages: number[] = [];
    const walk = migrationModel(model).course!(of);
    for (let step = walk.next(0); step.done !== true; ) {
      const stage = step.value;
      if (stage.kind === 'send' && stage.guest === 'at-source') pages.push(stage.bytes / PAGE_BYTES);
      const wire = stage.kind === 'send' ? onTheWire(stage, stage.compression!) : undefined;
      step = walk.next(wire ? wire.bytes / Math.min(wire.mostBytesPerS, of.linkBytesPerS) : 0);
    }
    expect(pages).toEqual(found.roundPages);
    return sums;
  };

  test.each<Vector>(VECTORS.mecom)('mecom: $name', ({ expect: found, input }) => {
    const pages = input.classes.map(({ mbPerS, ratio, share }: Vector) => ({
      share,
      ratio,
      bytesPerS: speed(mbPerS),
    }));
    const of = migration(guestOf(input), input.linkMbitPerS * MBIT, {
      mecom: { pages, threads: input.threads },
    });
    expect(check('mecom', of, found).outcome.reason).toBe(found.reason);
  });

  test.each<Vector>(VECTORS.xbzrle)('xbzrle: $name', ({ expect: found, input }) => {
    const of = migration(guestOf(input), input.linkMbitPerS * MBIT, { delta: deltaOf(input) });
    expect(check('xbzrle', of, found).outcome.reason).toBe(found.reason);
  });

  test.each<Vector>(VECTORS.hmdc)('hmdc: $name', ({ expect: found, input }) => {
    const of = migration(guestOf(input), input.linkMbitPerS * MBIT, {
      delta: deltaOf(input),
      stateBytes: input.stateKib * 1024,
    });
    expect(check('hmdc', of, found).outcome).toEqual({ reason: 'by-design', isConverged: true });
  });

  test('mecom saves of the data and of the time what its authors published: 68.8 % and 32 %', () => {
    const of = migration({ bytes: 1024 * MIB }, 1000 * MBIT);
    const plain = run('xen', of);
    const compressed = run('mecom', of);
    expect(1 - compressed.wireBytes / plain.wireBytes).toBeCloseTo(VECTORS.mecomPublished.data, 3);
    expect(1 - compressed.seconds / plain.seconds).toBeCloseTo(VECTORS.mecomPublished.totalTime, 2);
  });
});

test.each<Vector>(VECTORS.clark)(
  'the rate follows the guest: $input.memMiB MiB',
  ({ expect: found, input }) => {
    const memory = {
      bytes: input.memMiB * MIB,
      dirtyPagesPerS: input.dirtyPagesPerS,
      workingSetPages: input.writableWorkingSetPages,
    };
    const of = migration(memory, 1e12);
    const sums = run('clark', of);
    const rounds = sendingOf(migrationModel('clark').course!(of), NO_COMPRESSION, 1e12).slice(0, -1);
    expect(rounds.map(({ bytes }) => bytes / PAGE_BYTES)).toEqual(
      found.rounds.map(({ pages }: { pages: number }) => pages),
    );
    expect(rounds.map(({ mostBytesPerS }) => mostBytesPerS / MBIT)).toEqual(
      found.rounds.map(({ rateMbps }: { rateMbps: number }) => near(rateMbps)),
    );
    expect(sums).toMatchObject({
      outcome: { reason: found.stopReason === 'rate>max' ? 'max-rate' : 'few-pages' },
      downtimeS: near(found.stopAndCopySeconds),
      seconds: near(found.totalSeconds),
      sourceBytes: found.pagesSent * PAGE_BYTES,
    });
  },
);

describe('the two models of Liu et al.', () => {
  const liuOf = (input: Record<string, number>) =>
    migration(
      { bytes: input['V_mem_MB']! * 1e6, dirtyPagesPerS: (input['D_MBps']! * 1e6) / PAGE_BYTES },
      input['R_MBps']! * 1e6,
      {
        liu: {
          thresholdBytes: input['V_thd_MB']! * 1e6,
          resumeS: input['T_resume_s']!,
          a: -0.0463,
          b: -0.0001,
          c: 0.3586,
          isBounded: false,
        },
      },
    );
  const check = (model: string, { expect: found, input }: Vector, rounds: number) => {
    const of = liuOf(input);
    const sums = run(model, of);
    expect(sums).toMatchObject({
      rounds,
      sourceBytes: near(found.V_mig_MB * 1e6),
      sendingS: near(found.T_mig_s),
      downtimeS: near(found.T_down_s),
    });
    const sent = sendingOf(migrationModel(model).course!(of), NO_COMPRESSION, of.linkBytesPerS);
    expect(sent.map(({ bytes }) => bytes / 1e6)).toEqual(found.V_i_MB.map(near));
  };

  test.each<Vector>(VECTORS.liuBasic)('basic: $input.V_mem_MB MB at $input.D_MBps MB/s', (vector) => {
    check('liu-basic', vector, vector.expect.n);
  });

  test.each<Vector>(VECTORS.liuRefined)('refined: $input.V_mem_MB MB at $input.D_MBps MB/s', (vector) => {
    check('liu-wws', vector, vector.expect.rounds - 1);
  });
});

describe('the bounds of Akoush et al.', () => {
  test.each<Vector>(VECTORS.akoushBounds)(
    '$input.memMiB MiB at $input.effectiveMbitPerS Mbit/s lie where the model has its extremes',
    ({ expect: found, input }) => {
      const bytes = input.memMiB * MIB;
      const mostBytesPerS = input.effectiveMbitPerS * MBIT;
      const around = { beforeS: input.preOverheadS, afterS: input.postOverheadS, mostBytesPerS };
      const at = (dirtyPagesPerS: number) => {
        const memory = { bytes, dirtyPagesPerS, workingSetPages: bytes / PAGE_BYTES };
        const stop = migration(memory, 1).settings.stop;
        return alone(
          preCopy(memory, stop, (from, to) => dirtyPagesPerS * (to - from), around),
          NO_COMPRESSION,
          Number.POSITIVE_INFINITY,
        );
      };
      const idle = at(0);
      const worst = at(1e9);
      expect(idle.seconds).toEqual(near(found.migLB_s));
      expect(idle.downtimeS).toEqual(near(found.downLB_s));
      // The bound counts the factor as reached one page early.
      expect(worst.seconds).toEqual(near(found.migUB_s + PAGE_BYTES / mostBytesPerS));
      expect(worst.downtimeS).toEqual(near(found.downUB_s));
    },
  );

  test.each<Vector>(VECTORS.akoushPublished)(
    '1024 MiB on $link, within 1 % of the table',
    ({ link, recalled }) => {
      const linkBytesPerS =
        { '100 Mbit/s': 100, '1 Gbit/s': 1000, '10 Gbit/s': 10_000 }[link as string]! * MBIT;
      const at = (dirtyPagesPerS: number) =>
        run(
          'akoush-avg',
          migration({ bytes: 1024 * MIB, dirtyPagesPerS }, linkBytesPerS, {
            beforeMs: undefined,
            afterMs: undefined,
          } as never),
        );
      const within1Percent = (value: number, of: number) =>
        expect(Math.abs(value / of - 1)).toBeLessThan(0.01);
      within1Percent(at(0).seconds, recalled.migLB_s);
      within1Percent(at(0).downtimeS, recalled.downLB_s);
      within1Percent(at(1e9).seconds, recalled.migUB_s);
      within1Percent(at(1e9).downtimeS, recalled.downUB_s);
    },
  );
});

describe('all memory at once', () => {
  test('stop-and-copy: the guest stands still throughout', () => {
    const { expect: found, input } = VECTORS.otherModes.stopAndCopy;
    const sums = run('stop-and-copy', migration({ bytes: input.memMiB * MIB }, input.linkMbitPerS * MBIT));
    expect(sums).toMatchObject({
      seconds: near(found.totalS),
      downtimeS: near(found.downtimeS),
      sourceBytes: found.bytes,
    });
  });

  test('post-copy: the guest stands still for its state only, and each page goes once', () => {
    const { expect: found, input } = VECTORS.otherModes.postCopy;
    const sums = run(
      'post-copy',
      migration({ bytes: input.memMiB * MIB }, input.linkMbitPerS * MBIT, {
        stateBytes: input.stateKB * 1024,
      }),
    );
    expect(sums).toMatchObject({
      seconds: near(found.totalS),
      downtimeS: near(found.downtimeS),
      sourceBytes: found.bytes,
    });
  });
});
