// What a model says of one migration that has its links for itself, of a guest that is in the middle of what the settings allow.
import {
  alone,
  type MigrationSettings,
  type MigrationSums,
  migrationModel,
  overDistance,
  PAGE_BYTES,
  withDisk,
} from '../../engine/index.ts';

export interface PredictedVm {
  readonly memoryMib: number;
  /** Pages of 4 KiB; absent: the middle of the settings. */
  readonly dirtyPagesPerS?: number;
  /** In use, and not at its destination yet. Absent: it need not go. */
  readonly diskGib?: number;
  /** Of the link, there and back. Absent: none. */
  readonly rttMs?: number;
}

/** @param settings of a model that copies memory */
export function predictMigration(
  settings: MigrationSettings,
  { dirtyPagesPerS = middle(settings.dirtyPagesPerS), diskGib = 0, memoryMib, rttMs = 0 }: PredictedVm,
): MigrationSums {
  const linkBytesPerS = Math.min(settings.linkBytesPerS, settings.dom0BytesPerS);
  const bytes = memoryMib * 2 ** 20 * middle(settings.memoryInUse);
  const workingSetPages = Math.floor((bytes / PAGE_BYTES) * middle(settings.workingSet));
  const memory = { bytes, dirtyPagesPerS, workingSetPages };
  const course = migrationModel(settings.model).course!({ memory, linkBytesPerS, settings });
  const diskBytes = diskGib * 2 ** 30;
  const disk = {
    bytes: diskBytes,
    writtenBytesPerS: middle(settings.disk.writtenBytesPerS),
    workingSetBytes: diskBytes * middle(settings.disk.workingSet),
  };
  const whole = overDistance(withDisk(course, disk, settings.disk), {
    rttMs,
    windowBytes: Number.POSITIVE_INFINITY,
  });
  return alone(whole, settings.compression, linkBytesPerS);
}

export function middle({ max, min }: { readonly min: number; readonly max: number }): number {
  return (min + max) / 2;
}
