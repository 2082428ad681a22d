// A VM of the simulated hypervisor: what is known of it when it is made, and how it fares. Its guest is in guests.ts, what is being done with it in
// operation.ts.
import type { TimerHandle } from '../../clock/clock.ts';
import type { Resources } from '../../domain/resources.ts';
import type { VmSpec } from '../../domain/vm.ts';
import type { DispatcherError } from '../dispatcher.ts';
import type { SimulatedNode, Storage } from './simulated-node.ts';

/** What the guest inside a VM will do; asked for once, when the VM is created. */
export interface Guest {
  /** It shuts down by itself after running this long; Infinity: never. A restarted guest begins anew. */
  readonly runTimeMs: number;
  /** Name of the trace that it is as busy as; absent, or where there is none of that name: one that is drawn. */
  readonly loadTrace?: string;
}

/** A VM as it is found when a simulated cluster is set up anew, as if it had run on meanwhile. */
export interface ExistingVm {
  readonly spec: VmSpec;
  readonly power: Power;
  readonly isHung: boolean;
  /** Both absent: as for a new VM. */
  readonly ipAddress?: string;
  readonly loadPermille?: number;
}

export type Power = 'halted' | 'running' | 'paused' | 'suspended';

/** What a guest may refuse for as long as it runs. */
export type Refusable = 'reboot' | 'suspend' | 'migrate';

/** What stays as it is. */
export interface VmMake {
  readonly spec: VmSpec;
  /** What it uses of its host. */
  readonly occupies: Resources;
  readonly guest: Guest;
  readonly hasTools: boolean;
  /** Or what is drawn once for good. */
  readonly load: { readonly permille: number; goOn?(): void };
  readonly ipAddress: string | undefined;
}

export class SimulatedVm {
  readonly spec: VmSpec;
  readonly occupies: Resources;
  readonly guest: Guest;
  readonly hasTools: boolean;
  readonly load: VmMake['load'];
  readonly ipAddress: string | undefined;
  /** What it has refused since it was started. */
  readonly refused: Refusable[] = [];
  power: Power = 'halted';
  /** Undefined until it has run: so long its disk is made where it is wanted. */
  storage: Storage | undefined;
  /** Whose capacity it uses: set from the beginning of a start until it is down. */
  host: SimulatedNode | undefined;
  /** The other node during a live migration. */
  destination: SimulatedNode | undefined;
  /** Its guest runs at the destination already, and needs both nodes. */
  isSplit = false;
  /** Its guest stands still between two nodes; `guestEndMs` is how much it has still to run. */
  isStill = false;
  /** The loss of the node it died with, until the Node Monitor hears of it: so long nobody can tell a dead VM from a silent one. */
  loss: { readonly nodeId: string } | undefined;
  isHung = false;
  /** When the guest is going to shut down by itself; while paused or suspended, how much it has still to run. */
  guestEndMs = Number.POSITIVE_INFINITY;
  readonly guestTimers: TimerHandle[] = [];
  /** How long it had run, since it began anew, when it was last started or resumed, and when that was. */
  ranMs = 0;
  runsFromMs = 0;
  /** How much of that its last checkpoint holds; it is gone once it shuts down, and not when it loses its power. */
  keptMs = 0;
  /** The operation in progress, which ends when the VM does. */
  operation: { fail(error: DispatcherError): void } | undefined;

  constructor({ guest, hasTools, ipAddress, load, occupies, spec }: VmMake) {
    this.spec = spec;
    this.occupies = occupies;
    this.guest = guest;
    this.hasTools = hasTools;
    this.load = load;
    this.ipAddress = ipAddress;
  }
}
