// What would another provider have done? The recorded requests as users of the simulator, once for each provider that is to be compared:
// the users, the losses and drains of nodes and the span of time are the same for all.
import {
  type BuyerPolicy,
  frozen,
  type Incident,
  type Named,
  type SimulatedProvider,
  simulate,
  type UserSettings,
  type World,
} from '../../engine/index.ts';
import type { ReportOutput } from '../../reports/files/run-files.ts';
import type { RunDescription } from '../../reports/run-description.ts';
import { RunReport } from '../../reports/run-report.ts';
import type { Summary } from '../../reports/summary.ts';
import type { RecordedDemand } from './recorded-requests.ts';

/** A provider to be asked: that of the recording, or a changed one, or that of a scenario. */
export interface Candidate {
  readonly seed: number;
  /** At least one; nodes are lost and drained where they have the name. */
  readonly providers: readonly SimulatedProvider[];
  readonly buyer: UserSettings['buyer'];
  /** Absent: providers are asked in their order. */
  readonly broker?: UserSettings['broker'];
}

export interface WhatIfRun {
  readonly candidate: Candidate;
  readonly demand: RecordedDemand;
  readonly description: Omit<RunDescription, 'startMs' | 'warmUpEndMs' | 'endMs' | 'sharedDiskGib'>;
  /** Absent: no run directory is left. */
  readonly output?: ReportOutput | undefined;
}

/**
 * Users answer at once, and propose what they did propose; they turn up and claim options if they did so when it was recorded.
 * @throws PolicyError, InputError PEX_FILE_UNWRITABLE
 */
export async function whatIf({ candidate, demand, description, output }: WhatIfRun): Promise<Summary> {
  const { endMs, measuredFromMs, startMs } = demand;
  const run: RunDescription = { ...description, startMs, warmUpEndMs: measuredFromMs, endMs };
  const { summary } = await RunReport.open({ run, output }).follow(async (record) => ({
    ...(await simulate(worldOf(candidate, demand), { onEvent: record })),
    // All runs are measured over the same time, whether or not something was left to do at its end.
    virtualMs: endMs - startMs,
    wallMs: 0,
    peakRssMib: 0,
  }));
  return summary;
}

/**
 * A buyer who proposes, round by round, what its user proposed when it was recorded, as long as no offer is good enough. Each answer is
 * measured against what was asked last.
 */
function haggling(buyer: Named<BuyerPolicy>, { counters }: RecordedDemand): Named<BuyerPolicy> {
  const policy: BuyerPolicy = {
    respond(offer, request, round, decision) {
      const recorded = counters.get(request.requestId) ?? [];
      const proposal = recorded[round - 2] ?? request.proposal;
      const latestStartMs = Math.max(request.latestStartMs, proposal.startMs);
      const asked = frozen({ ...request, proposal, latestStartMs });
      const answer = buyer.policy.respond(offer, asked, round, decision);
      const next = recorded[round - 1];
      if (answer.reply !== 'REJECT' || offer.reply !== 'COUNTER' || next === undefined) return answer;
      return { reply: 'COUNTER', proposal: next };
    },
  };
  return { ...buyer, policy };
}

function worldOf({ broker, buyer, providers, seed }: Candidate, demand: RecordedDemand): World {
  const { endMs, startMs } = demand;
  return {
    seed,
    startMs,
    endMs,
    // Nodes were lost when it was recorded, and not by chance once more.
    providers: providers.map((provider) => ({
      ...provider,
      faults: { ...provider.faults, nodeMtbfMs: Number.POSITIVE_INFINITY, nodesOfGroup: {} },
    })),
    incidents: providers.flatMap(({ cluster, hypervisor, name }) => {
      const nodeIds = new Set(cluster.nodes.map(({ nodeId }) => nodeId));
      return demand.incidents
        .filter(({ nodeId }) => nodeIds.has(nodeId))
        .map((incident): Incident => {
          const { atMs, kind } = incident;
          const isNoticed = kind === 'fail' || kind === 'return';
          const happenedMs = Math.max(startMs, atMs - hypervisor.nodeDetectionMs);
          return { ...incident, atMs: isNoticed ? happenedMs : atMs, provider: name };
        });
    }),
    users: {
      thinkTime: { minMs: 0, maxMs: 0 },
      noShow: 0,
      claim: 0,
      buyer: (name) => haggling(buyer(name), demand),
      broker,
    },
    requests: demand.requests,
  };
}
