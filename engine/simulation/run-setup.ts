// Everything that a run needs, as plain values and policies: what scenarios/ makes from a file and simulation.ts executes. A run is a
// pure function of this and nothing else.
import type { ClusterSpec } from '../domain/node.ts';
import type { UserRequest } from '../domain/user-request.ts';
import type {
  FaultSettings,
  HypervisorSettings,
  Spread,
} from '../hypervisor/simulated/hypervisor-settings.ts';
import type { Named } from '../policy/definition.ts';
import type { BuyerPolicy } from '../policy/ports.ts';
import type { ManagerPolicies, ManagerSettings } from '../provider/provider-settings.ts';

/** Something that happens at a given instant whatever the dice say. */
export interface Incident {
  readonly atMs: number;
  readonly nodeId: string;
  /** fail and return: the node dies and comes back; drain and enable: an operator takes it out of service and puts it back. */
  readonly kind: 'fail' | 'return' | 'drain' | 'enable';
}

/** How users behave beside what their buyer policy decides. */
export interface UserSettings {
  /** From an offer until the user's answer. */
  readonly thinkTime: Spread;
  /** Chance that a confirmed reservation is never activated, 0..1. */
  readonly noShow: number;
  /** Chance that each optional instance is claimed when the window opens, 0..1. */
  readonly claim: number;
}

export interface RunPolicies extends ManagerPolicies {
  /** The buyer policy of that name; the scenario's own when a request names none. Throws for an unknown name. */
  buyer(name: string | undefined): Named<BuyerPolicy>;
}

export interface RunSetup {
  readonly seed: number;
  /** Virtual time 0 of the run, in milliseconds since the Unix epoch. Every time in a run is relative to the epoch too. */
  readonly startMs: number;
  /** The run stops here; Infinity: when nothing is left to do. */
  readonly endMs: number;
  readonly cluster: ClusterSpec;
  readonly manager: ManagerSettings;
  readonly hypervisor: HypervisorSettings;
  readonly faults: FaultSettings;
  readonly incidents: readonly Incident[];
  readonly users: UserSettings;
  readonly policies: RunPolicies;
  /** In order of submitMs (equal ones in the order given); read lazily, one request ahead. */
  readonly requests: Iterable<UserRequest> | AsyncIterable<UserRequest>;
}
