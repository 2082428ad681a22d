// Physical nodes, as configured.
import type { ResourceDefinition, Resources } from './resources.ts';
import type { SiteSpec } from './site.ts';

/** What a server draws, in watts: idle + (peak - idle) x CPU utilisation, or as measured. */
export interface PowerModel {
  readonly idleW: number;
  readonly peakW: number;
  /** At equal steps of utilisation from idle to peak, with straight lines between them; absent: one line. At least 2. */
  readonly watts?: readonly number[];
}

/** What can be done with VMs on a node, where that is not everything. */
export interface NodeLimits {
  /** Running VMs can come to it, and leave it. */
  readonly liveMigration: boolean;
  /** VMs can be suspended on it. */
  readonly suspension: boolean;
  /** Where the disks and suspended images of its VMs lie: these can go to nodes with the same one. Nodes without a name share one. */
  readonly storage?: string;
}

export interface NodeSpec {
  /** Unique in its cluster. */
  readonly nodeId: string;
  /** Name of the group it was configured in. */
  readonly group: string;
  /** What guests may use: Dom-0's share is already taken off. */
  readonly capacity: Resources;
  /** The model of its devices, by the name of the resource that comes in them. Absent: nobody said. */
  readonly models?: Readonly<Record<string, string>>;
  readonly power?: PowerModel;
  /** Absent: there are none. */
  readonly limits?: NodeLimits;
  /** Where it stands. Absent: nobody said. */
  readonly site?: SiteSpec;
}

/** What a CPU costs the provider for each hour that it is online, in micro-credits. */
export interface CapacityCosts {
  /** In the window of a reservation. */
  readonly reservedMicrosPerHour: number;
  /** In none. At most as much as a reserved one. */
  readonly idleMicrosPerHour: number;
}

/** The hardware of one provider. Node order is the order of every tie-break. */
export interface ClusterSpec {
  readonly nodes: readonly NodeSpec[];
  /** Disk of a storage node that all nodes share; when given, nodes have no disk of their own to run out of. */
  readonly sharedDiskGib?: number;
  /** What the provider has to offer beside CPU, memory and disk. Absent: nothing. */
  readonly resources?: readonly ResourceDefinition[];
  /** For reports: no decision depends on it. Absent: nobody said. */
  readonly costs?: CapacityCosts;
}
