// The recorded commands once more, and a simulated hypervisor that delivers what comes of them: would it have delivered what was delivered? What users
// and operators asked, and what went wrong by itself, is as recorded; how long operations take and which of them fail is up to the simulated hypervisor.
import {
  type DomainEvent,
  EventQueue,
  Phase,
  Provider,
  Rng,
  SimulatedHypervisor,
  type SimulatedProvider,
  scheduleProvisioning,
  VirtualClock,
} from '../../engine/index.ts';
import { vmIdOf } from '../vm-id.ts';
import type { RecordedFault, RecordedFaults } from './recorded-faults.ts';
import { isAboutAbsentNode, type RecordedInput } from './replay-inputs.ts';

export interface PredictionParts {
  /** That of the recording, with the simulated hypervisor that is to deliver. */
  readonly setup: SimulatedProvider & { readonly seed: number };
  /** Everything that was recorded, from the beginning on. */
  readonly inputs: AsyncIterable<RecordedInput>;
  readonly faults: RecordedFaults;
  readonly startMs: number;
  readonly endMs: number;
  /** Each draws other durations and failures. None of them draws what a simulated service drew. */
  readonly run: number;
  /** What happens in the simulation, in order. */
  readonly onEvent: (event: DomainEvent) => void;
}

/**
 * From the first to the last instant of the recording. The provider goes on where the service was down for a while.
 * @throws PolicyError
 */
export async function predictDelivery(parts: PredictionParts): Promise<void> {
  const { endMs, faults, inputs, run, setup, startMs } = parts;
  const clock = new VirtualClock(startMs);
  const { heartbeats: _, ...settings } = setup.hypervisor;
  const hypervisor = new SimulatedHypervisor({
    clock,
    nodes: setup.cluster.nodes,
    // When a loss was noticed is recorded.
    settings,
    faults: {
      ...setup.faults,
      guestCrashMtbfMs: Number.POSITIVE_INFINITY,
      guestHangMtbfMs: Number.POSITIVE_INFINITY,
    },
    rng: Rng.fromSeed(setup.seed).stream('prediction').stream(String(run)),
    guestOf: ({ vmId }) => ({ runTimeMs: faults.runTimesMs.get(vmId) ?? Number.POSITIVE_INFINITY }),
  });
  scheduleProvisioning({
    clock,
    policy: setup.policies.provisioning,
    seed: setup.seed,
    target: hypervisor,
    everyMs: settings.standby?.everyMs,
    goesOnWithout: () => undefined,
  });
  const queue = new EventQueue({
    clock,
    // A service goes on without a policy that fails.
    provider: new Provider({ ...setup, vmIdOf }, { goesOnWithout: () => undefined }),
    dispatcher: hypervisor,
    recorder: {
      record: ({ events }, onRecorded) => {
        for (const event of events) parts.onEvent(event);
        onRecorded();
      },
    },
  });
  const nodeIds = new Set(setup.cluster.nodes.map(({ nodeId }) => nodeId));
  for (const fault of faults.incidents) {
    if ('nodeId' in fault && !nodeIds.has(fault.nodeId)) continue;
    const happenedMs = Math.max(startMs, fault.knownMs - noticedAfterMs(fault, setup));
    clock.at(happenedMs, Phase.Fault, () => befall(hypervisor, fault));
  }
  let hasBegun = false;
  for await (const { atMs, input } of inputs) {
    if (input.kind !== 'command' || isAboutAbsentNode(input, nodeIds)) continue;
    const { command } = input;
    // Each new start of the service begins anew; the simulation is not interrupted.
    if (command.name === 'begin' && hasBegun) continue;
    hasBegun = true;
    if (atMs > startMs) clock.runUntil(atMs - 1);
    clock.at(atMs, Phase.Arrival, () => queue.execute(command));
  }
  clock.runUntil(endMs);
}

function noticedAfterMs({ kind }: RecordedFault, { hypervisor }: SimulatedProvider): number {
  if (kind === 'guest-crash') return 0;
  return kind === 'guest-hang' ? hypervisor.hangDetectionMs : hypervisor.nodeDetectionMs;
}

function befall(hypervisor: SimulatedHypervisor, fault: RecordedFault): void {
  switch (fault.kind) {
    case 'node-down':
      hypervisor.failNode(fault.nodeId);
      break;
    case 'node-up':
      hypervisor.returnNode(fault.nodeId);
      break;
    case 'guest-crash':
      hypervisor.crashGuest(fault.vmId);
      break;
    default:
      hypervisor.hangGuest(fault.vmId);
  }
}
