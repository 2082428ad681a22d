// How an instance was served, in the time in which it was to be up: what a pricing policy with penalties for lateness and outages asks about. The record is
// a value that is stored with its VM, and brought up to date wherever what the VM is or should be has changed.
import type { VmCause } from '../../events/domain-event.ts';
import type { InstanceService } from '../../policy/ports.ts';

export interface ServiceRecord extends InstanceService {
  /** Since when it is late or out; null while it is not. */
  readonly lacksSinceMs: number | null;
  readonly hasBeenUp: boolean;
  /** It is down because its user or its guest brought it down, or its lease gave way: nobody is owed the time until it is up again. */
  readonly isExcused: boolean;
}

export const NOT_SERVED_YET: ServiceRecord = {
  lateMs: 0,
  outMs: 0,
  lacksSinceMs: null,
  hasBeenUp: false,
  isExcused: false,
};

/** What has become of a VM. */
export interface Serving {
  /** It is to be up, or was given up although it was to be. */
  readonly isOwed: boolean;
  readonly isUp: boolean;
  /** Of a change of its state; undefined: that is as it was. */
  readonly cause: VmCause | undefined;
  readonly nowMs: number;
}

/** The record from now on: the very one when nothing has changed. */
export function nextRecord(record: ServiceRecord, { cause, isOwed, isUp, nowMs }: Serving): ServiceRecord {
  const { hasBeenUp, lacksSinceMs } = record;
  const isExcused = !isUp && isDownForOwnReasons(record, cause, isOwed);
  const lacks = isOwed && !isUp && !isExcused;
  const isSame = lacks === (lacksSinceMs !== null) && isExcused === record.isExcused;
  if (isSame && (hasBeenUp || !isUp)) return record;
  const { lateMs, outMs } = lackedBy(record, nowMs);
  return {
    lateMs,
    outMs,
    lacksSinceMs: lacks ? nowMs : null,
    hasBeenUp: hasBeenUp || isUp,
    isExcused,
  };
}

/** Of a VM that is not up. */
function isDownForOwnReasons(
  { hasBeenUp, isExcused }: ServiceRecord,
  cause: VmCause | undefined,
  isOwed: boolean,
): boolean {
  if (cause === 'guest-crash' || cause === 'guest-hang' || cause === 'guest-shutdown') return true;
  if (hasBeenUp && !isOwed) return true;
  // However it came down, a node that is lost keeps it there.
  return isExcused && cause !== 'node-lost' && cause !== 'outside';
}

/** What it lacked up to an instant. */
export function lackedBy(
  { hasBeenUp, lacksSinceMs, lateMs, outMs }: ServiceRecord,
  nowMs: number,
): InstanceService {
  const stillMs = lacksSinceMs === null ? 0 : nowMs - lacksSinceMs;
  return hasBeenUp ? { lateMs, outMs: outMs + stillMs } : { lateMs: lateMs + stillMs, outMs };
}

/** A live migration stopped it for so long. */
export function withDowntime(record: ServiceRecord, downtimeMs: number): ServiceRecord {
  return downtimeMs === 0 ? record : { ...record, outMs: record.outMs + downtimeMs };
}
