// Everything that a run needs, as plain values and policies: a world of providers and users. It is what scenarios/ makes from a file and
// simulation.ts executes. A run is a pure function of this and nothing else.
import type { UserRequest } from '../domain/user-request.ts';
import type { FaultSettings, HypervisorSettings } from '../hypervisor/simulated/hypervisor-settings.ts';
import type { Named } from '../policy/definition.ts';
import type { BrokerPolicy, BuyerPolicy } from '../policy/ports.ts';
import type { ProviderSetup } from '../provider/provider-setup.ts';
import type { Spread } from '../random/spread.ts';

/** Something that happens at a given instant whatever the dice say. */
export type Incident = {
  readonly atMs: number;
  /** Whose node it is; absent: the first provider's. */
  readonly provider?: string;
  readonly nodeId: string;
} & (
  | {
      /** fail and return: the node dies and comes back; enable: an operator puts it into service. */
      readonly kind: 'fail' | 'return' | 'enable';
    }
  | {
      /** An operator takes it out of service. */
      readonly kind: 'drain';
      /** When it is expected back; null: nobody knows; absent: after the assumed repair time of its provider. */
      readonly untilMs?: number | null;
    }
  | {
      /** An operator plans a maintenance. */
      readonly kind: 'maintenance';
      readonly maintenanceId: string;
      readonly fromMs: number;
      readonly untilMs: number;
    }
  | {
      /** An operator calls it off, or ends it. */
      readonly kind: 'end-maintenance';
      readonly maintenanceId: string;
    }
);

/** When whoever waits in a queue takes what is left to the next provider. Infinity: never. */
export interface MovingOn {
  /** After so long without having begun. */
  readonly waitedMs: number;
  /** After so long since it had to give way, or lost its node. */
  readonly displacedMs: number;
}

/** How users trade windows that they have no use for. */
export interface ExchangeSettings {
  /** What is asked for one, as a share of what was agreed for it: drawn evenly between the two, each at least 0. */
  readonly ask: { readonly min: number; readonly max: number };
  /** What the provider keeps of the price of each trade, 0..1. */
  readonly feeShare: number;
}

/** How users behave beside what their buyer policy decides. */
export interface UserSettings {
  /** From an offer until the user's answer. */
  readonly thinkTime: Spread;
  /** Chance that a confirmed reservation is never activated, 0..1. */
  readonly noShow: number;
  /** From the start of a window until its user activates it. Absent: 0. */
  readonly lateness?: Spread;
  /** Chance that each optional instance is claimed when the window opens, 0..1. */
  readonly claim: number;
  /** Chance that a user asks in the middle of the window for half as long again, and takes what is offered, 0..1. Absent: 0. */
  readonly extend?: number;
  /** Absent: whoever is in a queue stays in it. */
  readonly movesOn?: MovingOn;
  /** Who would cancel a window puts it up for sale instead, and who comes to no agreement with a provider bids for one. Absent: neither. */
  readonly exchange?: ExchangeSettings | undefined;
  /** The buyer policy of that name; the scenario's own when a request names none. Throws for an unknown name. */
  buyer(name: string | undefined): Named<BuyerPolicy>;
  /** Absent: providers are asked in the order of the world. */
  readonly broker?: Named<BrokerPolicy> | undefined;
}

/** A provider and the simulated nodes that it runs on. */
export interface SimulatedProvider extends ProviderSetup {
  readonly hypervisor: HypervisorSettings;
  readonly faults: FaultSettings;
  /**
   * The names of the providers that it asks for what it has no room for, in their order; `settings.resale` says when. Absent: it asks none.
   */
  readonly partners?: readonly string[];
}

export interface World {
  readonly seed: number;
  /** Virtual time 0 of the run, in milliseconds since the Unix epoch. Every time in a run is relative to the epoch too. */
  readonly startMs: number;
  /** The run goes on to here, busy or idle; Infinity: it stops when nothing is left to do. */
  readonly endMs: number;
  /** At least one, with names of their own. Users ask them in this order, unless their broker has another. */
  readonly providers: readonly SimulatedProvider[];
  readonly incidents: readonly Incident[];
  readonly users: UserSettings;
  /** In order of submitMs (equal ones in the order given); read lazily, one request ahead. */
  readonly requests: Iterable<UserRequest> | AsyncIterable<UserRequest>;
}
