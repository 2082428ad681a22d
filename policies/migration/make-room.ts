// The first of the papers' levers of adaptive provisioning: before a request is turned away, running VMs are moved so that it fits.
import { Type } from 'typebox';
import {
  type HostView,
  type Move,
  migrationPolicy,
  type PlacementRequest,
  type RoomView,
  type RunningView,
} from '../../engine/for-policies.ts';
import { type Estimate, type EstimateOptions, estimateOf, estimateOptions } from './estimate.ts';
import { byLeast } from './planned-load.ts';

const HOUR_S = 3600;
const HOUR_MS = HOUR_S * 1000;

interface MakeRoomOptions extends EstimateOptions {
  readonly moves: number;
  readonly worth: number;
  readonly safety: number;
  readonly tries: number;
}

export const makeRoom = migrationPolicy({
  name: 'make-room',
  summary:
    'Moves running VMs so that a request fits that would be refused or countered, if that is worth it.',
  guide: {
    rule: 'The cheapest moves, at most `moves`, after which all instances fit; each VM goes to the fullest node that has room for it. Made if worth x CPU-hours asked for > CPU-hours that the VMs spend on the way (CPUs x estimated time), and safety x the longest estimated time of the moves of one node is over by the start that was asked for. Estimate: Akoush et al. 2010, model AVG.',
    origin:
      'OpenPEX tech report, sections 3.2 and 5 (the scheduler makes room by migrating VMs); the search and the comparison are our own.',
    use: 'When requests that come ahead of time are turned away although there is room in pieces on several nodes.',
  },
  options: Type.Object({
    moves: Type.Integer({
      minimum: 1,
      maximum: 64,
      default: 3,
      description: 'VMs that are moved for one request, at most.',
    }),
    worth: Type.Number({
      minimum: 0,
      maximum: 1_000_000,
      default: 1,
      description: 'What a CPU-hour asked for is worth, in CPU-hours of VMs on the way.',
    }),
    safety: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 2,
      description: 'Times the estimated duration that must be left until the start that was asked for.',
    }),
    tries: Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 500,
      description: 'Ways that are tried for one request, at most.',
    }),
    ...estimateOptions,
  }),
  create: (options: MakeRoomOptions) => ({
    makeRoom: (request, view) => new Search(request, view, options).moves(),
  }),
});

interface Step {
  readonly moves: readonly Move[];
  readonly costs: readonly Cost[];
  readonly cost: number;
  readonly room: number;
}

interface Cost extends Estimate {
  readonly nodeIds: readonly string[];
  readonly cpuHours: number;
}

class Search {
  readonly #request: PlacementRequest;
  readonly #view: RoomView;
  readonly #options: MakeRoomOptions;
  #triesLeft: number;

  constructor(request: PlacementRequest, view: RoomView, options: MakeRoomOptions) {
    this.#request = request;
    this.#view = view;
    this.#options = options;
    this.#triesLeft = options.tries;
  }

  /** None when no way is found, or none that is worth it. */
  moves(): readonly Move[] {
    const { count } = this.#request;
    const moves: Move[] = [];
    const costs: Cost[] = [];
    let room = this.#view.roomAfter([]) ?? 0;
    while (room < count) {
      const step = this.#cheapestStep(moves, room);
      if (step === undefined) return [];
      moves.push(...step.moves);
      costs.push(...step.costs);
      room = step.room;
      if (!this.#isWorthIt(costs)) return [];
    }
    return moves;
  }

  /** The cheapest moves away from one node, after these, that make room for at least one more. */
  #cheapestStep(before: readonly Move[], room: number): Step | undefined {
    let best: Step | undefined;
    const left = this.#options.moves - before.length;
    const moved = new Set(before.map(({ vmId }) => vmId));
    for (const host of this.#view.nodes) {
      const inTheWay = byLeast(
        host.vms.filter(({ endMs, vmId }) => endMs > this.#request.startMs && !moved.has(vmId)),
        (vm) => this.#costOf(vm, host, host).cpuHours,
      );
      for (let first = 0; first < inTheWay.length && left > 0; first += 1) {
        const step = this.#leaving(host, inTheWay.slice(first), { before, room, left });
        if (step !== undefined && (best === undefined || step.cost < best.cost)) best = step;
      }
    }
    return best;
  }

  /** The first of these VMs, in their order, until there is more room. */
  #leaving(
    host: HostView,
    vms: readonly RunningView[],
    { before, left, room }: { before: readonly Move[]; left: number; room: number },
  ): Step | undefined {
    const moves: Move[] = [];
    const costs: Cost[] = [];
    for (const vm of vms) {
      if (moves.length === left) return undefined;
      const target = this.#targetFor(vm, host, [...before, ...moves]);
      if (target === undefined) return undefined;
      moves.push({ vmId: vm.vmId, toNodeId: target.nodeId });
      costs.push(this.#costOf(vm, host, target));
      const after = this.#view.roomAfter([...before, ...moves]) ?? 0;
      if (after > room)
        return { moves, costs, room: after, cost: costs.reduce((sum, { cpuHours }) => sum + cpuHours, 0) };
    }
    return undefined;
  }

  #targetFor(vm: RunningView, from: HostView, before: readonly Move[]): HostView | undefined {
    const others = this.#view.nodes.filter((node) => node.isUsable && node !== from);
    for (const node of byLeast(others, ({ allocated }) => -allocated)) {
      this.#triesLeft -= 1;
      if (this.#triesLeft < 0) return undefined;
      if (this.#view.canMove([...before, { vmId: vm.vmId, toNodeId: node.nodeId }])) return node;
    }
    return undefined;
  }

  #costOf(vm: RunningView, from: HostView, to: HostView): Cost {
    const estimate = estimateOf(vm, this.#options);
    return {
      ...estimate,
      nodeIds: [from.nodeId, to.nodeId],
      cpuHours: (estimate.seconds / HOUR_S) * (vm.demand.milliCpus / 1000),
    };
  }

  #isWorthIt(costs: readonly Cost[]): boolean {
    const { count, demand, endMs, startMs } = this.#request;
    const { safety, worth } = this.#options;
    const gain = count * (demand.milliCpus / 1000) * ((endMs - startMs) / HOUR_MS);
    const cost = costs.reduce((sum, { cpuHours }) => sum + cpuHours, 0);
    // Those that share a node share its link.
    const byNode = new Map<string, number>();
    for (const { nodeIds, seconds } of costs)
      for (const nodeId of nodeIds) byNode.set(nodeId, (byNode.get(nodeId) ?? 0) + seconds);
    const longestMs = Math.max(...byNode.values()) * 1000;
    return worth * gain > cost && safety * longestMs <= startMs - this.#view.nowMs;
  }
}
