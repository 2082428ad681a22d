// What carries the VMs of a service: simulated nodes, or the hosts of a Xen pool. It outlives the lives of the provider; each life
// gets a Dispatcher of its own.
import type {
  Clock,
  ClusterSpec,
  Dispatcher,
  PolicyError,
  ProviderSnapshot,
  SimulatedProvider,
} from '../../engine/index.ts';

/** What a life knows before its provider is made. */
export interface LifeWorld {
  readonly clock: Clock;
  readonly cluster: ClusterSpec;
  readonly setup: Pick<SimulatedProvider, 'hypervisor' | 'faults' | 'policies'> & { readonly seed: number };
  /** A policy that the hypervisor asks has failed, and it goes on without. Absent: it is thrown. */
  readonly onPolicyError?: (error: PolicyError) => void;
  /** Undefined: the database is new. */
  readonly snapshot: ProviderSnapshot | undefined;
}

/** What can be done to nodes where they are not real. */
export interface NodeFaults {
  failNode(nodeId: string): void;
  returnNode(nodeId: string): void;
}

/** The hypervisor as one life has it. */
export interface Carrier {
  /** Its `inventory()` answers at once, within the subscription. */
  readonly dispatcher: Dispatcher;
  /** Absent where nodes are real. */
  readonly faults?: NodeFaults;
  /**
   * Where the console of a VM that is up is shown, for those who may use it; null: nowhere. May be asked of any VM, at any time. Absent: no
   * VM has a console.
   */
  consoleOf?(vmId: string): string | null;
  /** The life is over: nothing more is told or begun for it. VMs stay as they are. */
  end(): void;
}

export interface Hypervisor {
  /** To be awaited before each life. Rejects when it cannot be told at present which VMs there are. */
  ready(): Promise<void>;
  /** For a life that begins in this turn; within the set-up of its clock. */
  carry(world: LifeWorld): Carrier;
  close(): Promise<void>;
}
