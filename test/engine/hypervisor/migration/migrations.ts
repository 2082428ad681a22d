// Migrations to test models with: a guest and a link, everything else as it is by default.
import type { Migration, MigrationSettings } from '../../../../engine/index.ts';

const MBIT = 1e6 / 8;

export const SETTINGS: MigrationSettings = {
  model: 'xen',
  linkBytesPerS: 1000 * MBIT,
  dom0BytesPerS: Number.POSITIVE_INFINITY,
  beforeMs: 0,
  afterMs: 0,
  compression: { ratio: 1, bytesPerS: Number.POSITIVE_INFINITY, batchHeaderBytes: 0 },
  memoryInUse: { min: 1, max: 1 },
  dirtyPagesPerS: { min: 0, max: 0 },
  workingSet: { min: 1, max: 1 },
  stop: { check: 'dirtied', fewPages: 50, maxRounds: 29, maxFactor: 3 },
  rate: {
    minBytesPerS: 100 * MBIT,
    maxBytesPerS: 500 * MBIT,
    stepBytesPerS: 50 * MBIT,
    remainingBytes: 262144,
  },
  liu: { thresholdBytes: 1e6, resumeS: 0, a: -0.0463, b: -0.0001, c: 0.3586, isBounded: true },
  dirtyTrace: [0],
  stateBytes: 262144,
  mecom: {
    pages: [
      { share: 0.4, ratio: 0.001, bytesPerS: 2e9 },
      { share: 0.3, ratio: 0.4, bytesPerS: 2e8 },
      { share: 0.3, ratio: 0.64, bytesPerS: 8e7 },
    ],
    threads: 1,
  },
  delta: { cacheBytes: 64 * 2 ** 20, ratio: 0.25, bytesPerS: Number.POSITIVE_INFINITY, rounds: 2 },
  disk: {
    inUse: { min: 1, max: 1 },
    writtenBytesPerS: { min: 0, max: 0 },
    workingSet: { min: 1, max: 1 },
    fewBytes: 1e6,
    maxRounds: 20,
  },
};

export function migration(
  {
    bytes,
    dirtyPagesPerS = 0,
    workingSetPages = Math.ceil(bytes / 4096),
  }: { bytes: number; dirtyPagesPerS?: number; workingSetPages?: number },
  linkBytesPerS: number,
  settings: Partial<MigrationSettings> = {},
): Migration {
  return {
    memory: { bytes, dirtyPagesPerS, workingSetPages },
    linkBytesPerS,
    settings: { ...SETTINGS, linkBytesPerS, ...settings },
  };
}
