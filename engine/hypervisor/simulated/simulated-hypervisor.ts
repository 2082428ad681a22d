// A pool of nodes with a hypervisor on each, in simulated time: the Dispatcher of simulations and of laptops without Xen. It knows
// nothing of reservations. Operations take time, can fail, and are refused when a node has no room; guests shut down by
// themselves, crash and hang; nodes die with everything on them and come back.
import { defer, Observable, of, Subject, type Subscriber } from 'rxjs';
import { type Clock, Phase, type TimerHandle } from '../../clock/clock.ts';
import type { NodeSpec } from '../../domain/node.ts';
import {
  addResources,
  isWithin,
  NO_RESOURCES,
  type Resources,
  subtractResources,
} from '../../domain/resources.ts';
import { linkBetween, type SiteLink } from '../../domain/site.ts';
import type { VmSpec } from '../../domain/vm.ts';
import type { VmCause } from '../../events/domain-event.ts';
import { invariant } from '../../invariant.ts';
import type { Rng } from '../../random/rng.ts';
import { drawSpread, type Spread } from '../../random/spread.ts';
import {
  type Dispatcher,
  DispatcherError,
  type NodePower,
  type Observation,
  type VmObservation,
} from '../dispatcher.ts';
import { GuestLoad, LoadTimer, TracedLoad } from './guest-load.ts';
import { Heartbeats } from './heartbeats.ts';
import type {
  CheckpointSettings,
  FaultSettings,
  HypervisorSettings,
  LoadTrace,
} from './hypervisor-settings.ts';
import { migrationModel } from './migration/catalogue.ts';
import { type Course, type GuestMemory, PAGE_BYTES, pagesOf } from './migration/course.ts';
import { type GuestDisk, withDisk } from './migration/disk.ts';
import { overDistance } from './migration/distance.ts';
import { type Journey, MigrationLinks } from './migration/migration-links.ts';
import type { MigrationSettings } from './migration/migration-settings.ts';
import { Standby } from './standby.ts';

/** What the guest inside a VM will do; asked for once, when the VM is created. */
export interface Guest {
  /** It shuts down by itself after running this long; Infinity: never. A restarted guest begins anew. */
  readonly runTimeMs: number;
  /** Name of the trace that it is as busy as; absent, or where there is none of that name: one that is drawn. */
  readonly loadTrace?: string;
}

export interface SimulatedHypervisorParts {
  readonly clock: Clock;
  readonly nodes: readonly NodeSpec[];
  readonly settings: HypervisorSettings;
  readonly faults: Omit<
    FaultSettings,
    'nodeMtbfMs' | 'nodeMttrMs' | 'groupMtbfMs' | 'groupMttrMs' | 'groupShare'
  >;
  readonly rng: Rng;
  readonly guestOf: (vm: VmSpec) => Guest;
  /** The address that a VM gets when it is made; absent: guests have none. */
  readonly addressOf?: (vm: VmSpec) => string;
}

/** A VM as it is found when a simulated cluster is set up anew, as if it had run on meanwhile. */
export interface ExistingVm {
  readonly spec: VmSpec;
  readonly power: 'halted' | 'running' | 'suspended';
  readonly isHung: boolean;
  /** Both absent: as for a new VM. */
  readonly ipAddress?: string;
  readonly loadPermille?: number;
}

interface SimulatedNode {
  readonly spec: NodeSpec;
  isUp: boolean;
  used: Resources;
  /** When its last loss is noticed; what comes after is noticed later. */
  lossKnownMs: number;
}

/** A node as it is, and what is on it. VMs that migrate count where they come from, and use both nodes. */
export interface NodeUse {
  readonly spec: NodeSpec;
  /** False of one that is lost. */
  readonly isUp: boolean;
  readonly power: NodePower;
  /** It stays on, whatever is on it. */
  readonly isKept: boolean;
  readonly used: Resources;
  readonly vmCount: number;
  /** What guests keep busy of its CPUs, in thousandths of a CPU. */
  readonly busyMilliCpus: number;
}

/** One failure of a node, and the VMs that died in it. */
interface NodeLoss {
  readonly nodeId: string;
  readonly vms: SimulatedVm[];
}

interface SimulatedVm {
  readonly spec: VmSpec;
  /** What it uses of its host. */
  readonly occupies: Resources;
  readonly guest: Guest;
  readonly hasTools: boolean;
  /** What it has refused since it was started. */
  readonly refused: ('reboot' | 'suspend' | 'migrate')[];
  /** Or what is drawn once for good. */
  readonly load: { readonly permille: number; goOn?(): void };
  readonly ipAddress: string | undefined;
  power: 'halted' | 'running' | 'suspended';
  /** Where its disk lies; undefined until it has run: so long it is made where it is wanted. */
  storage: { readonly name: string | undefined } | undefined;
  /** Whose capacity it uses: set from the beginning of a start until it is down. */
  host: SimulatedNode | undefined;
  /** The other node during a live migration. */
  destination: SimulatedNode | undefined;
  /** Its guest runs at the destination already, and needs both nodes. */
  isSplit: boolean;
  /** Its guest stands still between two nodes; `guestEndMs` is how much it has still to run. */
  isStill: boolean;
  /** The loss of the node it died with, until the Node Monitor hears of it: so long nobody can tell a dead VM from a silent one. */
  loss: NodeLoss | undefined;
  isHung: boolean;
  /** When the guest is going to shut down by itself; while suspended, how much it has still to run. */
  guestEndMs: number;
  guestTimers: TimerHandle[];
  /** How long it had run, since it began anew, when it was last started or resumed, and when that was. */
  ranMs: number;
  runsFromMs: number;
  /** How much of that its last checkpoint holds; it is gone once it shuts down, and not when it loses its power. */
  keptMs: number;
  /** The operation in progress. */
  operation: OperationRun | undefined;
}

/** How an operation begins and what it brings about. Both look at the VM as it is then. */
interface Operation {
  readonly vmId: string;
  readonly duration: Spread;
  /** Instead of a duration: on its way until it says that it is done. @returns what stops it */
  proceed?(vm: SimulatedVm, done: (copied: Copied) => void): { cancel(): void };
  /** It cannot fail by chance. */
  readonly isCertain?: boolean;
  /** A guest boots in it, which may fail by itself. */
  readonly isBoot?: boolean;
  /** What it brings about is so where there is no such VM. */
  readonly isDoneWithout?: boolean;
  /** Comes before anything else. */
  prepare?(): void;
  /** Checks, and takes what the operation needs. @returns false when there is nothing to do */
  begin(vm: SimulatedVm): boolean;
  finish(vm: SimulatedVm): Copied | undefined;
  /** Gives back what `begin` took. */
  undo?(vm: SimulatedVm): void;
}

/** What a live migration, or a start from a checkpoint, tells when it is over. */
type Copied = Pick<VmObservation, 'downtimeMs' | 'sentBytes' | 'isConverged' | 'keptMs'>;

/** What operations run on. */
interface Ground {
  readonly clock: Clock;
  vm(vmId: string): SimulatedVm | undefined;
  look(vmId: string): VmObservation;
  drawMs(duration: Spread): number;
  /** When the node that it goes to, or is on, has booted: in the past, if it is on. */
  readyMs(vm: SimulatedVm): number;
  drawFailure(isBoot?: boolean): boolean;
  /** Something else is on it: to be tried again. */
  drawWait(): boolean;
}

const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;

const NO_TIME: Spread = { minMs: 0, maxMs: 0 };

export class SimulatedHypervisor implements Dispatcher {
  readonly #parts: SimulatedHypervisorParts;
  readonly #specs: ReadonlyMap<string, NodeSpec>;
  /** Those on which something happened: of the others there may be a million. */
  readonly #nodes = new Map<string, SimulatedNode>();
  /** What nodes have beside CPU, memory and disk. */
  readonly #namesOnNodes: ReadonlySet<string>;
  readonly #vms = new Map<string, SimulatedVm>();
  readonly #observations = new Subject<Observation>();
  #unnoticed = 0;
  readonly #durations: Rng;
  readonly #guests: Rng;
  readonly #failures: Rng;
  readonly #tools: Rng;
  readonly #refusals: Rng;
  readonly #ground: Ground;
  /** Migrations that copy memory; undefined when they take a time that is set. */
  readonly #copies: MigrationLinks | undefined;
  readonly #beginMs: number;
  readonly #traces: ReadonlyMap<string, LoadTrace>;
  /** Undefined when guests are as busy at any time. */
  readonly #loads: LoadTimer | undefined;
  /** Undefined when nodes are never switched off. */
  readonly #standby: Standby | undefined;

  constructor(parts: SimulatedHypervisorParts) {
    this.#parts = parts;
    this.#specs = new Map(parts.nodes.map((spec) => [spec.nodeId, spec]));
    this.#namesOnNodes = new Set(parts.nodes.flatMap(({ capacity }) => Object.keys(capacity.named ?? {})));
    this.#durations = parts.rng.stream('durations');
    this.#guests = parts.rng.stream('guests');
    this.#failures = parts.rng.stream('failures');
    this.#tools = parts.rng.stream('tools');
    this.#refusals = parts.rng.stream('refusals');
    const { clock, faults, settings } = parts;
    const { guestLoadProcess, migration, tracedLoads } = settings;
    const loadsEveryMs = tracedLoads?.everyMs ?? guestLoadProcess?.everyMs;
    if (loadsEveryMs !== undefined)
      this.#loads = new LoadTimer(clock, loadsEveryMs, () => this.#changeLoads());
    this.#beginMs = clock.now();
    this.#traces = new Map(tracedLoads?.traces.map((trace) => [trace.name, trace]));
    if (migration !== undefined && migrationModel(migration.model).course !== undefined)
      this.#copies = new MigrationLinks(clock, migration);
    if (settings.standby !== undefined) {
      this.#standby = new Standby({
        clock,
        settings: settings.standby,
        rng: parts.rng.stream('node-boots'),
        onChange: (nodeId, power, watts) =>
          this.#observations.next({
            kind: 'node-power',
            nodeId,
            power,
            ...(watts !== undefined && { watts }),
          }),
      });
      for (const { nodeId } of parts.nodes) this.#standby.emptied(nodeId);
    }
    this.#ground = {
      readyMs: ({ destination, host }) => {
        const node = destination ?? host;
        return node === undefined ? clock.now() : (this.#standby?.readyMs(node.spec.nodeId) ?? clock.now());
      },
      clock,
      vm: (vmId) => this.#vms.get(vmId),
      look: (vmId) => this.#look(vmId),
      drawMs: (duration) => drawSpread(this.#durations, duration),
      drawFailure: (isBoot = false) => {
        const { bootFailure = 0, operationFailure } = faults;
        const chance = isBoot ? 1 - (1 - operationFailure) * (1 - bootFailure) : operationFailure;
        return chance > 0 && this.#failures.next() < chance;
      },
      drawWait: () => this.#happens(this.#refusals, faults.operationWait),
    };
  }

  get observations$(): Observable<Observation> {
    return this.#observations;
  }

  /**
   * Sets the scene: VMs that exist from the beginning, running ones on the node of their `spec`, and nodes that are down. Nothing is
   * observed of it; running guests begin anew.
   */
  populate(vms: Iterable<ExistingVm>, downNodeIds: Iterable<string> = []): void {
    for (const nodeId of downNodeIds) this.#node(nodeId).isUp = false;
    for (const { spec, power, isHung, ...known } of vms) {
      const vm = this.#newVm(spec, known);
      this.#vms.set(spec.vmId, vm);
      vm.power = power;
      // Who has run, and where its disk lies, is known of none that is halted.
      if (power !== 'halted') vm.storage = storageOf(this.#specs.get(spec.nodeId));
      if (power !== 'running') continue;
      vm.isHung = isHung;
      vm.host = this.#occupy(spec.nodeId, vm);
      this.#guestBegins(vm);
    }
  }

  inventory(): Observable<readonly VmObservation[]> {
    return defer(() => of(Array.from(this.#vms.keys(), (vmId) => this.#look(vmId))));
  }

  /** All nodes as they are, in the order of the cluster. */
  nodeUses(): readonly NodeUse[] {
    const uses = new Map(
      Array.from(this.#specs.keys(), (nodeId) => {
        const node = this.#node(nodeId);
        const { isUp, spec, used } = node;
        const power = this.#standby?.powerOf(spec.nodeId) ?? 'on';
        const isKept = this.#standby?.isKept(spec.nodeId) ?? true;
        return [node, { spec, isUp, power, isKept, used, vmCount: 0, busyMilliCpus: 0 }];
      }),
    );
    for (const vm of this.#vms.values()) {
      const use = vm.host && uses.get(vm.host);
      if (use === undefined) continue;
      use.vmCount += 1;
      use.busyMilliCpus += (vm.occupies.milliCpus * this.#look(vm.spec.vmId).loadPermille) / 1000;
    }
    return [...uses.values()];
  }

  /** Timers that are pending because nodes are to be switched off, or boot. */
  get standbyTimers(): number {
    return this.#standby?.timers ?? 0;
  }

  /** Timers that are pending because a loss or a return of a node has not been noticed yet. */
  get unnoticedTimers(): number {
    return this.#unnoticed;
  }

  /**
   * Which nodes stay on from now on although nothing is on them: those that are off boot. The others are switched off when they have been empty
   * for a while. Where nodes are never switched off nothing follows. One that is lost comes back as it was last decided.
   */
  keepOn(isKept: (nodeId: string) => boolean): void {
    for (const nodeId of this.#specs.keys())
      if (this.#node(nodeId).isUp) this.#standby?.keep(nodeId, isKept(nodeId));
  }

  /** VMs that exist, running or not. */
  get vmCount(): number {
    return this.#vms.size;
  }

  create(spec: VmSpec): Observable<VmObservation> {
    return this.#operation({
      vmId: spec.vmId,
      duration: this.#parts.settings.create,
      begin: () => true,
      finish: () => undefined,
      // A VM exists from the moment its making begins, so that a repeated or abandoned create leaves no second one.
      prepare: () => {
        this.#requireUp(spec.nodeId);
        if (!this.#vms.has(spec.vmId)) this.#vms.set(spec.vmId, this.#newVm(spec));
      },
    });
  }

  start(vmId: string, nodeId: string, fromCheckpoint = false): Observable<VmObservation> {
    const { checkpoints, start } = this.#parts.settings;
    const isRestored = fromCheckpoint && checkpoints !== undefined && (this.#vms.get(vmId)?.keptMs ?? 0) > 0;
    return this.#operation({
      vmId,
      duration: isRestored ? checkpoints.restore : start,
      isBoot: true,
      begin: (vm) => {
        if (vm.power === 'running') return false;
        if (vm.power !== 'halted')
          throw new DispatcherError('BAD_POWER_STATE', `${vmId} is ${vm.power}, not halted`);
        this.#requireStorage(vm, nodeId);
        vm.host = this.#occupy(nodeId, vm);
        return true;
      },
      finish: (vm) => {
        vm.power = 'running';
        vm.storage ??= storageOf(vm.host?.spec);
        if (!isRestored) {
          this.#guestBegins(vm);
          return undefined;
        }
        const { keptMs } = vm;
        vm.ranMs = keptMs;
        this.#guestStarts(vm, this.#runTimeOf(vm) - keptMs);
        return { keptMs };
      },
      undo: (vm) => this.#vacateHost(vm),
    });
  }

  stop(vmId: string, mode: 'clean' | 'hard'): Observable<VmObservation> {
    return this.#operation({
      vmId,
      duration:
        mode === 'hard' || this.#vms.get(vmId)?.hasTools === false ? NO_TIME : this.#parts.settings.stop,
      begin: (vm) => {
        if (vm.power === 'halted') return false;
        if (mode === 'clean' && vm.isHung)
          throw new DispatcherError('OPERATION_FAILED', `the guest of ${vmId} does not answer`);
        return true;
      },
      finish: (vm) => {
        this.#powerOff(vm);
        if (mode === 'clean') vm.keptMs = 0;
        return undefined;
      },
      isCertain: mode === 'hard',
    });
  }

  reboot(vmId: string): Observable<VmObservation> {
    return this.#operation({
      vmId,
      duration: this.#parts.settings.reboot,
      begin: (vm) => {
        this.#requireRunning(vm);
        this.#requireWilling(vm, 'reboot');
        this.#guestStops(vm);
        return true;
      },
      finish: (vm) => {
        vm.isHung = false;
        vm.refused.length = 0;
        this.#guestBegins(vm);
        return undefined;
      },
      // It was shut down and did not come back, or not yet: it begins anew as well.
      undo: (vm) => this.#guestBegins(vm),
    });
  }

  suspend(vmId: string): Observable<VmObservation> {
    return this.#operation({
      vmId,
      duration: this.#parts.settings.suspend,
      begin: (vm) => {
        if (vm.power === 'suspended') return false;
        this.#requireRunning(vm);
        this.#requireAble(vm.host, 'suspension');
        this.#requireWilling(vm, 'suspend');
        this.#guestStops(vm);
        vm.guestEndMs -= this.#parts.clock.now();
        return true;
      },
      finish: (vm) => {
        vm.power = 'suspended';
        this.#vacateHost(vm);
        return undefined;
      },
      undo: (vm) => this.#guestStarts(vm, vm.guestEndMs),
    });
  }

  resume(vmId: string, nodeId: string): Observable<VmObservation> {
    return this.#operation({
      vmId,
      duration: this.#parts.settings.resume,
      begin: (vm) => {
        if (vm.power === 'running') return false;
        if (vm.power !== 'suspended')
          throw new DispatcherError('BAD_POWER_STATE', `${vmId} is ${vm.power}, not suspended`);
        this.#requireStorage(vm, nodeId);
        vm.host = this.#occupy(nodeId, vm);
        return true;
      },
      finish: (vm) => {
        vm.power = 'running';
        this.#guestStarts(vm, vm.guestEndMs);
        return undefined;
      },
      undo: (vm) => this.#vacateHost(vm),
    });
  }

  migrate(vmId: string, toNodeId: string): Observable<VmObservation> {
    const { migrate, migrateDowntimeMs } = this.#parts.settings;
    return this.#operation({
      vmId,
      duration: migrate,
      begin: (vm) => {
        this.#requireRunning(vm);
        if (vm.host?.spec.nodeId === toNodeId) return false;
        for (const node of [vm.host, this.#node(toNodeId)]) this.#requireAble(node, 'liveMigration');
        if (this.#linkOf(vm, toNodeId) === undefined) this.#requireStorage(vm, toNodeId);
        this.#requireWilling(vm, 'migrate');
        vm.destination = this.#occupy(toNodeId, vm);
        return true;
      },
      ...(this.#copies && { proceed: (vm, done) => this.#copies!.begin(this.#journeyOf(vm, done)) }),
      finish: (vm) => {
        const { destination } = vm;
        vm.destination = undefined;
        this.#vacateHost(vm);
        vm.host = destination;
        vm.storage = storageOf(destination?.spec);
        this.#guestArrives(vm);
        return { downtimeMs: migrateDowntimeMs };
      },
      undo: (vm) => {
        if (vm.destination !== undefined) this.#vacate(vm.destination, vm);
        vm.destination = undefined;
        const isLost = vm.isSplit;
        this.#guestArrives(vm);
        if (!isLost) return;
        // Half of its memory is at each node, and there it stays.
        this.#powerOff(vm);
        const { clock } = this.#parts;
        clock.at(clock.now(), Phase.Operation, () => this.#reportVm(vm, 'guest-crash', 0));
      },
    });
  }

  destroy(vmId: string): Observable<VmObservation> {
    return this.#operation({
      vmId,
      duration: this.#parts.settings.destroy,
      isDoneWithout: true,
      begin: (vm) => {
        if (vm.power === 'running') throw new DispatcherError('BAD_POWER_STATE', `${vmId} is running`);
        return true;
      },
      finish: (vm) => {
        this.#vms.delete(vm.spec.vmId);
        return undefined;
      },
    });
  }

  /**
   * The node dies now, with everything that runs on it. The Node Monitor hears of it after the detection delay; until then every
   * operation on a VM that died fails with NODE_UNREACHABLE, even when the node is back sooner.
   */
  failNode(nodeId: string): void {
    const node = this.#node(nodeId);
    if (!node.isUp) return;
    node.isUp = false;
    this.#standby?.lost(nodeId);
    const loss: NodeLoss = { nodeId, vms: [] };
    for (const vm of this.#vms.values()) {
      if (vm.host !== node && vm.destination !== node) continue;
      vm.operation?.fail(unreachable(nodeId));
      // A start that was in progress has been undone: that VM is where it was before.
      if (vm.host !== node) continue;
      this.#powerOff(vm);
      vm.loss = loss;
      loss.vms.push(vm);
    }
    const { clock, settings } = this.#parts;
    const heartbeats = this.#heartbeatsOf(nodeId);
    node.lossKnownMs = heartbeats?.lostMs(clock.now()) ?? clock.now() + settings.nodeDetectionMs;
    const silentSinceMs = heartbeats?.lastBeforeMs(clock.now());
    this.#notice(node.lossKnownMs - clock.now(), () => {
      for (const vm of loss.vms) vm.loss = undefined;
      this.#observations.next({
        kind: 'node-down',
        nodeId,
        ...(silentSinceMs !== undefined && { silentSinceMs }),
      });
    });
  }

  /** The node works again, empty. */
  returnNode(nodeId: string): void {
    const node = this.#node(nodeId);
    if (node.isUp) return;
    node.isUp = true;
    this.#standby?.emptied(nodeId);
    const { clock, settings } = this.#parts;
    const nowMs = clock.now();
    // Somebody has to be missed before they are back.
    const knownMs = this.#heartbeatsOf(nodeId)?.backMs(nowMs) ?? nowMs + settings.nodeDetectionMs;
    this.#notice(Math.max(knownMs, node.lossKnownMs) - nowMs, () =>
      this.#observations.next({ kind: 'node-up', nodeId }),
    );
  }

  /** The guest of that VM crashes now, if it runs. */
  crashGuest(vmId: string): void {
    const vm = this.#vms.get(vmId);
    if (vm?.power === 'running') this.#guestGoes(vm, 'guest-crash');
  }

  /** The guest of that VM hangs now, if it runs. */
  hangGuest(vmId: string): void {
    const vm = this.#vms.get(vmId);
    if (vm?.power === 'running' && !vm.isHung) this.#guestHangs(vm);
  }

  // Operations

  #operation(operation: Operation): Observable<VmObservation> {
    return new Observable((subscriber) => {
      const run = new OperationRun(operation, subscriber, this.#ground);
      run.begin();
      return run;
    });
  }

  #look(vmId: string): VmObservation {
    const vm = this.#vms.get(vmId);
    if (vm === undefined) return { vmId, state: 'DELETED', nodeId: null, loadPermille: 0 };
    if (vm.power === 'suspended') return { vmId, state: 'SUSPENDED', nodeId: null, loadPermille: 0 };
    if (vm.power === 'halted') return { vmId, state: 'HALTED', nodeId: null, loadPermille: 0 };
    const loadPermille = vm.isHung ? 0 : vm.load.permille;
    const { host, ipAddress } = vm;
    const nodeId = host?.spec.nodeId ?? null;
    if (ipAddress === undefined) return { vmId, state: 'RUNNING', nodeId, loadPermille };
    return { vmId, state: 'RUNNING', nodeId, loadPermille, ipAddress };
  }

  #newVm(spec: VmSpec, known: { ipAddress?: string; loadPermille?: number } = {}): SimulatedVm {
    const { min, max } = this.#parts.settings.guestLoadPermille;
    const guest = this.#parts.guestOf(spec);
    const meanPermille = known.loadPermille ?? (min === max ? min : this.#guests.integer(min, max));
    return {
      spec,
      occupies: this.#occupiedBy(spec),
      guest,
      hasTools: !this.#happens(this.#tools, this.#parts.settings.guestsWithoutTools),
      refused: [],
      load: this.#loadOf(spec, guest, meanPermille),
      ipAddress: known.ipAddress ?? this.#parts.addressOf?.(spec),
      power: 'halted',
      storage: undefined,
      host: undefined,
      destination: undefined,
      isSplit: false,
      isStill: false,
      loss: undefined,
      isHung: false,
      guestEndMs: Number.POSITIVE_INFINITY,
      guestTimers: [],
      ranMs: 0,
      runsFromMs: 0,
      keptMs: 0,
      operation: undefined,
    };
  }

  #loadOf({ vmId }: VmSpec, { loadTrace }: Guest, meanPermille: number): SimulatedVm['load'] {
    const { clock, rng, settings } = this.#parts;
    const { guestLoadProcess: process, tracedLoads } = settings;
    const draws = () => rng.stream('load').stream(vmId);
    if (tracedLoads !== undefined) {
      const { afterEnd, begins, traces } = tracedLoads;
      const named = loadTrace === undefined ? undefined : this.#traces.get(loadTrace);
      const beginMs = begins === 'with-run' ? this.#beginMs : clock.now();
      return new TracedLoad(named ?? draws().pick(traces), afterEnd, clock, beginMs);
    }
    if (process === undefined) return { permille: meanPermille };
    return new GuestLoad(process, meanPermille, draws());
  }

  /** @returns whether any guest runs */
  #changeLoads(): boolean {
    let isAny = false;
    for (const vm of this.#vms.values()) {
      if (vm.power !== 'running' || vm.load.goOn === undefined) continue;
      isAny = true;
      const before = vm.load.permille;
      vm.load.goOn();
      // While something is being done with it nobody looks, and its end tells.
      if (vm.load.permille !== before && !vm.isHung && vm.operation === undefined)
        this.#reportVm(vm, 'outside', 0);
    }
    return isAny;
  }

  /** CPU, memory and what nodes have by name; disks, and what else is not on a node, are none of its business. */
  #occupiedBy({ demand }: VmSpec): Resources {
    const named = Object.entries(demand.named ?? {}).filter(([name]) => this.#namesOnNodes.has(name));
    return { ...demand, diskGib: 0, ...(demand.named !== undefined && { named: Object.fromEntries(named) }) };
  }

  // Migrations

  #journeyOf(vm: SimulatedVm, done: (copied: Copied) => void): Journey {
    const settings = this.#parts.settings.migration!;
    const from = vm.host!.spec;
    const to = vm.destination!.spec;
    const link = linkBetween(from.site, to.site);
    return {
      from: from.nodeId,
      to: to.nodeId,
      ...(link !== undefined && {
        between: { name: `${from.site!.name} to ${to.site!.name}`, bytesPerS: link.bytesPerS },
      }),
      course: this.#courseOf(vm, settings),
      compression: settings.compression,
      onGuest: (place) => {
        if (place === 'nowhere') this.#guestStandsStill(vm);
        else this.#guestArrives(vm);
        vm.isSplit = place === 'split';
      },
      onEnd: ({ downtimeS, outcome, wireBytes }) =>
        done({
          downtimeMs: Math.round(downtimeS * 1000),
          sentBytes: Math.round(wireBytes),
          isConverged: outcome.isConverged,
        }),
    };
  }

  #courseOf(vm: SimulatedVm, settings: MigrationSettings): Course {
    const from = vm.host!.spec;
    const to = vm.destination!.spec;
    const link = linkBetween(from.site, to.site);
    const course = migrationModel(settings.model).course!({
      memory: this.#memoryOf(vm, settings),
      linkBytesPerS: Math.min(settings.linkBytesPerS, link?.bytesPerS ?? Number.POSITIVE_INFINITY),
      settings,
    });
    if (link === undefined) return course;
    const isDiskThere = from.limits?.storage === to.limits?.storage;
    return overDistance(
      isDiskThere ? course : withDisk(course, this.#diskOf(vm, settings), settings.disk),
      link,
    );
  }

  /** Over which its disk can go to a node of another site. */
  #linkOf({ host }: SimulatedVm, nodeId: string): SiteLink | undefined {
    if (this.#copies === undefined) return undefined;
    return linkBetween(host?.spec.site, this.#node(nodeId).spec.site);
  }

  /** The same of a VM each time, whatever else happens. */
  #diskOf({ spec: { demand, vmId } }: SimulatedVm, { disk }: MigrationSettings): GuestDisk {
    const draws = this.#parts.rng.stream('disk').stream(vmId);
    const between = ({ min, max }: { min: number; max: number }) => min + (max - min) * draws.next();
    const bytes = demand.diskGib * GIBIBYTE * between(disk.inUse);
    return {
      bytes,
      writtenBytesPerS: between(disk.writtenBytesPerS),
      workingSetBytes: bytes * between(disk.workingSet),
    };
  }

  /** The same of a VM each time, whatever else happens. */
  #memoryOf({ spec: { demand, vmId } }: SimulatedVm, settings: MigrationSettings): GuestMemory {
    const draws = this.#parts.rng.stream('memory').stream(vmId);
    const between = ({ min, max }: { min: number; max: number }) => min + (max - min) * draws.next();
    const bytes = Math.max(PAGE_BYTES, demand.memoryMib * MEBIBYTE * between(settings.memoryInUse));
    const dirtyPagesPerS = between(settings.dirtyPagesPerS);
    return {
      bytes,
      dirtyPagesPerS,
      workingSetPages: Math.floor(pagesOf({ bytes }) * between(settings.workingSet)),
    };
  }

  #guestStandsStill(vm: SimulatedVm): void {
    if (vm.isHung) return;
    this.#guestStops(vm);
    vm.guestEndMs -= this.#parts.clock.now();
    vm.isStill = true;
  }

  /** It runs on where it is, if it stood still, and needs no second node. */
  #guestArrives(vm: SimulatedVm): void {
    vm.isSplit = false;
    if (!vm.isStill) return;
    vm.isStill = false;
    this.#guestStarts(vm, vm.guestEndMs);
  }

  // Guests

  /** All that it did before is lost. */
  #guestBegins(vm: SimulatedVm): void {
    vm.ranMs = 0;
    vm.keptMs = 0;
    this.#guestStarts(vm, this.#runTimeOf(vm));
  }

  /** From its beginning to its end, the pauses for its checkpoints included. */
  #runTimeOf({ guest: { runTimeMs } }: SimulatedVm): number {
    const { checkpoints } = this.#parts.settings;
    if (checkpoints === undefined || runTimeMs === Number.POSITIVE_INFINITY) return runTimeMs;
    const { everyMs, pauseMs } = checkpoints;
    return runTimeMs + Math.max(0, Math.ceil(runTimeMs / everyMs) - 1) * pauseMs;
  }

  #guestStarts(vm: SimulatedVm, runTimeMs: number): void {
    vm.runsFromMs = this.#parts.clock.now();
    this.#loads?.wake();
    // Suspending and resuming does not wake a guest that hangs; starting and rebooting does, before it gets here.
    if (vm.isHung) return;
    const { clock, faults } = this.#parts;
    const nowMs = clock.now();
    vm.guestEndMs = nowMs + runTimeMs;
    const after = (delayMs: number, what: () => void) => {
      if (delayMs !== Number.POSITIVE_INFINITY) {
        vm.guestTimers.push(clock.at(Math.round(nowMs + delayMs), Phase.Fault, what));
      }
    };
    after(runTimeMs, () => this.#guestGoes(vm, 'guest-shutdown'));
    if (faults.guestCrashMtbfMs !== Number.POSITIVE_INFINITY) {
      after(this.#guests.exponential(faults.guestCrashMtbfMs), () => this.#guestGoes(vm, 'guest-crash'));
    }
    if (faults.guestHangMtbfMs !== Number.POSITIVE_INFINITY) {
      after(this.#guests.exponential(faults.guestHangMtbfMs), () => this.#guestHangs(vm));
    }
  }

  #guestStops(vm: SimulatedVm): void {
    if (vm.power === 'running' && !vm.isHung && !vm.isStill) this.#settleProgress(vm);
    for (const timer of vm.guestTimers) this.#parts.clock.cancel(timer);
    vm.guestTimers = [];
  }

  #settleProgress(vm: SimulatedVm): void {
    const { clock, settings } = this.#parts;
    vm.ranMs += clock.now() - vm.runsFromMs;
    vm.runsFromMs = clock.now();
    if (settings.checkpoints !== undefined) vm.keptMs = lastCheckpointMs(settings.checkpoints, vm.ranMs);
  }

  /** The guest ends on its own account, and its VM with it. */
  #guestGoes(vm: SimulatedVm, cause: VmCause): void {
    vm.isSplit = false;
    vm.operation?.fail(new DispatcherError('BAD_POWER_STATE', `the guest of ${vm.spec.vmId} is gone`));
    this.#powerOff(vm);
    if (cause === 'guest-shutdown') vm.keptMs = 0;
    this.#reportVm(vm, cause, 0);
  }

  /** The guest stands still, and its VM with it: no more answers, no shutdown. The VM Monitor notices after the detection delay. */
  #guestHangs(vm: SimulatedVm): void {
    this.#guestStops(vm);
    vm.isHung = true;
    this.#reportVm(vm, 'guest-hang', this.#parts.settings.hangDetectionMs);
  }

  #powerOff(vm: SimulatedVm): void {
    this.#guestStops(vm);
    vm.isStill = false;
    vm.refused.length = 0;
    vm.isHung = false;
    vm.power = 'halted';
    this.#vacateHost(vm);
  }

  // Nodes

  #node(nodeId: string): SimulatedNode {
    const known = this.#nodes.get(nodeId);
    if (known !== undefined) return known;
    const spec = this.#specs.get(nodeId);
    if (spec === undefined) throw new RangeError(`no node is called "${nodeId}"`);
    const node = { spec, isUp: true, used: NO_RESOURCES, lossKnownMs: Number.NEGATIVE_INFINITY };
    this.#nodes.set(nodeId, node);
    return node;
  }

  /** At the same instants whatever else happens. */
  #heartbeatsOf(nodeId: string): Heartbeats | undefined {
    const { rng, settings } = this.#parts;
    return (
      settings.heartbeats && new Heartbeats(settings.heartbeats, rng.stream('heartbeats').stream(nodeId))
    );
  }

  #requireUp(nodeId: string): SimulatedNode {
    const node = this.#node(nodeId);
    if (!node.isUp) throw unreachable(nodeId);
    return node;
  }

  #requireRunning(vm: SimulatedVm): void {
    if (vm.power !== 'running') {
      throw new DispatcherError('BAD_POWER_STATE', `${vm.spec.vmId} is ${vm.power}, not running`);
    }
  }

  #requireAble(node: SimulatedNode | undefined, what: 'liveMigration' | 'suspension'): void {
    const { limits, nodeId } = node?.spec ?? {};
    if (limits?.[what] === false)
      throw new DispatcherError('REFUSED', `node ${nodeId} is not made for ${what}`, 'not-supported');
  }

  /** A VM that has run goes where its disk is. */
  #requireStorage({ spec: { vmId }, storage }: SimulatedVm, nodeId: string): void {
    if (storage === undefined || storage.name === this.#node(nodeId).spec.limits?.storage) return;
    throw new DispatcherError(
      'REFUSED',
      `the disk of ${vmId} is not there on ${nodeId}`,
      'storage-not-there',
    );
  }

  /** Of a guest that runs. */
  #requireWilling(vm: SimulatedVm, operation: 'reboot' | 'suspend' | 'migrate'): void {
    const { vmId } = vm.spec;
    if (!vm.hasTools && operation !== 'reboot')
      throw new DispatcherError('REFUSED', `the guest of ${vmId} has no tools`, 'no-guest-tools');
    const isRefused =
      vm.refused.includes(operation) || this.#happens(this.#refusals, this.#parts.faults.operationRefusal);
    if (!isRefused) return;
    vm.refused.push(operation);
    throw new DispatcherError('REFUSED', `${vmId} cannot ${operation}`, 'not-supported');
  }

  #occupy(nodeId: string, { occupies, spec }: SimulatedVm): SimulatedNode {
    const node = this.#requireUp(nodeId);
    const used = addResources(node.used, occupies);
    if (!isWithin(used, node.spec.capacity)) {
      throw new DispatcherError('NODE_FULL', `node ${nodeId} has no room for ${spec.vmId}`);
    }
    node.used = used;
    this.#standby?.occupied(nodeId);
    return node;
  }

  #vacate(node: SimulatedNode, { occupies }: SimulatedVm): void {
    const { nodeId } = node.spec;
    invariant(isWithin(occupies, node.used), 'a node uses no less than nothing', { nodeId });
    node.used = subtractResources(node.used, occupies);
    if (node.isUp && isEmpty(node)) this.#standby?.emptied(nodeId);
  }

  #vacateHost(vm: SimulatedVm): void {
    if (vm.host !== undefined) this.#vacate(vm.host, vm);
    vm.host = undefined;
  }

  // Observations

  #reportVm(vm: SimulatedVm, cause: VmCause, delayMs: number): void {
    this.#after(delayMs, () => {
      // What is no longer so when it would be noticed is never noticed.
      if (cause === 'guest-hang' && !vm.isHung) return;
      this.#observations.next({ kind: 'vm', vm: this.#look(vm.spec.vmId), cause });
    });
  }

  /** A node is lost or back, and somebody hears of it then. */
  #notice(delayMs: number, report: () => void): void {
    this.#unnoticed += 1;
    this.#after(delayMs, () => {
      this.#unnoticed -= 1;
      report();
    });
  }

  #after(delayMs: number, report: () => void): void {
    const { clock } = this.#parts;
    if (delayMs === 0) report();
    else clock.at(clock.now() + delayMs, Phase.Operation, report);
  }

  /** Draws only where there is a choice. */
  #happens(rng: Rng, chance: number): boolean {
    return chance > 0 && (chance >= 1 || rng.next() < chance);
  }
}

/** One operation on its way, from its begin to its end or until nobody wants to hear of it any more. */
class OperationRun {
  readonly #operation: Operation;
  readonly #subscriber: Subscriber<VmObservation>;
  readonly #ground: Ground;
  #vm: SimulatedVm | undefined;
  #isBegun = false;
  #timer: TimerHandle | undefined;
  #way: { cancel(): void } | undefined;

  constructor(operation: Operation, subscriber: Subscriber<VmObservation>, ground: Ground) {
    this.#operation = operation;
    this.#subscriber = subscriber;
    this.#ground = ground;
  }

  begin(): void {
    const { clock, vm: find } = this.#ground;
    const operation = this.#operation;
    try {
      operation.prepare?.();
      const vm = find(operation.vmId);
      this.#vm = vm;
      if (vm?.loss !== undefined) throw unreachable(vm.loss.nodeId);
      if (operation.isCertain !== true && this.#ground.drawWait())
        throw new DispatcherError('NOT_NOW', `${operation.vmId} is busy`, 'other-operation');
      if (vm === undefined && operation.isDoneWithout !== true)
        throw new DispatcherError('UNKNOWN_VM', `there is no VM ${operation.vmId}`);
      if (vm === undefined || !operation.begin(vm)) {
        this.#succeed({});
        return;
      }
      vm.operation = this;
    } catch (error) {
      if (!(error instanceof DispatcherError)) throw error;
      this.fail(error);
      return;
    }
    this.#isBegun = true;
    const readyMs = this.#ground.readyMs(this.#vm!);
    if (readyMs <= clock.now()) this.#goOn();
    else this.#timer = clock.at(readyMs, Phase.Operation, () => this.#goOn());
  }

  #goOn(): void {
    const { clock, drawMs } = this.#ground;
    const operation = this.#operation;
    this.#timer = undefined;
    if (operation.proceed !== undefined) {
      this.#way = operation.proceed(this.#vm!, (copied) => this.#complete(copied));
      return;
    }
    const durationMs = drawMs(operation.duration);
    if (durationMs === 0) this.#complete();
    else this.#timer = clock.at(clock.now() + durationMs, Phase.Operation, () => this.#complete());
  }

  fail(error: DispatcherError): void {
    this.#stop();
    this.#subscriber.error(error);
  }

  /** Nobody waits for its end: what it took is given back. After its end there is nothing left to do. */
  unsubscribe(): void {
    if (this.#isBegun) this.#stop();
  }

  #complete(copied?: Copied): void {
    this.#timer = undefined;
    this.#way = undefined;
    const { isBoot, isCertain = false, vmId } = this.#operation;
    if (!isCertain && this.#ground.drawFailure(isBoot))
      this.fail(new DispatcherError('OPERATION_FAILED', `an operation on ${vmId} failed`));
    else this.#succeed({ ...this.#operation.finish(this.#vm!), ...copied });
  }

  #succeed(copied: Copied): void {
    if (this.#vm !== undefined) this.#vm.operation = undefined;
    this.#isBegun = false;
    this.#subscriber.next({ ...this.#ground.look(this.#operation.vmId), ...copied });
    this.#subscriber.complete();
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#ground.clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#way?.cancel();
    this.#way = undefined;
    const vm = this.#vm;
    if (vm === undefined) return;
    vm.operation = undefined;
    if (this.#isBegun) this.#operation.undo?.(vm);
    this.#isBegun = false;
  }
}

/** How long a guest had run when the last checkpoint of it was done. */
function lastCheckpointMs({ everyMs, pauseMs }: CheckpointSettings, ranMs: number): number {
  return Math.floor(ranMs / (everyMs + pauseMs)) * (everyMs + pauseMs);
}

function unreachable(nodeId: string): DispatcherError {
  return new DispatcherError('NODE_UNREACHABLE', `node ${nodeId} does not answer`);
}

function isEmpty({ used }: SimulatedNode): boolean {
  return used.milliCpus === 0 && used.memoryMib === 0;
}

function storageOf(node: NodeSpec | undefined): NonNullable<SimulatedVm['storage']> {
  return { name: node?.limits?.storage };
}
