// Where VMs can go, by what their nodes and others can do: so that nothing is planned that would be refused. Of a cluster without limits
// nothing is ever asked.
import type { NodeLimits, NodeSpec } from '../../domain/node.ts';
import type { Vm } from '../state/reservation.ts';

const EVERYTHING: NodeLimits = { liveMigration: true, suspension: true };

export class Reach {
  readonly #limits: readonly NodeLimits[] | undefined;

  constructor(nodes: readonly NodeSpec[]) {
    const isLimited = nodes.some(({ limits }) => limits !== undefined);
    this.#limits = isLimited ? nodes.map(({ limits }) => limits ?? EVERYTHING) : undefined;
  }

  /** Not everything can be done on every node. */
  get isLimited(): boolean {
    return this.#limits !== undefined;
  }

  canSuspend(nodeIndex: number): boolean {
    return this.#limits?.[nodeIndex]?.suspension ?? true;
  }

  /**
   * To which nodes a VM can go as it is; undefined: to all. One that runs needs two nodes that can hand it over, one that has run needs its
   * disk, one that has not yet is made where it is wanted.
   */
  of(vm: Vm | undefined): ((nodeIndex: number) => boolean) | undefined {
    const limits = this.#limits;
    if (limits === undefined || vm === undefined || !(vm.isUp || vm.hasRun)) return undefined;
    const here = limits[vm.nodeIndex]!;
    return (nodeIndex) => {
      const there = limits[nodeIndex]!;
      return here.storage === there.storage && (!vm.isUp || (here.liveMigration && there.liveMigration));
    };
  }
}
