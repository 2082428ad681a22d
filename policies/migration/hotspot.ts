// Sandpiper: a node that is too busy, and stays so, sheds the VMs whose departure brings the most for the least memory. Wood et al., NSDI 2007.
import { Type } from 'typebox';
import {
  type HostView,
  type MigrationView,
  migrationPolicy,
  type RunningView,
} from '../../engine/for-policies.ts';
import { busyShareOf, byLeast, PlannedLoad } from './planned-load.ts';

/** Nothing is busier than this, so that a volume is finite. */
const BUSIEST = 0.99;

interface HotspotOptions {
  readonly threshold: number;
  readonly samples: number;
  readonly above: number;
  readonly window: number;
  readonly moves: number;
}

/** How busy each node was, the last look last. */
type History = Record<string, number[]>;

export const hotspot = migrationPolicy({
  name: 'hotspot',
  summary: 'Sandpiper: moves VMs away from nodes that have been too busy and are expected to stay so.',
  guide: {
    rule: 'A node is hot if it was busier than `threshold` in `above` of the last `samples` looks and the AR(1) forecast of the next one, u(t+1) = m + phi (u(t) - m) over the last `window` looks, is above it too. Hot nodes by volume 1 / ((1 - cpu) (1 - net) (1 - memory)), the largest first, shed VMs by volume / memory, the largest first, each to the node of the least volume that stays below the threshold with it; where none does, it is swapped with the VM of least volume / memory of such a node. Shares are clamped to 0.99; no hypervisor tells network load, so net is 0.',
    origin:
      'Wood, Shenoy, Venkataramani, Yousif 2007, "Black-box and gray-box strategies for virtual machine migration" (Sandpiper).',
    use: 'When guests are busy at times and what slows them down is a node on which too many are busy at once.',
  },
  options: Type.Object({
    threshold: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.75,
      description: 'A node that is busier than this share of its CPUs is too busy.',
    }),
    samples: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 5,
      description: 'Looks that count: n of k of n.',
    }),
    above: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 3,
      description: 'Looks of these at which the node must have been too busy: k of k of n.',
    }),
    window: Type.Integer({
      minimum: 2,
      maximum: 1000,
      default: 30,
      description: 'Looks that the forecast is made from, at most.',
    }),
    moves: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 4,
      description: 'VMs that are moved at one look, at most.',
    }),
  }),
  memory: (): History => ({}),
  create: (options: HotspotOptions) => ({
    rebalance(view, { memory }) {
      const length = Math.max(options.window, options.samples);
      for (const { busy, nodeId } of view.nodes)
        memory[nodeId] = [...(memory[nodeId] ?? []), busy].slice(-length);
      const hot = view.nodes.filter(({ nodeId }) => isHot(memory[nodeId]!, options));
      const planned = new PlannedLoad(view);
      for (const host of byLeast(hot, (node) => -volumeOf(node))) relieve(host, view, planned, options);
      // What a node was before is no measure of what it is to be.
      for (const { busy, nodeId } of view.nodes.filter((node) => planned.busyOf(node) !== node.busy))
        if (hot.some((node) => node.nodeId === nodeId)) memory[nodeId] = [Math.min(busy, options.threshold)];
      return planned.moves;
    },
  }),
});

function isHot(history: readonly number[], { above, samples, threshold, window }: HotspotOptions): boolean {
  const busyLooks = history.slice(-samples).filter((busy) => busy > threshold).length;
  return busyLooks >= above && forecastOf(history.slice(-window)) > threshold;
}

/** AR(1) about the mean, phi by least squares and never beyond 1; the last value where there is nothing to learn from. */
export function forecastOf(history: readonly number[]): number {
  const last = history.at(-1)!;
  const mean = history.reduce((sum, value) => sum + value, 0) / history.length;
  let products = 0;
  let squares = 0;
  for (let t = 1; t < history.length; t += 1) {
    products += (history[t]! - mean) * (history[t - 1]! - mean);
    squares += (history[t - 1]! - mean) ** 2;
  }
  if (squares < 1e-12) return last;
  const phi = Math.max(-1, Math.min(1, products / squares));
  return mean + phi * (last - mean);
}

/** Sandpiper, section 4.1: the larger, the more loaded in one of its resources. */
export function volume({ cpu, memory, net = 0 }: { cpu: number; memory: number; net?: number }): number {
  const free = (share: number) => 1 - Math.min(BUSIEST, Math.max(0, share));
  return 1 / (free(cpu) * free(net) * free(memory));
}

function volumeOf({ busy, memoryAllocated }: HostView): number {
  return volume({ cpu: busy, memory: memoryAllocated });
}

/** Volume-to-size ratio of a VM on its node: what its departure brings, for each MiB that has to be copied. */
function vsrOf(vm: RunningView, host: HostView): number {
  const { memoryMib } = vm.demand;
  const memory = host.capacity.memoryMib === 0 ? 0 : memoryMib / host.capacity.memoryMib;
  return volume({ cpu: busyShareOf(vm, host), memory }) / Math.max(1, memoryMib);
}

function relieve(host: HostView, view: MigrationView, planned: PlannedLoad, options: HotspotOptions): void {
  const { moves: most, threshold } = options;
  const others = byLeast(
    view.nodes.filter((node) => node.isUsable && node !== host),
    volumeOf,
  );
  const isEased = () => planned.busyOf(host) <= threshold || planned.moves.length >= most;
  const shed = byLeast(host.vms, (vm) => -vsrOf(vm, host));
  for (const vm of shed) {
    if (isEased()) return;
    for (const to of others) {
      if (planned.busyOf(to) + busyShareOf(vm, to) > threshold) continue;
      if (planned.take({ vm, from: host, to })) break;
    }
  }
  for (const vm of shed) {
    if (isEased() || planned.moves.length + 2 > most) return;
    if (!planned.hasMoved(vm)) swap(vm, host, others, planned, threshold);
  }
}

/** Against a VM that is less busy, where both nodes gain by it. */
function swap(
  vm: RunningView,
  host: HostView,
  others: readonly HostView[],
  planned: PlannedLoad,
  threshold: number,
): void {
  for (const to of others) {
    for (const back of byLeast(to.vms, (other) => vsrOf(other, to))) {
      if (planned.hasMoved(back) || busyShareOf(back, host) >= busyShareOf(vm, host)) continue;
      if (planned.busyOf(to) - busyShareOf(back, to) + busyShareOf(vm, to) > threshold) continue;
      if (planned.take({ vm, from: host, to }, { vm: back, from: to, to: host })) return;
    }
  }
}
