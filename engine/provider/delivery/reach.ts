// Where VMs can go, by what their nodes and others can do: so that nothing is planned that would be refused. Of a cluster without limits
// nothing is ever asked.
import type { NodeLimits, NodeSpec } from '../../domain/node.ts';
import { linkBetween } from '../../domain/site.ts';
import type { Vm } from '../state/reservation.ts';

const EVERYTHING: NodeLimits = { liveMigration: true, suspension: true };

export class Reach {
  readonly #nodes: readonly NodeSpec[];
  /** Not everything can be done on every node. */
  readonly isLimited: boolean;

  constructor(nodes: readonly NodeSpec[]) {
    this.#nodes = nodes;
    this.isLimited = nodes.some(({ limits }) => limits !== undefined);
  }

  canSuspend(nodeIndex: number): boolean {
    return this.#nodes[nodeIndex]?.limits?.suspension ?? true;
  }

  /**
   * To which nodes a VM can go as it is; undefined: to all. One that runs needs two nodes that can hand it over, and takes its disk along over a
   * link between sites; one that stands still and has run needs its disk; one that has not yet is made where it is wanted.
   */
  of(vm: Vm | undefined): ((nodeIndex: number) => boolean) | undefined {
    if (!this.isLimited || vm === undefined || !(vm.isUp || vm.hasRun)) return undefined;
    const from = this.#nodes[vm.nodeIndex]!;
    const here = from.limits ?? EVERYTHING;
    return (nodeIndex) => {
      const to = this.#nodes[nodeIndex]!;
      const there = to.limits ?? EVERYTHING;
      const isDiskThere = here.storage === there.storage;
      if (!vm.isUp) return isDiskThere;
      const canTakeItAlong = linkBetween(from.site, to.site) !== undefined;
      return here.liveMigration && there.liveMigration && (isDiskThere || canTakeItAlong);
    };
  }
}
