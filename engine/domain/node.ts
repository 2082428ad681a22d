// Physical nodes, as configured.
import type { ResourceDefinition, Resources } from './resources.ts';

/** Linear power model of a server: idle + (peak - idle) x CPU utilisation, in watts. */
export interface PowerModel {
  readonly idleW: number;
  readonly peakW: number;
}

export interface NodeSpec {
  /** Unique in its cluster. */
  readonly nodeId: string;
  /** Name of the group it was configured in. */
  readonly group: string;
  /** What guests may use: Dom-0's share is already taken off. */
  readonly capacity: Resources;
  readonly power?: PowerModel;
}

/** The hardware of one provider. Node order is the order of every tie-break. */
export interface ClusterSpec {
  readonly nodes: readonly NodeSpec[];
  /** Disk of a storage node that all nodes share; when given, nodes have no disk of their own to run out of. */
  readonly sharedDiskGib?: number;
  /** What the provider has to offer beside CPU, memory and disk. Absent: nothing. */
  readonly resources?: readonly ResourceDefinition[];
}
