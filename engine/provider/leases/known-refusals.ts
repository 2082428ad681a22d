// What of a queue is known to have no room. As long as capacity is only taken, whoever wants no less than what was refused, of as many instances, for no
// shorter, is refused as well, then and at any later instant: of a long queue before a full cluster, few leases are looked at.
import type { Proposal } from '../../domain/proposal.ts';
import { timesFits } from '../../domain/resources.ts';

/** What all leases of a queue have in common that ask for as much: one object for all of them, with a number of its own. */
export interface QueuedSize extends Pick<Proposal, 'demand' | 'numInstancesFixed'> {
  /** A small whole number; that of a size that nobody in the queue asks for any more may be given to another. */
  readonly number: number;
}

export class KnownRefusals {
  readonly #under: KnownRefusals | undefined;
  /** Without those that follow from another. */
  #refused: readonly Refusal[] = [];
  #version = 0;
  /** By the number of a size: from how long on it is refused, as was known at that version. */
  readonly #limitsMs: number[] = [];
  readonly #limitVersions: number[] = [];

  /** @param under what is known anyway, and is not added to */
  constructor(under?: KnownRefusals) {
    this.#under = under;
  }

  /** Is it refused for so long from the present on? */
  cover(size: QueuedSize, durationMs: number): boolean {
    if (this.#under?.cover(size, durationMs) === true) return true;
    if (this.#limitVersions[size.number] !== this.#version) this.#findLimit(size);
    return durationMs >= this.#limitsMs[size.number]!;
  }

  /** It was refused for so long. */
  add(size: QueuedSize, durationMs: number): void {
    const added = { size, durationMs };
    this.#refused = [...this.#refused.filter((refusal) => !follows(refusal, added)), added];
    this.#version += 1;
  }

  /** The number is that of another size from now on. */
  forget(number: number): void {
    if (number < this.#limitVersions.length) this.#limitVersions[number] = -1;
  }

  /** O(refusals of which none follows from another). */
  #findLimit(size: QueuedSize): void {
    let limitMs = Number.POSITIVE_INFINITY;
    for (const refusal of this.#refused)
      if (refusal.durationMs < limitMs && isAsMuch(size, refusal.size)) limitMs = refusal.durationMs;
    while (this.#limitsMs.length <= size.number) {
      this.#limitsMs.push(Number.POSITIVE_INFINITY);
      this.#limitVersions.push(-1);
    }
    this.#limitsMs[size.number] = limitMs;
    this.#limitVersions[size.number] = this.#version;
  }
}

interface Refusal {
  readonly size: QueuedSize;
  readonly durationMs: number;
}

function follows({ durationMs, size }: Refusal, from: Refusal): boolean {
  return durationMs >= from.durationMs && isAsMuch(size, from.size);
}

function isAsMuch(size: QueuedSize, as: QueuedSize): boolean {
  return size.numInstancesFixed >= as.numInstancesFixed && timesFits(size.demand, as.demand) >= 1;
}
