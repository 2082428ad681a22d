// What an operator or a scenario can set about a provider, and the policies that decide for it.
import type { ResaleSettings } from '../domain/partner-offer.ts';
import type { Named } from '../policy/definition.ts';
import type {
  AllocationPolicy,
  CounterOfferPolicy,
  MigrationPolicy,
  PreemptionPolicy,
  PricingPolicy,
  ProvisioningPolicy,
  RecoveryPolicy,
  WaitlistPolicy,
} from '../policy/ports.ts';
import type { ImageSettings } from './images/images.ts';
import type { SuspensionSettings } from './leases/suspension.ts';
import type { AdmissionSettings } from './negotiation/admission-rules.ts';
import type { OverbookingSettings } from './negotiation/overbooking.ts';
import type { PledgeSettings } from './negotiation/pledge.ts';
import type { ReservationRules } from './negotiation/reservation-rules.ts';
import type { ReplicaSettings } from './state/replica-memory.ts';

/** How the provider negotiates and keeps its promises. */
export interface ProviderSettings {
  /** How long an ACCEPT or COUNTER holds its capacity. More than 0. */
  readonly holdMs: number;
  /** What is paid for an offer while it is held. Absent: nothing. */
  readonly pledge?: PledgeSettings;
  /** Rounds of one session, the first request included; the proposal after the last gets REJECT. At least 1. */
  readonly maxRounds: number;
  /** What is asked or offered for a shorter time is no window: a VM would hardly be up. 0: any will do. */
  readonly shortestDurationMs: number;
  /** What is asked or offered for a longer time is rejected; Infinity: any that ends within the booking horizon. */
  readonly longestDurationMs: number;
  /** Bookings end at most this long after now. */
  readonly bookingHorizonMs: number;
  /** How long ahead, for how long and how firmly reservations are made. Absent: as users please. */
  readonly rules?: ReservationRules;
  /** Counter-offers and rejections say what was in the way (Bottleneck): O(nodes and bookings in the window) for each. */
  readonly explains?: boolean;
  /** When it sells what a partner has. Absent: never. */
  readonly resale?: ResaleSettings;
  /** Expected share of optional instances that are claimed, 0..1 (late binding; OpenPEX's CLAIM_RISK is 0.8). */
  readonly claimRisk: number;
  /** Another rule for optional instances than late binding; absent: late binding at the claim risk. */
  readonly admission?: AdmissionSettings;
  /** A reservation whose guests have all shut down by themselves ends there and gives back the rest of its window. */
  readonly earlyRelease: boolean;
  /**
   * The disk of a guest that has shut down by itself stays until the window of its reservation ends, so that it can be started again, and so
   * long after it. undefined: it goes with an early release, or at the end of the window.
   */
  readonly keepDisksMs: number | undefined;
  /**
   * Clean shutdown begins this long before the end of a window, so that it is over by then; what still runs at the end loses its power. A
   * window that is no longer than this is used to its end.
   */
  readonly shutdownLeadMs: number;
  /** Failed tries of one hypervisor operation, or crashes and hangs of one guest, that fail its reservation. At least 1. */
  readonly maxAttempts: number;
  /**
   * Times that a lease which waits in a queue begins again although nobody else was to have its room: a node of it was lost, or it could not be
   * suspended in time. The next time its reservation fails. As often whoever has reserved ahead is offered other terms for want of nodes. At
   * least 0.
   */
  readonly maxRestarts: number;
  /** Pause before an operation that failed is tried again; 0 counts as a millisecond. */
  readonly retryDelayMs: number;
  /**
   * A node that is lost, or drained without a word of its return, is taken to be back after this, and one that is not back at the time at
   * which it was expected after this once more; Infinity: nobody knows when, so it is out of all windows until it is back. More than 0.
   */
  readonly assumedRepairMs: number;
  /**
   * How many leases at the head of the queue have a start reserved that those behind them must not delay. 0: first come, first served, and
   * nobody overtakes; 1: EASY backfilling; Infinity: conservative.
   */
  readonly backfillReservations: number;
  /** How often a lease that waits is to begin, and a turn on the waitlist to come, within the interval that was told, 0..1; absent: none is told. */
  readonly startConfidence?: number;
  /** How leases are suspended that give way to others; absent: they are not, and begin again. */
  readonly suspension?: SuspensionSettings;
  /** A copy of each VM that runs is kept on another node; absent: none is. */
  readonly replicas?: ReplicaSettings;
  /** How images come to the nodes before leases begin; absent: they are there. */
  readonly images?: ImageSettings;
  /**
   * At most so many bookings that have not begun are thought of anew, on other nodes, before a request is refused or countered for want
   * of room. 0: they stay where they are.
   */
  readonly rePlacementMax: number;
  /**
   * A reservation that is not activated so long after its window has opened is a no-show and gives back the rest of it. Infinity: it holds
   * its capacity to the end. More than 0.
   */
  readonly noShowGraceMs: number;
  /** Windows are sold again on the chance that those who reserved them do not come; needs a grace time. Absent: never. */
  readonly overbooking?: OverbookingSettings;
  /** The migration policy looks at the running VMs at whole multiples of this. Absent: a minute. More than 0. */
  readonly migrationIntervalMs?: number;
  /** At most so many requests wait on the waitlist at a time. 0: none does, and a refusal is the last word. */
  readonly waitlistMax: number;
  /** Where the waitlist policy sells by auction, it does at whole multiples of this. Absent: an hour. More than 0. */
  readonly auctionIntervalMs?: number;
  /** How long what is offered to whoever waited is held. More than 0. */
  readonly turnMs: number;
  /** A confirmed reservation is activated when its window opens, without a word of the user. */
  readonly autoActivate: boolean;
}

export interface ProviderPolicies {
  /** Of the random numbers that they draw. */
  readonly seed: number | string;
  readonly allocation: Named<AllocationPolicy>;
  readonly counterOffer: Named<CounterOfferPolicy>;
  readonly pricing: Named<PricingPolicy>;
  /** Absent: nothing moves but for a node that is out. */
  readonly migration?: Named<MigrationPolicy>;
  /** Absent: nobody gives way to a request. */
  readonly preemption?: Named<PreemptionPolicy>;
  readonly waitlist: Named<WaitlistPolicy>;
  /** Absent: VMs migrate and begin anew, and what has no node fails. */
  readonly recovery?: Named<RecoveryPolicy>;
  /** Asked by the simulated hypervisor. Absent: a node is on as long as something is on it. */
  readonly provisioning?: Named<ProvisioningPolicy>;
}
