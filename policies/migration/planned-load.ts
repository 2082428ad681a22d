// Moves that are thought of one after the other: how busy each node would be after them, and whether they can be made together.
import type { HostView, MigrationView, Move, RunningView } from '../../engine/for-policies.ts';

export class PlannedLoad {
  readonly moves: Move[] = [];
  readonly #view: MigrationView;
  readonly #busy: Map<string, number>;
  readonly #allocated: Map<string, number>;
  readonly #moved = new Set<string>();

  constructor(view: MigrationView) {
    this.#view = view;
    this.#busy = new Map(view.nodes.map(({ busy, nodeId }) => [nodeId, busy]));
    this.#allocated = new Map(view.nodes.map(({ allocated, nodeId }) => [nodeId, allocated]));
  }

  /** Share of the node's CPUs that guests keep busy after the moves. */
  busyOf({ nodeId }: HostView): number {
    return this.#busy.get(nodeId)!;
  }

  /** Share of the node's CPUs that VMs have after the moves. */
  allocatedOf({ nodeId }: HostView): number {
    return this.#allocated.get(nodeId)!;
  }

  hasMoved({ vmId }: RunningView): boolean {
    return this.#moved.has(vmId);
  }

  /** All of these as well? Takes them if they can be made together with those before. */
  take(
    ...steps: readonly { readonly vm: RunningView; readonly from: HostView; readonly to: HostView }[]
  ): boolean {
    const more = steps.map(({ to, vm }) => ({ vmId: vm.vmId, toNodeId: to.nodeId }));
    if (!this.#view.canMove([...this.moves, ...more])) return false;
    this.moves.push(...more);
    for (const { from, to, vm } of steps) {
      this.#moved.add(vm.vmId);
      this.#add(from, vm, -1);
      this.#add(to, vm, 1);
    }
    return true;
  }

  #add(host: HostView, vm: RunningView, sign: 1 | -1): void {
    const { nodeId } = host;
    this.#busy.set(nodeId, this.#busy.get(nodeId)! + sign * busyShareOf(vm, host));
    this.#allocated.set(nodeId, this.#allocated.get(nodeId)! + sign * shareOf(vm, host));
  }
}

/** Share of a node's CPUs that a VM has. */
export function shareOf(
  { demand }: Pick<RunningView, 'demand'>,
  { capacity }: Pick<HostView, 'capacity'>,
): number {
  return capacity.milliCpus === 0 ? 0 : demand.milliCpus / capacity.milliCpus;
}

/** Share of a node's CPUs that a VM keeps busy. */
export function busyShareOf(
  vm: Pick<RunningView, 'demand' | 'load'>,
  host: Pick<HostView, 'capacity'>,
): number {
  return vm.load * shareOf(vm, host);
}

/** The list by a number, least first; equal ones in their order. */
export function byLeast<T>(list: readonly T[], measure: (item: T) => number): T[] {
  return list
    .map((item) => ({ item, by: measure(item) }))
    .sort((a, b) => a.by - b.by)
    .map(({ item }) => item);
}
