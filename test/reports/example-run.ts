// A small run that has something of everything, and what its report is opened with.
import type { RunDescription, RunOutcome } from '../../reports/run-description.ts';
import { EventStream, HOUR_MS, hour, proposal, START_MS } from './event-stream.ts';

export const EXAMPLE_RUN: RunDescription = {
  scenario: 'two nodes & <a day>',
  description: 'Everything that can happen, once.',
  seed: 42,
  version: '0.1.0',
  startMs: START_MS,
  warmUpEndMs: hour(1),
  endMs: Number.POSITIVE_INFINITY,
  reproduceCommand: "npx openpex run 'two nodes.yaml' --seed 42",
  settings: [
    { path: 'seed', value: '42' },
    { path: 'negotiation.hold', value: '10m' },
    { path: 'cluster.nodes[0].cpus', value: '4' },
  ],
};

export const EXAMPLE_YAML = 'name: two nodes & <a day>\nseed: 42\n';

export const EXAMPLE_OUTCOME: RunOutcome = {
  end: 'complete',
  virtualMs: 24 * HOUR_MS,
  events: 55,
  digest: 'd1'.repeat(32),
  wallMs: 12.5,
  peakRssMib: 80.25,
};

export function exampleRun(): EventStream {
  const early = proposal(2, 4);
  const late = proposal(8, 4, { numInstancesFixed: 2, type: 'LARGE' });
  const moved = { ...late, startMs: hour(12) };
  const large = proposal(6, 2, { numInstancesFixed: 40 });
  const absent = proposal(18, 2);
  const onN1 = [{ nodeId: 'n1', instances: 1 }];
  const onBoth = [
    { nodeId: 'n1', instances: 1 },
    { nodeId: 'n2', instances: 1 },
  ];
  return new EventStream()
    .node('n1', 0, {}, [100, 200])
    .node('n2', 0, {}, [100, 200])
    .asked(0.5, 'R1', early)
    .accepted(0.5, 'R1')
    .confirmed(0.6, 'R1', early)
    .asked(1, 'R2', late, { kind: 'flexible', userId: '=cmd|"x"' })
    .countered(1, 'R2', moved, 3_200_000)
    .counterAccepted(1.1, 'R2')
    .confirmed(1.1, 'R2', moved, 3_200_000)
    .asked(1.5, 'R3', large, { userId: '</script><b>bob' })
    .ended(1.5, 'R3', 'REJECTED', 'never-fits')
    .asked(1.75, 'R4', early)
    .countered(1.75, 'R4', moved)
    .declined(1.8, 'R4', 'too late, "sorry"')
    .opened(2, 'R1', early, onN1)
    .activated(2, 'R1')
    .vm(2, 'R1', { from: 'HALTED', to: 'RUNNING' })
    .asked(2.5, 'R5', absent)
    .accepted(2.5, 'R5')
    .confirmed(2.6, 'R5', absent)
    .moved(4, 'R1', 'n1', 'n2', true)
    .migrated(4, 'R1', 'n1', 'n2', 250)
    .vm(6, 'R1', { from: 'RUNNING', to: 'DELETED', nodeId: 'n2' })
    .closed(6, 'R1', early, [{ nodeId: 'n2', instances: 1 }])
    .ended(6, 'R1', 'EXPIRED', 'window-over')
    .opened(12, 'R2', moved, onBoth)
    .activated(12, 'R2')
    .vm(12, 'R2', { from: 'HALTED', to: 'RUNNING', vmId: 'R2/1' })
    .vm(12, 'R2', { from: 'HALTED', to: 'RUNNING', vmId: 'R2/2', nodeId: 'n2' })
    .nodeLost(14, 'n2')
    .vm(14, 'R2', { from: 'RUNNING', to: 'HALTED', vmId: 'R2/2', nodeId: 'n2', cause: 'node-lost' })
    .closed(14, 'R2', moved, onBoth)
    .vm(14, 'R2', { from: 'RUNNING', to: 'DELETED', vmId: 'R2/1' })
    .ended(14, 'R2', 'FAILED', 'node-lost', { refundMicros: 1_600_000, penaltyMicros: 320_000 })
    .nodeReturned(16, 'n2')
    .opened(18, 'R5', absent, onN1)
    .asked(19, 'R6', proposal(30, 1))
    .accepted(19, 'R6')
    .closed(20, 'R5', absent, onN1)
    .ended(20, 'R5', 'EXPIRED', 'window-over', { noShow: true })
    .ended(20, 'R6', 'EXPIRED', 'hold-expired')
    .finished(24);
}
