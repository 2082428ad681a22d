// How busy guests are over time: each goes up and down about a mean of its own, or as another did that was measured. One timer for all of them, and none
// while nothing runs.
import { type Clock, Phase, type TimerHandle } from '../../clock/clock.ts';
import type { Rng } from '../../random/rng.ts';
import type { LoadProcess, LoadTrace, TracedLoads } from './hypervisor-settings.ts';

const FULL = 1000;

/** The load of one guest, in thousandths. */
export class GuestLoad {
  readonly #process: LoadProcess;
  readonly #meanPermille: number;
  readonly #draws: Rng;
  /** Not bounded: a guest that would be busier than it can be stays at its full load for longer. */
  #permille: number;

  /** @param draws of this guest alone, so that what others do shifts nothing */
  constructor(process: LoadProcess, meanPermille: number, draws: Rng) {
    this.#process = process;
    this.#meanPermille = meanPermille;
    this.#draws = draws;
    this.#permille = meanPermille + process.deviationPermille * normal(draws);
  }

  get permille(): number {
    return Math.round(Math.min(FULL, Math.max(0, this.#permille)));
  }

  /** AR(1): x(t+1) = m + phi (x(t) - m) + s sqrt(1 - phi^2) e, e standard normal, so that s is the deviation at any time. */
  goOn(): void {
    const { deviationPermille, persistence } = this.#process;
    const shock = deviationPermille * Math.sqrt(1 - persistence ** 2) * normal(this.#draws);
    this.#permille = this.#meanPermille + persistence * (this.#permille - this.#meanPermille) + shock;
  }
}

/** The load of one guest that does as another did that was measured. */
export class TracedLoad {
  readonly #trace: LoadTrace;
  readonly #afterEnd: TracedLoads['afterEnd'];
  readonly #clock: Pick<Clock, 'now'>;
  readonly #beginMs: number;
  #permille: number;

  /** @param beginMs when its first value was */
  constructor(
    trace: LoadTrace,
    afterEnd: TracedLoads['afterEnd'],
    clock: Pick<Clock, 'now'>,
    beginMs: number,
  ) {
    this.#trace = trace;
    this.#afterEnd = afterEnd;
    this.#clock = clock;
    this.#beginMs = beginMs;
    this.#permille = this.#look();
  }

  get permille(): number {
    return this.#permille;
  }

  goOn(): void {
    this.#permille = this.#look();
  }

  #look(): number {
    return traceValue(this.#trace, this.#afterEnd, (this.#clock.now() - this.#beginMs) / 1000);
  }
}

/** @param seconds since its first value, at least 0 @returns thousandths */
export function traceValue(
  { atS, permille }: LoadTrace,
  afterEnd: TracedLoads['afterEnd'],
  seconds: number,
): number {
  const last = atS.length - 1;
  const lengthS = atS[last]! + (last === 0 ? 1 : atS[last]! - atS[last - 1]!);
  if (seconds >= lengthS && afterEnd !== 'repeat') return afterEnd === 'hold' ? permille[last]! : 0;
  const at = seconds % lengthS;
  // The last that is not later.
  let from = 0;
  let to = last;
  while (from < to) {
    const middle = (from + to + 1) >> 1;
    if (atS[middle]! <= at) from = middle;
    else to = middle - 1;
  }
  return permille[from]!;
}

/** Calls at whole multiples of a time, from when it is woken until it is told that there is nothing left to do. */
export class LoadTimer {
  readonly #clock: Clock;
  readonly #everyMs: number;
  /** @returns whether it is to go on */
  readonly #tick: () => boolean;
  #timer: TimerHandle | undefined;

  constructor(clock: Clock, everyMs: number, tick: () => boolean) {
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#tick = tick;
  }

  wake(): void {
    if (this.#timer !== undefined) return;
    const atMs = (Math.floor(this.#clock.now() / this.#everyMs) + 1) * this.#everyMs;
    this.#timer = this.#clock.at(atMs, Phase.Fault, () => {
      this.#timer = undefined;
      if (this.#tick()) this.wake();
    });
  }
}

/** Box and Muller 1958. */
function normal(draws: Rng): number {
  const [a, b] = [1 - draws.next(), draws.next()];
  return Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b);
}
