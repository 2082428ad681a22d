// What of a queue is known to have no room. As long as capacity is only taken, whoever wants no less than what was refused, of as many instances, for no
// shorter, nowhere else, is refused as well, then and at any later instant: of a long queue before a full cluster, few leases are looked at.
import type { Proposal } from '../../domain/proposal.ts';
import { isAsParticular, timesFits } from '../../domain/resources.ts';

/** What all leases of a queue have in common that ask for as much: one object for all of them, with a number of its own. */
export interface QueuedSize extends Pick<Proposal, 'demand' | 'numInstancesFixed'> {
  /** A small whole number; that of a size that nobody in the queue asks for any more may be given to another. */
  readonly number: number;
}

/** Of the leases of a queue, by position: how much each asks for, the number of that, and for how long at least. */
export interface QueueColumns {
  readonly sizes: readonly QueuedSize[];
  readonly numbers: readonly number[];
  readonly leastMs: readonly number[];
}

/** The same of what is in no queue. O(refusals of which none follows from another) each. */
export class RefusedSizes {
  #refused: readonly Refusal[] = [];

  /** Is it refused for so long from the present on? */
  cover(size: Size, durationMs: number): boolean {
    return this.#refused.some((refusal) => follows({ size, durationMs }, refusal));
  }

  /** It was refused for so long. */
  add(size: Size, durationMs: number): void {
    this.#refused = withRefusal(this.#refused, { size, durationMs });
  }
}

export class KnownRefusals {
  readonly #under: KnownRefusals | undefined;
  /** Without those that follow from another. */
  #refused: readonly Refusal<QueuedSize>[] = [];
  #added = 0;
  /** By the number of a size: from how long on it is refused, as was known at that version. */
  readonly #limitsMs: number[] = [];
  readonly #limitVersions: number[] = [];

  /** @param under what is known beside what is added here */
  constructor(under?: KnownRefusals) {
    this.#under = under;
  }

  /** Is it refused for so long from the present on? */
  cover(size: QueuedSize, durationMs: number): boolean {
    return durationMs >= this.#limitOf(size);
  }

  /** The first position from there on that is not refused; their number where all are. */
  next({ leastMs, numbers, sizes }: QueueColumns, from: number): number {
    const version = this.#version;
    const limits = this.#limitsMs;
    const versions = this.#limitVersions;
    const { length } = numbers;
    for (let position = from; position < length; position += 1) {
      const number = numbers[position]!;
      if (versions[number] !== version) this.#findLimit(sizes[position]!, version);
      if (leastMs[position]! < limits[number]!) return position;
    }
    return length;
  }

  /** It was refused for so long. */
  add(size: QueuedSize, durationMs: number): void {
    const added = { size, durationMs };
    this.#refused = withRefusal(this.#refused, added);
    this.#added += 1;
  }

  /** Room may have come free: keeps what is refused even so. @returns whether that is all */
  keepIf(isRefused: (size: QueuedSize, durationMs: number) => boolean): boolean {
    const kept = this.#refused.filter(({ durationMs, size }) => isRefused(size, durationMs));
    if (kept.length === this.#refused.length) return true;
    this.#refused = kept;
    this.#added += 1;
    return false;
  }

  /** The number is that of another size from now on. */
  forget(number: number): void {
    if (number < this.#limitVersions.length) this.#limitVersions[number] = -1;
  }

  get #version(): number {
    return this.#added + (this.#under === undefined ? 0 : this.#under.#version);
  }

  #limitOf(size: QueuedSize): number {
    const version = this.#version;
    if (this.#limitVersions[size.number] !== version) this.#findLimit(size, version);
    return this.#limitsMs[size.number]!;
  }

  /** O(refusals of which none follows from another). */
  #findLimit(size: QueuedSize, version: number): void {
    let limitMs = this.#under === undefined ? Number.POSITIVE_INFINITY : this.#under.#limitOf(size);
    for (const refusal of this.#refused)
      if (refusal.durationMs < limitMs && isAsMuch(size, refusal.size)) limitMs = refusal.durationMs;
    while (this.#limitsMs.length <= size.number) {
      this.#limitsMs.push(Number.POSITIVE_INFINITY);
      this.#limitVersions.push(-1);
    }
    this.#limitsMs[size.number] = limitMs;
    this.#limitVersions[size.number] = version;
  }
}

type Size = Pick<Proposal, 'demand' | 'numInstancesFixed'>;

interface Refusal<S extends Size = Size> {
  readonly size: S;
  readonly durationMs: number;
}

function follows({ durationMs, size }: Refusal, from: Refusal): boolean {
  return durationMs >= from.durationMs && isAsMuch(size, from.size);
}

/** Without those that follow from it. */
function withRefusal<S extends Size>(
  refused: readonly Refusal<S>[],
  added: Refusal<S>,
): readonly Refusal<S>[] {
  return [...refused.filter((refusal) => !follows(refusal, added)), added];
}

function isAsMuch(size: Size, as: Size): boolean {
  return (
    size.numInstancesFixed >= as.numInstancesFixed &&
    timesFits(size.demand, as.demand) >= 1 &&
    isAsParticular(size.demand, as.demand)
  );
}
