// The link over which a repository sends images to the nodes: one transfer after the other, each at its full rate, none interrupted. Earliest
// deadline first, and each as late as possible, so that what is needed first, or at once, finds the link free. As all that waits could be sent
// now, that order keeps every deadline that any order keeps (Jackson 1955), and no transfer need have a place in time before it begins.
// Sotomayor et al., "Combining Batch Execution and Leasing Using Virtual Machines", HPDC 2008, section 3.2.
import { invariant } from '../../invariant.ts';

export interface LinkTransfer {
  /** More than 0. */
  readonly durationMs: number;
  /** It is over by then. */
  readonly deadlineMs: number;
}

export class TransferLink<T extends LinkTransfer = LinkTransfer> {
  /** Those that have not begun, by their deadlines. */
  #waiting: readonly T[];
  #freeMs: number;

  /** @param source another, to begin as its draft */
  constructor(source?: TransferLink<T>) {
    this.#waiting = source?.waiting ?? [];
    this.#freeMs = source?.freeMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Those that have not begun, in the order in which they are to. */
  get waiting(): readonly T[] {
    return this.#waiting;
  }

  /** When what is being sent is over. */
  get freeMs(): number {
    return this.#freeMs;
  }

  /** The first instant by which one more can be over, so that all others keep their deadlines; any later one will do as well. */
  readyMs(durationMs: number, nowMs: number): number {
    let byMs = Math.max(nowMs, this.#freeMs);
    let readyMs = byMs + durationMs;
    for (const { deadlineMs, durationMs: takesMs } of this.#waiting) {
      byMs += takesMs;
      // With one more before it, it would be late.
      if (byMs + durationMs > deadlineMs) readyMs = Math.max(byMs + durationMs, deadlineMs);
    }
    return readyMs;
  }

  /** It must be possible: its deadline is at {@link readyMs} or later. */
  add(transfer: T, nowMs: number): void {
    const { deadlineMs, durationMs } = transfer;
    invariant(this.readyMs(durationMs, nowMs) <= deadlineMs, 'the link has time for a transfer', {
      deadlineMs,
    });
    const at = this.#waiting.findIndex((other) => other.deadlineMs > deadlineMs);
    this.#waiting = at < 0 ? [...this.#waiting, transfer] : this.#waiting.toSpliced(at, 0, transfer);
  }

  /** It is not wanted any more. What has begun goes on. */
  remove(transfer: T): void {
    this.#waiting = this.#waiting.filter((other) => other !== transfer);
  }

  /** When each of those that wait begins, in their order: as late as all of them can. */
  get startsMs(): readonly number[] {
    const startsMs = new Array<number>(this.#waiting.length);
    let nextMs = Number.POSITIVE_INFINITY;
    for (let i = startsMs.length - 1; i >= 0; i -= 1) {
      const { deadlineMs, durationMs } = this.#waiting[i]!;
      nextMs = Math.min(nextMs, deadlineMs) - durationMs;
      startsMs[i] = nextMs;
    }
    return startsMs;
  }

  /** When the next begins; undefined when none waits. */
  get nextStartMs(): number | undefined {
    return this.startsMs[0];
  }

  /** The next begins. */
  begin(nowMs: number): T {
    const [first, ...rest] = this.#waiting;
    invariant(first !== undefined && this.#freeMs <= nowMs, 'a transfer begins when the link is free');
    this.#waiting = rest;
    this.#freeMs = nowMs + first.durationMs;
    return first;
  }

  /** Takes over what was being sent, and what was to be, in its order. */
  restore(freeMs: number, waiting: readonly T[]): void {
    this.#freeMs = freeMs;
    this.#waiting = waiting;
  }
}
