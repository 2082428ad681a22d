// A pool of nodes with a hypervisor on each, in simulated time: the Dispatcher of simulations and of laptops without Xen. It knows
// nothing of reservations. Operations take time, can fail, and are refused when a node has no room; guests shut down by
// themselves, crash and hang; nodes die with everything on them and come back. Its parts: nodes (simulated-nodes.ts), VMs (simulated-vm.ts) and the guests in
// them (guests.ts), operations on their way (operation.ts), and live migrations that copy memory (journeys.ts).
import { defer, Observable, of, Subject } from 'rxjs';
import { type Clock, Phase } from '../../clock/clock.ts';
import type { NodeSpec } from '../../domain/node.ts';
import type { Resources } from '../../domain/resources.ts';
import { linkBetween } from '../../domain/site.ts';
import type { VmSpec } from '../../domain/vm.ts';
import type { VmCause } from '../../events/domain-event.ts';
import type { Rng } from '../../random/rng.ts';
import { drawSpread, longerBy, type Spread } from '../../random/spread.ts';
import { type Dispatcher, DispatcherError, type Observation, type VmObservation } from '../dispatcher.ts';
import { Customizer } from './customizer.ts';
import { GuestLoad, LoadTimer, TracedLoad } from './guest-load.ts';
import { Guests, happens } from './guests.ts';
import type { FaultSettings, HypervisorSettings, LoadTrace } from './hypervisor-settings.ts';
import { Journeys } from './journeys.ts';
import { type Ground, type Operation, OperationRun, type Order } from './operation.ts';
import { requireAble, storageOf, unreachable } from './simulated-node.ts';
import { type NodeUse, SimulatedNodes } from './simulated-nodes.ts';
import { type ExistingVm, type Guest, SimulatedVm, type VmMake } from './simulated-vm.ts';

export interface SimulatedHypervisorParts {
  readonly clock: Clock;
  readonly nodes: readonly NodeSpec[];
  readonly settings: HypervisorSettings;
  readonly faults: Omit<
    FaultSettings,
    'nodeMtbfMs' | 'nodeMttrMs' | 'nodesOfGroup' | 'groupMtbfMs' | 'groupMttrMs' | 'groupShare'
  >;
  readonly rng: Rng;
  readonly guestOf: (vm: VmSpec) => Guest;
  /** The address that a VM gets when it is made; absent: guests have none. */
  readonly addressOf?: (vm: VmSpec) => string;
}

interface CreateOrder extends Order {
  readonly spec: VmSpec;
}

/** To bring a VM up, or to take it, on that node. */
interface PlaceOrder extends Order {
  readonly nodeId: string;
}

interface StartOrder extends PlaceOrder {
  readonly fromCheckpoint: boolean;
}

interface StopOrder extends Order {
  readonly mode: 'clean' | 'hard';
}

const NO_TIME: Spread = { minMs: 0, maxMs: 0 };

export class SimulatedHypervisor implements Dispatcher {
  readonly #parts: SimulatedHypervisorParts;
  readonly #nodes: SimulatedNodes;
  /** What nodes have beside CPU, memory and disk. */
  readonly #namesOnNodes: ReadonlySet<string>;
  readonly #vms = new Map<string, SimulatedVm>();
  readonly #guests: Guests;
  readonly #observations = new Subject<Observation>();
  readonly #chances: Readonly<Record<'durations' | 'guests' | 'failures' | 'tools' | 'refusals', Rng>>;
  readonly #ground: Ground;
  /** Migrations that copy memory; undefined when they take a time that is set. */
  readonly #journeys: Journeys | undefined;
  /** Undefined when templates have no features. */
  readonly #customizer: Customizer | undefined;
  readonly #beginMs: number;
  readonly #traces: ReadonlyMap<string, LoadTrace>;
  /** Undefined when guests are as busy at any time. */
  readonly #loads: LoadTimer | undefined;

  constructor(parts: SimulatedHypervisorParts) {
    const { clock, faults, nodes, rng, settings } = parts;
    const { customizer, guestLoadProcess, migration, tracedLoads } = settings;
    this.#parts = parts;
    this.#customizer = customizer && new Customizer(customizer);
    this.#namesOnNodes = new Set(nodes.flatMap(({ capacity }) => Object.keys(capacity.named ?? {})));
    this.#chances = {
      durations: rng.stream('durations'),
      guests: rng.stream('guests'),
      failures: rng.stream('failures'),
      tools: rng.stream('tools'),
      refusals: rng.stream('refusals'),
    };
    const loadsEveryMs = tracedLoads?.everyMs ?? guestLoadProcess?.everyMs;
    if (loadsEveryMs !== undefined)
      this.#loads = new LoadTimer(clock, loadsEveryMs, () => this.#changeLoads());
    this.#beginMs = clock.now();
    this.#traces = new Map(tracedLoads?.traces.map((trace) => [trace.name, trace]));
    this.#guests = new Guests({
      clock,
      settings,
      faults,
      draws: this.#chances.guests,
      refusals: this.#chances.refusals,
      onStart: () => this.#loads?.wake(),
      onGone: (vm, cause) => this.#guestGoes(vm, cause),
      onHang: (vm) => this.#guestHangs(vm),
    });
    this.#journeys = Journeys.of(clock, migration, rng, this.#guests);
    this.#nodes = new SimulatedNodes({
      clock,
      nodes,
      settings,
      rng,
      onObservation: (seen) => this.#observations.next(seen),
    });
    this.#ground = this.#groundOf();
  }

  get observations$(): Observable<Observation> {
    return this.#observations;
  }

  /**
   * Sets the scene: VMs that exist from the beginning, running ones on the node of their `spec`, and nodes that are down. Nothing is
   * observed of it; running guests begin anew.
   */
  populate(vms: Iterable<ExistingVm>, downNodeIds: Iterable<string> = []): void {
    for (const nodeId of downNodeIds) this.#nodes.get(nodeId).isUp = false;
    for (const { spec, power, isHung, ...known } of vms) {
      const vm = this.#newVm(spec, known);
      this.#vms.set(spec.vmId, vm);
      this.#customizer?.made(spec);
      vm.power = power;
      // Who has run, and where its disk lies, is known of none that is halted.
      if (power !== 'halted') vm.storage = storageOf(this.#nodes.specOf(spec.nodeId));
      if (power !== 'running' && power !== 'paused') continue;
      vm.isHung = isHung;
      vm.host = this.#nodes.occupy(spec.nodeId, vm);
      this.#guests.begin(vm);
      if (power === 'paused') this.#guests.pause(vm);
    }
  }

  inventory(): Observable<readonly VmObservation[]> {
    return defer(() => of(Array.from(this.#vms.keys(), (vmId) => this.#look(vmId))));
  }

  /** All nodes as they are, in the order of the cluster. */
  nodeUses(): readonly NodeUse[] {
    return this.#nodes.uses(
      this.#vms.values(),
      ({ occupies, spec }) => (occupies.milliCpus * this.#look(spec.vmId).loadPermille) / 1000,
    );
  }

  /** Timers that are pending because nodes are to be switched off, or boot. */
  get standbyTimers(): number {
    return this.#nodes.standbyTimers;
  }

  /** Timers that are pending because a loss or a return of a node has not been noticed yet. */
  get unnoticedTimers(): number {
    return this.#nodes.unnoticedTimers;
  }

  /**
   * Which nodes stay on from now on although nothing is on them: those that are off boot. The others are switched off when they have been empty
   * for a while. Where nodes are never switched off nothing follows. One that is lost comes back as it was last decided.
   */
  keepOn(isKept: (nodeId: string) => boolean): void {
    this.#nodes.keepOn(isKept);
  }

  /** VMs that exist, running or not. */
  get vmCount(): number {
    return this.#vms.size;
  }

  create(spec: VmSpec): Observable<VmObservation> {
    return this.#operation(this.#create, { vmId: spec.vmId, spec });
  }

  start(vmId: string, nodeId: string, fromCheckpoint = false): Observable<VmObservation> {
    return this.#operation(this.#start, { vmId, nodeId, fromCheckpoint });
  }

  stop(vmId: string, mode: 'clean' | 'hard'): Observable<VmObservation> {
    return this.#operation(this.#stop, { vmId, mode });
  }

  reboot(vmId: string): Observable<VmObservation> {
    return this.#operation(this.#reboot, { vmId });
  }

  pause(vmId: string): Observable<VmObservation> {
    return this.#operation(this.#pause, { vmId });
  }

  unpause(vmId: string): Observable<VmObservation> {
    return this.#operation(this.#unpause, { vmId });
  }

  suspend(vmId: string): Observable<VmObservation> {
    return this.#operation(this.#suspend, { vmId });
  }

  resume(vmId: string, nodeId: string): Observable<VmObservation> {
    return this.#operation(this.#resume, { vmId, nodeId });
  }

  migrate(vmId: string, toNodeId: string): Observable<VmObservation> {
    return this.#operation(this.#migrate, { vmId, nodeId: toNodeId });
  }

  destroy(vmId: string): Observable<VmObservation> {
    return this.#operation(this.#destroy, { vmId });
  }

  /**
   * The node dies now, with everything that runs on it. The Node Monitor hears of it after the detection delay; until then every
   * operation on a VM that died fails with NODE_UNREACHABLE, even when the node is back sooner.
   */
  failNode(nodeId: string): void {
    const node = this.#nodes.get(nodeId);
    if (!node.isUp) return;
    this.#nodes.down(node);
    const loss = { nodeId };
    const dead: SimulatedVm[] = [];
    for (const vm of this.#vms.values()) {
      if (vm.host !== node && vm.destination !== node) continue;
      vm.operation?.fail(unreachable(nodeId));
      // A start that was in progress has been undone: that VM is where it was before.
      if (vm.host !== node) continue;
      this.#powerOff(vm);
      vm.loss = loss;
      dead.push(vm);
    }
    this.#nodes.tellLoss(node, () => {
      for (const vm of dead) vm.loss = undefined;
    });
  }

  /** The node works again, empty. */
  returnNode(nodeId: string): void {
    const node = this.#nodes.get(nodeId);
    if (!node.isUp) this.#nodes.back(node);
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

  #operation<O extends Order>(operation: Operation<O>, order: O): Observable<VmObservation> {
    return new Observable((subscriber) => {
      const run = new OperationRun(operation, order, subscriber, this.#ground);
      run.begin();
      return run;
    });
  }

  #groundOf(): Ground {
    const { clock, faults } = this.#parts;
    const { durations, failures, refusals } = this.#chances;
    const nodes = this.#nodes;
    return {
      clock,
      vm: (vmId) => this.#vms.get(vmId),
      look: (vmId) => this.#look(vmId),
      drawMs: (duration) => drawSpread(durations, duration),
      readyMs: ({ destination, host }) => {
        const node = destination ?? host;
        return node === undefined ? clock.now() : nodes.readyMs(node);
      },
      drawFailure: (isBoot) => {
        const { bootFailure = 0, operationFailure } = faults;
        const chance = isBoot ? 1 - (1 - operationFailure) * (1 - bootFailure) : operationFailure;
        return chance > 0 && failures.next() < chance;
      },
      drawWait: () => happens(refusals, faults.operationWait),
    };
  }

  readonly #create: Operation<CreateOrder> = {
    duration: ({ spec: { template } }) =>
      longerBy(this.#parts.settings.create, this.#customizer?.closest(template)?.durationMs ?? 0),
    // A VM exists from the moment its making begins, so that a repeated or abandoned create leaves no second one.
    prepare: ({ spec, vmId }) => {
      this.#nodes.requireUp(spec.nodeId);
      if (!this.#vms.has(vmId)) this.#vms.set(vmId, this.#newVm(spec));
    },
    begin: () => true,
    finish: ({ spec }) => {
      this.#customizer?.made(spec);
      return undefined;
    },
  };

  readonly #start: Operation<StartOrder> = {
    duration: (order, vm) => {
      const { checkpoints, start } = this.#parts.settings;
      return checkpoints !== undefined && this.#isRestored(vm, order) ? checkpoints.restore : start;
    },
    isBoot: true,
    begin: (vm, { nodeId, vmId }) => {
      if (vm.power === 'running') return false;
      if (vm.power !== 'halted')
        throw new DispatcherError('BAD_POWER_STATE', `${vmId} is ${vm.power}, not halted`);
      this.#nodes.requireStorage(vm, nodeId);
      vm.host = this.#nodes.occupy(nodeId, vm);
      return true;
    },
    finish: (vm, order) => {
      vm.power = 'running';
      vm.storage ??= storageOf(vm.host?.spec);
      if (!this.#isRestored(vm, order)) {
        this.#guests.begin(vm);
        return undefined;
      }
      this.#guests.restore(vm);
      return { keptMs: vm.keptMs };
    },
    undo: (vm) => this.#vacateHost(vm),
  };

  readonly #stop: Operation<StopOrder> = {
    duration: ({ mode }, { hasTools }) =>
      mode === 'hard' || !hasTools ? NO_TIME : this.#parts.settings.stop,
    isCertain: ({ mode }) => mode === 'hard',
    begin: (vm, { mode, vmId }) => {
      if (vm.power === 'halted') return false;
      if (mode === 'clean' && vm.isHung)
        throw new DispatcherError('OPERATION_FAILED', `the guest of ${vmId} does not answer`);
      return true;
    },
    finish: (vm, { mode }) => {
      this.#powerOff(vm);
      if (mode === 'clean') vm.keptMs = 0;
      return undefined;
    },
  };

  readonly #reboot: Operation<Order> = {
    duration: () => this.#parts.settings.reboot,
    begin: (vm) => {
      requireRunning(vm);
      this.#guests.requireWilling(vm, 'reboot');
      this.#guests.stop(vm);
      return true;
    },
    finish: (vm) => {
      vm.isHung = false;
      vm.refused.length = 0;
      this.#guests.begin(vm);
      return undefined;
    },
    // It was shut down and did not come back, or not yet: it begins anew as well.
    undo: (vm) => this.#guests.begin(vm),
  };

  // Both are a word to the scheduler of the hypervisor.
  readonly #pause: Operation<Order> = {
    duration: () => NO_TIME,
    begin: (vm) => {
      if (vm.power === 'paused') return false;
      requireRunning(vm);
      return true;
    },
    finish: (vm) => {
      this.#guests.pause(vm);
      vm.power = 'paused';
      return undefined;
    },
  };

  readonly #unpause: Operation<Order> = {
    duration: () => NO_TIME,
    begin: ({ power }, { vmId }) => {
      if (power === 'running') return false;
      if (power !== 'paused') throw new DispatcherError('BAD_POWER_STATE', `${vmId} is ${power}, not paused`);
      return true;
    },
    finish: (vm) => {
      vm.power = 'running';
      this.#guests.start(vm, vm.guestEndMs);
      return undefined;
    },
  };

  readonly #suspend: Operation<Order> = {
    duration: () => this.#parts.settings.suspend,
    begin: (vm) => {
      if (vm.power === 'suspended') return false;
      requireRunning(vm);
      requireAble(vm.host, 'suspension');
      this.#guests.requireWilling(vm, 'suspend');
      this.#guests.pause(vm);
      return true;
    },
    finish: (vm) => {
      vm.power = 'suspended';
      this.#vacateHost(vm);
      return undefined;
    },
    undo: (vm) => this.#guests.start(vm, vm.guestEndMs),
  };

  readonly #resume: Operation<PlaceOrder> = {
    duration: () => this.#parts.settings.resume,
    begin: (vm, { nodeId, vmId }) => {
      if (vm.power === 'running') return false;
      if (vm.power !== 'suspended')
        throw new DispatcherError('BAD_POWER_STATE', `${vmId} is ${vm.power}, not suspended`);
      this.#nodes.requireStorage(vm, nodeId);
      vm.host = this.#nodes.occupy(nodeId, vm);
      return true;
    },
    finish: (vm) => {
      vm.power = 'running';
      this.#guests.start(vm, vm.guestEndMs);
      return undefined;
    },
    undo: (vm) => this.#vacateHost(vm),
  };

  readonly #migrate: Operation<PlaceOrder> = {
    duration: () => this.#parts.settings.migrate,
    begin: (vm, { nodeId }) => {
      requireRunning(vm);
      if (vm.host?.spec.nodeId === nodeId) return false;
      for (const node of [vm.host, this.#nodes.get(nodeId)]) requireAble(node, 'liveMigration');
      if (!this.#takesItsDisk(vm, nodeId)) this.#nodes.requireStorage(vm, nodeId);
      this.#guests.requireWilling(vm, 'migrate');
      vm.destination = this.#nodes.occupy(nodeId, vm);
      return true;
    },
    proceed: (vm, done) => this.#journeys?.begin(vm, done),
    finish: (vm) => {
      const { destination } = vm;
      vm.destination = undefined;
      this.#vacateHost(vm);
      vm.host = destination;
      vm.storage = storageOf(destination?.spec);
      this.#guests.arrive(vm);
      return { downtimeMs: this.#parts.settings.migrateDowntimeMs };
    },
    undo: (vm) => {
      if (vm.destination !== undefined) this.#nodes.vacate(vm.destination, vm);
      vm.destination = undefined;
      const isLost = vm.isSplit;
      this.#guests.arrive(vm);
      if (!isLost) return;
      // Half of its memory is at each node, and there it stays.
      this.#powerOff(vm);
      const { clock } = this.#parts;
      clock.at(clock.now(), Phase.Operation, () => this.#reportVm(vm, 'guest-crash', 0));
    },
  };

  readonly #destroy: Operation<Order> = {
    duration: () => this.#parts.settings.destroy,
    isDoneWithout: true,
    begin: ({ power }, { vmId }) => {
      if (power === 'running' || power === 'paused')
        throw new DispatcherError('BAD_POWER_STATE', `${vmId} is ${power}`);
      return true;
    },
    finish: ({ spec }, { vmId }) => {
      this.#customizer?.gone(spec);
      this.#vms.delete(vmId);
      return undefined;
    },
  };

  /** It goes on from its last checkpoint, if there is one and it is to. */
  #isRestored({ keptMs }: SimulatedVm, { fromCheckpoint }: StartOrder): boolean {
    return fromCheckpoint && this.#parts.settings.checkpoints !== undefined && keptMs > 0;
  }

  /** To a node of another site. */
  #takesItsDisk({ host }: SimulatedVm, nodeId: string): boolean {
    return (
      this.#journeys !== undefined &&
      linkBetween(host?.spec.site, this.#nodes.get(nodeId).spec.site) !== undefined
    );
  }

  // VMs

  #look(vmId: string): VmObservation {
    const vm = this.#vms.get(vmId);
    if (vm === undefined) return { vmId, state: 'DELETED', nodeId: null, loadPermille: 0 };
    if (vm.power === 'suspended') return { vmId, state: 'SUSPENDED', nodeId: null, loadPermille: 0 };
    if (vm.power === 'halted') return { vmId, state: 'HALTED', nodeId: null, loadPermille: 0 };
    const state = vm.power === 'paused' ? 'PAUSED' : 'RUNNING';
    const loadPermille = vm.isHung || state === 'PAUSED' ? 0 : vm.load.permille;
    const { host, ipAddress } = vm;
    const nodeId = host?.spec.nodeId ?? null;
    if (ipAddress === undefined) return { vmId, state, nodeId, loadPermille };
    return { vmId, state, nodeId, loadPermille, ipAddress };
  }

  #newVm(spec: VmSpec, known: { ipAddress?: string; loadPermille?: number } = {}): SimulatedVm {
    const { addressOf, guestOf, settings } = this.#parts;
    const { min, max } = settings.guestLoadPermille;
    const { guests, tools } = this.#chances;
    const guest = guestOf(spec);
    const meanPermille = known.loadPermille ?? (min === max ? min : guests.integer(min, max));
    return new SimulatedVm({
      spec,
      occupies: this.#occupiedBy(spec.demand),
      guest,
      hasTools: !happens(tools, settings.guestsWithoutTools),
      load: this.#loadOf(spec, guest, meanPermille),
      ipAddress: known.ipAddress ?? addressOf?.(spec),
    });
  }

  #loadOf({ vmId }: VmSpec, { loadTrace }: Guest, meanPermille: number): VmMake['load'] {
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
  #occupiedBy(demand: Resources): Resources {
    if (demand.named === undefined) return { ...demand, diskGib: 0 };
    const named = Object.entries(demand.named).filter(([name]) => this.#namesOnNodes.has(name));
    return { ...demand, diskGib: 0, named: Object.fromEntries(named) };
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
    this.#guests.stop(vm);
    vm.isHung = true;
    this.#reportVm(vm, 'guest-hang', this.#parts.settings.hangDetectionMs);
  }

  #powerOff(vm: SimulatedVm): void {
    this.#guests.stop(vm);
    vm.isStill = false;
    vm.refused.length = 0;
    vm.isHung = false;
    vm.power = 'halted';
    this.#vacateHost(vm);
  }

  #vacateHost(vm: SimulatedVm): void {
    if (vm.host !== undefined) this.#nodes.vacate(vm.host, vm);
    vm.host = undefined;
  }

  #reportVm(vm: SimulatedVm, cause: VmCause, delayMs: number): void {
    const { clock } = this.#parts;
    const report = () => {
      // What is no longer so when it would be noticed is never noticed.
      if (cause === 'guest-hang' && !vm.isHung) return;
      this.#observations.next({ kind: 'vm', vm: this.#look(vm.spec.vmId), cause });
    };
    if (delayMs === 0) report();
    else clock.at(clock.now() + delayMs, Phase.Operation, report);
  }
}

function requireRunning({ power, spec }: SimulatedVm): void {
  if (power !== 'running')
    throw new DispatcherError('BAD_POWER_STATE', `${spec.vmId} is ${power}, not running`);
}
