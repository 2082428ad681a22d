// Copies of VMs on other nodes (delivery/replicas.ts): what is set about them, and what of one is stored.

import type { Devices } from '../../domain/devices.ts';

export interface ReplicaSettings {
  /** memory: that of the VM alone, so that it may find no CPU when it is to go on there; all: whatever it needs of a node. */
  readonly holds: 'memory' | 'all';
  /** What the node of a replica has not in common with that of its VM, beside being another: nothing more, its group, or its site. */
  readonly apart: 'node' | 'group' | 'site';
}

export interface ReplicaSnapshot {
  readonly vmId: string;
  readonly nodeId: string;
  readonly startMs: number;
  /** The end of the VM's place. */
  readonly endMs: number;
  /** Which of the node's it holds, for as long as it holds any. */
  readonly devices?: Devices;
  /** Its VM is to go on there. */
  readonly hasTakenOver: boolean;
}
