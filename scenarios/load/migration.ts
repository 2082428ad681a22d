// Live migrations of the simulated hypervisor, from what is written to what the engine takes; and what a schema cannot say of it.
import { type MigrationSettings, migrationModel } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import type { MigrationField } from '../schema/migration.ts';

const BYTES_PER_S_OF_MBIT = 1e6 / 8;

export function migrationSettings(written: MigrationField): MigrationSettings {
  const { after, before, compression, delta, disk, dom0MbitPerS, liu, mecom, rate, stop } = written;
  return {
    model: written.model,
    linkBytesPerS: written.linkMbitPerS * BYTES_PER_S_OF_MBIT,
    dom0BytesPerS: dom0MbitPerS === undefined ? Number.POSITIVE_INFINITY : dom0MbitPerS * BYTES_PER_S_OF_MBIT,
    ...(before !== undefined && { beforeMs: durationMs(before) }),
    ...(after !== undefined && { afterMs: durationMs(after) }),
    compression: {
      ratio: compression?.ratio ?? 1,
      bytesPerS: bytesPerS(compression?.mbPerS),
      batchHeaderBytes: compression?.batchHeaderBytes ?? 0,
    },
    memoryInUse: written.memoryInUse,
    dirtyPagesPerS: written.dirtyPagesPerS,
    workingSet: written.workingSet,
    stop: { check: stop.check, fewPages: stop.fewPages, maxRounds: stop.rounds, maxFactor: stop.factor },
    rate: {
      minBytesPerS: rate.minMbitPerS * BYTES_PER_S_OF_MBIT,
      maxBytesPerS: rate.maxMbitPerS * BYTES_PER_S_OF_MBIT,
      stepBytesPerS: rate.stepMbitPerS * BYTES_PER_S_OF_MBIT,
      remainingBytes: rate.remainingKib * 1024,
    },
    liu: {
      thresholdBytes: liu.thresholdMb * 1e6,
      resumeS: durationMs(liu.resume) / 1000,
      a: liu.a,
      b: liu.b,
      c: liu.c,
      isBounded: liu.bounded,
    },
    dirtyTrace: written.dirtyTrace ?? [0],
    stateBytes: written.stateKib * 1024,
    mecom: {
      pages: mecom.pages.map(({ mbPerS, ratio, share }) => ({ share, ratio, bytesPerS: bytesPerS(mbPerS) })),
      threads: mecom.threads,
    },
    delta: {
      cacheBytes: delta.cacheMib * 2 ** 20,
      ratio: delta.ratio,
      bytesPerS: bytesPerS(delta.mbPerS),
      rounds: delta.rounds,
    },
    disk: {
      inUse: disk.inUse,
      writtenBytesPerS: { min: disk.writtenMbPerS.min * 1e6, max: disk.writtenMbPerS.max * 1e6 },
      workingSet: disk.workingSet,
      fewBytes: disk.fewMb * 1e6,
      maxRounds: disk.rounds,
    },
  };
}

function bytesPerS(mbPerS: number | undefined): number {
  return mbPerS === undefined ? Number.POSITIVE_INFINITY : mbPerS * 1e6;
}

/** Contradictions: where, below the group, and what. */
export function migrationProblems({
  compression,
  dirtyPagesPerS,
  dirtyTrace,
  disk,
  mecom,
  memoryInUse,
  model,
  rate,
  workingSet,
}: MigrationField): { path: string[]; message: string }[] {
  const problems: { path: string[]; message: string }[] = [];
  const ranges = { memoryInUse, dirtyPagesPerS, workingSet };
  for (const [name, { min, max }] of Object.entries(ranges))
    if (min > max) problems.push({ path: [name], message: 'min is more than max' });
  for (const name of ['inUse', 'writtenMbPerS', 'workingSet'] as const)
    if (disk[name].min > disk[name].max)
      problems.push({ path: ['disk', name], message: 'min is more than max' });
  if (rate.minMbitPerS > rate.maxMbitPerS)
    problems.push({ path: ['rate'], message: 'minMbitPerS is more than maxMbitPerS' });
  if (model === 'akoush-hist' && dirtyTrace === undefined)
    problems.push({ path: ['model'], message: 'akoush-hist needs a dirtyTrace, which is not given' });
  const shares = mecom.pages.reduce((sum, { share }) => sum + share, 0);
  if (Math.abs(shares - 1) > 1e-9)
    problems.push({
      path: ['mecom', 'pages'],
      message: `shares add up to ${Number(shares.toPrecision(6))}, and all memory is 1`,
    });
  if (compression !== undefined && migrationModel(model).compressesItself === true)
    problems.push({
      path: ['compression'],
      message: `model "${model}" says by itself how memory is compressed`,
    });
  return problems;
}
