// Everything that a run needs, as plain values and policies: what scenarios/ makes from a file and simulation.ts executes. A run is a
// pure function of this and nothing else.
import type { ClusterSpec } from '../domain/node.ts';
import type { UserRequest } from '../domain/user-request.ts';
import type { AllocationPolicy, BuyerPolicy, CounterOfferPolicy, PricingPolicy } from '../policy/ports.ts';

/** How the provider negotiates and keeps its promises. */
export interface ManagerSettings {
  /** How long an ACCEPT or COUNTER holds its capacity. More than 0. */
  readonly holdMs: number;
  /** Rounds of one session, the first request included; the proposal after the last gets REJECT. At least 1. */
  readonly maxRounds: number;
  /** Bookings end at most this long after now. */
  readonly bookingHorizonMs: number;
  /** Expected share of optional instances that are claimed, 0..1 (late binding; OpenPEX's CLAIM_RISK is 0.8). */
  readonly claimRisk: number;
  /** A reservation whose guests have all shut down by themselves ends there and gives back the rest of its window. */
  readonly earlyRelease: boolean;
  /** Clean shutdown begins this long before the end of a window, so that the node is free at its end. */
  readonly shutdownLeadMs: number;
  /** Tries of one hypervisor operation, or restarts of one crashing guest, before its reservation fails. At least 1. */
  readonly maxAttempts: number;
  /** Pause before an operation that failed is tried again. */
  readonly retryDelayMs: number;
  /** A reservation is activated when it is confirmed, without a word of the user. */
  readonly autoActivate: boolean;
}

/** A duration in milliseconds that is the same each time, or spread evenly between two values. */
export interface Spread {
  readonly minMs: number;
  readonly maxMs: number;
}

/** The simulated hypervisor: how long its operations take. */
export interface HypervisorSettings {
  readonly create: Spread;
  readonly start: Spread;
  readonly stop: Spread;
  readonly reboot: Spread;
  readonly suspend: Spread;
  readonly resume: Spread;
  readonly migrate: Spread;
  /** The part of a live migration during which the guest stands still; at most its whole time. */
  readonly migrateDowntimeMs: number;
  readonly destroy: Spread;
  /** From the loss or return of a node until the Node Monitor hears of it. */
  readonly nodeDetectionMs: number;
  /** From the moment a guest hangs until the VM Monitor notices. */
  readonly hangDetectionMs: number;
  /** How busy guests keep their virtual CPUs: drawn per VM, evenly between the two, in thousandths. */
  readonly guestLoadPermille: { readonly min: number; readonly max: number };
}

/** Faults drawn at random; a mean of Infinity means never. All times are exponential. */
export interface FaultSettings {
  readonly nodeMtbfMs: number;
  readonly nodeMttrMs: number;
  /** Per running VM. */
  readonly guestCrashMtbfMs: number;
  readonly guestHangMtbfMs: number;
  /** Chance that one hypervisor operation fails, 0..1. */
  readonly operationFailure: number;
}

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

export interface RunPolicies {
  readonly allocation: AllocationPolicy;
  readonly counterOffer: CounterOfferPolicy;
  readonly pricing: PricingPolicy;
  /** The buyer policy of that name; the scenario's own when a request names none. Throws for an unknown name. */
  buyer(name: string | undefined): { readonly name: string; readonly policy: BuyerPolicy };
  /** Names for error messages: a policy that breaks an invariant is named. */
  readonly names: { readonly allocation: string; readonly counterOffer: string; readonly pricing: string };
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
