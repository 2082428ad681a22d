// What one pass over a queue has found to have no room. The draft of a pass is only filled, so that whoever wants no less, of as many instances,
// for no shorter has no room in it either: of a long queue before a full cluster, few leases are looked at.
import type { Proposal } from '../../domain/proposal.ts';
import { timesFits } from '../../domain/resources.ts';

export class KnownRefusals {
  /** Without those that follow from another. */
  #refused: Refusal[] = [];

  /** O(refusals of which none follows from another). */
  cover(size: Size, endMs: number): boolean {
    return this.#refused.some((refusal) => follows({ size, endMs }, refusal));
  }

  add(size: Size, endMs: number): void {
    const added = { size, endMs };
    this.#refused = [...this.#refused.filter((refusal) => !follows(refusal, added)), added];
  }
}

type Size = Pick<Proposal, 'demand' | 'numInstancesFixed'>;

interface Refusal {
  readonly size: Size;
  /** What is wanted from the present on ends there. */
  readonly endMs: number;
}

function follows({ endMs, size }: Refusal, from: Refusal): boolean {
  return (
    endMs >= from.endMs &&
    size.numInstancesFixed >= from.size.numInstancesFixed &&
    timesFits(size.demand, from.size.demand) >= 1 &&
    (from.size.demand.site === undefined || from.size.demand.site === size.demand.site)
  );
}
