// What a provider is made of, and made with.
import type { ClusterSpec } from '../domain/node.ts';
import type { Resources } from '../domain/resources.ts';
import type { PolicyError } from '../policy/policy-error.ts';
import type { LeaseKind } from './leases/lease-kind.ts';
import type { PlanCheck } from './plan/applier.ts';
import type { ProviderPolicies, ProviderSettings } from './provider-settings.ts';
import type { ProviderSnapshot } from './state/snapshot.ts';

export interface ProviderSetup {
  /** Distinguishes the providers of one world; part of every event. */
  readonly name: string;
  readonly cluster: ClusterSpec;
  readonly settings: ProviderSettings;
  readonly policies: ProviderPolicies;
  /** Sizes that can be offered by name. Absent: none. */
  readonly instanceTypes?: ReadonlyMap<string, Resources>;
  /** Absent: advance, immediate and best-effort. */
  readonly leaseKinds?: readonly LeaseKind[];
  /** The id of the VM of an instance: unique for ever, and the same whenever it is asked for. Absent: reservation id/number. */
  readonly vmIdOf?: (reservationId: string, instance: number) => string;
}

export interface ProviderOptions {
  /** Goes on from there; the next input is of that instant or later. */
  readonly snapshot?: ProviderSnapshot;
  /** Commits say which reservations changed, and how they stand. */
  readonly keepsTrack?: boolean;
  /**
   * A policy that fails while no command is being decided (a node is lost, a window ends) is done without: the first candidate is taken,
   * the whole price is given back. Told of it, to say so. Absent: it is thrown.
   */
  readonly goesOnWithout?: (error: PolicyError) => void;
  /** Tests refuse plans with it. */
  readonly planCheck?: PlanCheck;
}
