// The nodes of the simulated hypervisor: which are up, what is used of each, and which are switched off meanwhile.
import { type Clock, Phase } from '../../clock/clock.ts';
import type { NodeSpec } from '../../domain/node.ts';
import {
  addResources,
  isWithin,
  NO_RESOURCES,
  type Resources,
  subtractResources,
} from '../../domain/resources.ts';
import { invariant } from '../../invariant.ts';
import type { Rng } from '../../random/rng.ts';
import { DispatcherError, type NodePower, type Observation } from '../dispatcher.ts';
import { Heartbeats } from './heartbeats.ts';
import type { HypervisorSettings } from './hypervisor-settings.ts';
import { isEmpty, type SimulatedNode, unreachable } from './simulated-node.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import { Standby } from './standby.ts';

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

export interface SimulatedNodesParts {
  readonly clock: Clock;
  readonly nodes: readonly NodeSpec[];
  readonly settings: Pick<HypervisorSettings, 'heartbeats' | 'nodeDetectionMs' | 'standby'>;
  readonly rng: Rng;
  readonly onObservation: (seen: Observation) => void;
}

export class SimulatedNodes {
  readonly #parts: SimulatedNodesParts;
  readonly #specs: ReadonlyMap<string, NodeSpec>;
  /** Those on which something happened: of the others there may be a million. */
  readonly #nodes = new Map<string, SimulatedNode>();
  /** Undefined when nodes are never switched off. */
  readonly #standby: Standby | undefined;
  #unnoticed = 0;

  constructor(parts: SimulatedNodesParts) {
    const { clock, nodes, onObservation, rng, settings } = parts;
    this.#parts = parts;
    this.#specs = new Map(nodes.map((spec) => [spec.nodeId, spec]));
    if (settings.standby === undefined) return;
    this.#standby = new Standby({
      clock,
      settings: settings.standby,
      rng: rng.stream('node-boots'),
      onChange: (nodeId, power, watts) =>
        onObservation({ kind: 'node-power', nodeId, power, ...(watts !== undefined && { watts }) }),
    });
    for (const { nodeId } of nodes) this.#standby.emptied(nodeId);
  }

  specOf(nodeId: string): NodeSpec | undefined {
    return this.#specs.get(nodeId);
  }

  /** @throws RangeError when there is none of that id */
  get(nodeId: string): SimulatedNode {
    const known = this.#nodes.get(nodeId);
    if (known !== undefined) return known;
    const spec = this.#specs.get(nodeId);
    if (spec === undefined) throw new RangeError(`no node is called "${nodeId}"`);
    const node = { spec, isUp: true, used: NO_RESOURCES, lossKnownMs: Number.NEGATIVE_INFINITY };
    this.#nodes.set(nodeId, node);
    return node;
  }

  /** All of them as they are, in the order of the cluster, with these VMs on them. */
  uses(vms: Iterable<SimulatedVm>, busyMilliCpusOf: (vm: SimulatedVm) => number): readonly NodeUse[] {
    const uses = new Map(
      Array.from(this.#specs.keys(), (nodeId) => {
        const node = this.get(nodeId);
        const { isUp, spec, used } = node;
        const power = this.#standby?.powerOf(nodeId) ?? 'on';
        const isKept = this.#standby?.isKept(nodeId) ?? true;
        return [node, { spec, isUp, power, isKept, used, vmCount: 0, busyMilliCpus: 0 }];
      }),
    );
    for (const vm of vms) {
      const use = vm.host && uses.get(vm.host);
      if (use === undefined) continue;
      use.vmCount += 1;
      use.busyMilliCpus += busyMilliCpusOf(vm);
    }
    return [...uses.values()];
  }

  /** Timers that are pending because nodes are to be switched off, or boot. */
  get standbyTimers(): number {
    return this.#standby?.timers ?? 0;
  }

  /** Timers that are pending because a loss or a return has not been noticed yet. */
  get unnoticedTimers(): number {
    return this.#unnoticed;
  }

  /** See {@link SimulatedHypervisor.keepOn}. */
  keepOn(isKept: (nodeId: string) => boolean): void {
    for (const nodeId of this.#specs.keys())
      if (this.get(nodeId).isUp) this.#standby?.keep(nodeId, isKept(nodeId));
  }

  /** When a node has booted: in the past, if it is on. */
  readyMs({ spec }: SimulatedNode): number {
    return this.#standby?.readyMs(spec.nodeId) ?? this.#parts.clock.now();
  }

  /** @throws DispatcherError NODE_UNREACHABLE */
  requireUp(nodeId: string): SimulatedNode {
    const node = this.get(nodeId);
    if (!node.isUp) throw unreachable(nodeId);
    return node;
  }

  /** A VM that has run goes where its disk is. @throws DispatcherError REFUSED */
  requireStorage({ spec: { vmId }, storage }: SimulatedVm, nodeId: string): void {
    if (storage === undefined || storage.name === this.get(nodeId).spec.limits?.storage) return;
    throw new DispatcherError(
      'REFUSED',
      `the disk of ${vmId} is not there on ${nodeId}`,
      'storage-not-there',
    );
  }

  /** @throws DispatcherError NODE_UNREACHABLE, NODE_FULL */
  occupy(nodeId: string, { occupies, spec }: SimulatedVm): SimulatedNode {
    const node = this.requireUp(nodeId);
    const used = addResources(node.used, occupies);
    if (!isWithin(used, node.spec.capacity))
      throw new DispatcherError('NODE_FULL', `node ${nodeId} has no room for ${spec.vmId}`);
    node.used = used;
    this.#standby?.occupied(nodeId);
    return node;
  }

  vacate(node: SimulatedNode, { occupies }: SimulatedVm): void {
    const { nodeId } = node.spec;
    invariant(isWithin(occupies, node.used), 'a node uses no less than nothing', { nodeId });
    node.used = subtractResources(node.used, occupies);
    if (node.isUp && isEmpty(node)) this.#standby?.emptied(nodeId);
  }

  /** Nothing is known of it any more, and it is not switched off. */
  down(node: SimulatedNode): void {
    node.isUp = false;
    this.#standby?.lost(node.spec.nodeId);
  }

  /** The Node Monitor hears that it is down after the detection delay. */
  tellLoss(node: SimulatedNode, onTold: () => void): void {
    const { clock, onObservation, settings } = this.#parts;
    const { nodeId } = node.spec;
    const heartbeats = this.#heartbeatsOf(nodeId);
    const nowMs = clock.now();
    node.lossKnownMs = heartbeats?.lostMs(nowMs) ?? nowMs + settings.nodeDetectionMs;
    const silentSinceMs = heartbeats?.lastBeforeMs(nowMs);
    this.#tellAt(node.lossKnownMs, () => {
      onTold();
      onObservation({ kind: 'node-down', nodeId, ...(silentSinceMs !== undefined && { silentSinceMs }) });
    });
  }

  /** It works again, empty. */
  back(node: SimulatedNode): void {
    const { clock, onObservation, settings } = this.#parts;
    const { nodeId } = node.spec;
    node.isUp = true;
    this.#standby?.emptied(nodeId);
    const nowMs = clock.now();
    // Somebody has to be missed before they are back.
    const knownMs = this.#heartbeatsOf(nodeId)?.backMs(nowMs) ?? nowMs + settings.nodeDetectionMs;
    this.#tellAt(Math.max(knownMs, node.lossKnownMs), () => onObservation({ kind: 'node-up', nodeId }));
  }

  /** At the same instants whatever else happens. */
  #heartbeatsOf(nodeId: string): Heartbeats | undefined {
    const { rng, settings } = this.#parts;
    return (
      settings.heartbeats && new Heartbeats(settings.heartbeats, rng.stream('heartbeats').stream(nodeId))
    );
  }

  #tellAt(atMs: number, tell: () => void): void {
    const { clock } = this.#parts;
    if (atMs === clock.now()) {
      tell();
      return;
    }
    this.#unnoticed += 1;
    clock.at(atMs, Phase.Operation, () => {
      this.#unnoticed -= 1;
      tell();
    });
  }
}
