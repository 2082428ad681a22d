// What a host keeps of a VM beside its configuration: one line of JSON in its folder. A folder without one is no VM of ours.
import type { VmSpec } from '../../../engine/index.ts';

export interface VmRecord {
  readonly owner: string;
  readonly vm: VmSpec;
  /** Of its network card; null: it has none. */
  readonly mac: string | null;
}

export function recordText(record: VmRecord): string {
  // A shell reads it by `read -r`: one line.
  return JSON.stringify(record);
}

/** One that cannot be read is somebody else's: nothing is done to it. */
export function parseRecord(vmId: string, text: string): VmRecord {
  try {
    const record = JSON.parse(text) as VmRecord;
    if (record.vm.vmId === vmId && typeof record.owner === 'string' && record.vm.demand.memoryMib > 0)
      return record;
  } catch {
    // Falls through.
  }
  return UNREADABLE(vmId);
}

const UNREADABLE = (vmId: string): VmRecord => ({
  owner: '',
  vm: {
    vmId,
    reservationId: '',
    userId: '',
    nodeId: '',
    template: '',
    demand: { milliCpus: 0, memoryMib: 0, diskGib: 0 },
  },
  mac: null,
});
