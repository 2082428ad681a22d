// What would another provider have done? The recorded requests as users of the simulator, once for each provider that is to be compared:
// the users, the losses and drains of nodes and the span of time are the same for all.
import { type ClusterSpec, type RunSetup, simulate } from '../../engine/index.ts';
import type { ReportOutput } from '../../reports/files/run-files.ts';
import type { RunDescription } from '../../reports/run-description.ts';
import { RunReport } from '../../reports/run-report.ts';
import type { Summary } from '../../reports/summary.ts';
import type { RecordedDemand } from './recorded-requests.ts';

/** A provider to be asked: that of the recording, or a changed one, or that of a scenario. */
export interface Candidate {
  readonly cluster: ClusterSpec;
  readonly setup: Pick<RunSetup, 'seed' | 'manager' | 'hypervisor' | 'faults' | 'policies'>;
}

export interface WhatIfRun {
  readonly candidate: Candidate;
  readonly demand: RecordedDemand;
  readonly description: Omit<RunDescription, 'startMs' | 'warmUpEndMs' | 'endMs' | 'sharedDiskGib'>;
  /** Absent: no run directory is left. */
  readonly output?: ReportOutput | undefined;
}

/**
 * Users answer at once and activate what they confirmed at its start.
 * @throws PolicyError, InputError PEX_FILE_UNWRITABLE
 */
export async function whatIf({ candidate, demand, description, output }: WhatIfRun): Promise<Summary> {
  const { endMs, startMs } = demand;
  const { sharedDiskGib } = candidate.cluster;
  const disk = sharedDiskGib === undefined ? {} : { sharedDiskGib };
  const run: RunDescription = { ...description, startMs, warmUpEndMs: startMs, endMs, ...disk };
  const { summary } = await RunReport.open({ run, output }).follow(async (record) => ({
    ...(await simulate(setupOf(candidate, demand), { onEvent: record })),
    // All runs are measured over the same time, whether or not something was left to do at its end.
    virtualMs: endMs - startMs,
    wallMs: 0,
    peakRssMib: 0,
  }));
  return summary;
}

function setupOf({ cluster, setup }: Candidate, demand: RecordedDemand): RunSetup {
  const { endMs, startMs } = demand;
  const nodeIds = new Set(cluster.nodes.map(({ nodeId }) => nodeId));
  const { nodeDetectionMs } = setup.hypervisor;
  return {
    ...setup,
    cluster,
    startMs,
    endMs,
    // Nodes were lost when it was recorded, and not by chance once more.
    faults: { ...setup.faults, nodeMtbfMs: Number.POSITIVE_INFINITY },
    incidents: demand.incidents
      .filter(({ nodeId }) => nodeIds.has(nodeId))
      .map(({ atMs, kind, nodeId }) => {
        const isNoticed = kind === 'fail' || kind === 'return';
        return { atMs: isNoticed ? Math.max(startMs, atMs - nodeDetectionMs) : atMs, kind, nodeId };
      }),
    users: { thinkTime: { minMs: 0, maxMs: 0 }, noShow: 0, claim: 0 },
    requests: demand.requests,
  };
}
