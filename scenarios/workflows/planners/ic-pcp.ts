// IC-PCP: partial critical paths, each put as a whole on the cheapest machine that does it in time. Abrishami, Naghibzadeh and Epema 2013 (Future
// Generation Computer Systems 29(1)), section 4. Where a machine that is leased already is considered, its tasks go before or after the path.
import { fastestOf, type MachineType, priceOf, runtimeOn, type Terms, transferMs } from '../lease-plan.ts';
import type { Need, Workflow } from '../workflow.ts';
import type { Planner } from './planner.ts';

export const icPcp: Planner = {
  name: 'ic-pcp',
  summary: 'Partial critical paths, each on the cheapest machine that does it before its latest end.',
  assign(workflow, terms) {
    const { machineOf, machines, startsMs } = new IcPcp(workflow, terms).plan();
    const order = workflow.tasks.map((_, index) => index);
    // Parents never begin later than their children, and come first among those that begin together.
    order.sort((a, b) => startsMs[a]! - startsMs[b]! || a - b);
    return { machines, machineOf, order };
  },
};

interface Machine {
  readonly type: MachineType;
  /** Of its first task; it boots before. */
  startMs: number;
  endMs: number;
}

/** A path on a machine. */
interface Run {
  readonly startsMs: readonly number[];
  readonly endMs: number;
  /** No task ends after its latest end. */
  readonly isInTime: boolean;
}

interface Place extends Run {
  /** Undefined: a new one. */
  readonly machine: Machine | undefined;
  readonly type: MachineType;
  /** Beyond what is paid for already. */
  readonly costMicros: number;
}

const UNASSIGNED = -1;

class IcPcp {
  readonly #workflow: Workflow;
  readonly #terms: Terms;
  readonly #fastest: MachineType;
  readonly #exits: readonly Need[];
  readonly #machines: Machine[] = [];
  readonly #machineOf: Int32Array;
  /** Of those that are assigned, when they begin and end; of the others the earliest, on the fastest machine. */
  readonly #startsMs: Float64Array;
  readonly #endsMs: Float64Array;
  readonly #latestEndsMs: Float64Array;

  constructor(workflow: Workflow, terms: Terms) {
    const count = workflow.tasks.length;
    this.#workflow = workflow;
    this.#terms = terms;
    this.#fastest = fastestOf(terms.types);
    this.#exits = workflow.tasks.flatMap(({ children }, task) =>
      children.length === 0 ? [{ task, bytes: 0 }] : [],
    );
    this.#machineOf = new Int32Array(count).fill(UNASSIGNED);
    this.#startsMs = new Float64Array(count);
    this.#endsMs = new Float64Array(count);
    this.#latestEndsMs = new Float64Array(count);
    this.#estimate();
  }

  plan() {
    this.#assignParents(undefined);
    return {
      machines: this.#machines.map(({ type }) => type),
      machineOf: this.#machineOf,
      startsMs: this.#startsMs,
    };
  }

  /** @param child undefined: the exit, which every task without children leads to */
  #assignParents(child: number | undefined): void {
    for (;;) {
      const path = this.#criticalPath(child);
      if (path.length === 0) return;
      this.#assign(path);
      for (const task of path) this.#assignParents(task);
    }
  }

  /** Earliest starts and ends forwards, latest ends backwards, of all that is not assigned. */
  #estimate(): void {
    const { tasks } = this.#workflow;
    for (const [index, { parents, runtimeMs }] of tasks.entries()) {
      if (this.#machineOf[index] !== UNASSIGNED) continue;
      let startMs = this.#terms.bootMs;
      for (const { bytes, task } of parents)
        startMs = Math.max(startMs, this.#endsMs[task]! + transferMs(bytes, this.#terms));
      this.#startsMs[index] = startMs;
      this.#endsMs[index] = startMs + runtimeOn(runtimeMs, this.#fastest);
    }
    for (let index = tasks.length - 1; index >= 0; index--) {
      if (this.#machineOf[index] !== UNASSIGNED) continue;
      let latestMs = this.#terms.deadlineMs;
      for (const { bytes, task } of tasks[index]!.children) {
        const childMs =
          this.#machineOf[task] === UNASSIGNED
            ? this.#latestEndsMs[task]! - runtimeOn(tasks[task]!.runtimeMs, this.#fastest)
            : this.#startsMs[task]!;
        latestMs = Math.min(latestMs, childMs - transferMs(bytes, this.#terms));
      }
      this.#latestEndsMs[index] = latestMs;
    }
  }

  /** From the parent that is ready last, back by the parents that are ready last, as far as they are not assigned. */
  #criticalPath(child: number | undefined): readonly number[] {
    const path: number[] = [];
    for (let next = this.#criticalParent(child); next !== undefined; next = this.#criticalParent(next))
      path.unshift(next);
    return path;
  }

  #criticalParent(child: number | undefined): number | undefined {
    let critical: number | undefined;
    let latestMs = Number.NEGATIVE_INFINITY;
    for (const { bytes, task } of child === undefined ? this.#exits : this.#workflow.tasks[child]!.parents) {
      const sentMs = this.#endsMs[task]! + transferMs(bytes, this.#terms);
      if (this.#machineOf[task] !== UNASSIGNED || sentMs <= latestMs) continue;
      critical = task;
      latestMs = sentMs;
    }
    return critical;
  }

  #assign(path: readonly number[]): void {
    const { machine, startsMs, endMs, type } = this.#placeOf(path);
    const chosen = machine ?? { type, startMs: Number.POSITIVE_INFINITY, endMs: 0 };
    if (machine === undefined) this.#machines.push(chosen);
    const number = this.#machines.indexOf(chosen);
    chosen.startMs = Math.min(chosen.startMs, startsMs[0]!);
    chosen.endMs = Math.max(chosen.endMs, endMs);
    for (const [at, task] of path.entries()) {
      this.#machineOf[task] = number;
      this.#startsMs[task] = startsMs[at]!;
      this.#endsMs[task] = startsMs[at]! + runtimeOn(this.#workflow.tasks[task]!.runtimeMs, type);
    }
    this.#estimate();
  }

  /** A machine that is leased, if the path uses what is paid for of it; else a new one of the cheapest type that is fast enough, or of the fastest. */
  #placeOf(path: readonly number[]): Place {
    const leased = this.#machines.flatMap((machine) => [
      ...this.#after(path, machine),
      ...this.#before(path, machine),
    ]);
    const best = cheapest(leased);
    if (best !== undefined) return best;
    const fresh = this.#terms.types.map((type) => this.#onNew(path, type));
    return cheapest(fresh.filter(({ isInTime }) => isInTime)) ?? this.#onNew(path, this.#fastest);
  }

  #onNew(path: readonly number[], type: MachineType): Place {
    const run = this.#run(path, type, this.#terms.bootMs, UNASSIGNED);
    const costMicros = priceOf(run.endMs - run.startsMs[0]! + this.#terms.bootMs, type, this.#terms);
    return { ...run, machine: undefined, type, costMicros };
  }

  #after(path: readonly number[], machine: Machine): Place[] {
    const { type } = machine;
    const run = this.#run(path, type, machine.endMs, this.#machines.indexOf(machine));
    if (!run.isInTime || run.startsMs[0]! >= this.#paidUntil(machine)) return [];
    return [{ ...run, machine, type, costMicros: this.#dearer(machine, machine.startMs, run.endMs) }];
  }

  /** Its last task is done when the first one of the machine begins. */
  #before(path: readonly number[], machine: Machine): Place[] {
    const { type } = machine;
    const run = this.#run(path, type, this.#terms.bootMs, this.#machines.indexOf(machine));
    if (!run.isInTime || run.endMs > machine.startMs) return [];
    const costMicros = this.#dearer(machine, run.startsMs[0]!, machine.endMs);
    const isPaidFor = costMicros < priceOf(run.endMs - run.startsMs[0]!, type, this.#terms);
    return isPaidFor ? [{ ...run, machine, type, costMicros }] : [];
  }

  /** The tasks of a path one after the other, from an instant on. */
  #run(path: readonly number[], type: MachineType, fromMs: number, machine: number): Run {
    const { tasks } = this.#workflow;
    const onPath = new Set(path);
    const startsMs: number[] = [];
    let freeMs = fromMs;
    let isInTime = true;
    for (const index of path) {
      let startMs = freeMs;
      for (const { bytes, task } of tasks[index]!.parents) {
        // What comes before it on the path is done before it, and is where it is needed.
        if (onPath.has(task)) continue;
        const isHere = machine !== UNASSIGNED && this.#machineOf[task] === machine;
        startMs = Math.max(startMs, this.#endsMs[task]! + (isHere ? 0 : transferMs(bytes, this.#terms)));
      }
      freeMs = startMs + runtimeOn(tasks[index]!.runtimeMs, type);
      startsMs.push(startMs);
      if (freeMs > this.#latestEndsMs[index]!) isInTime = false;
    }
    return { startsMs, endMs: freeMs, isInTime };
  }

  #paidUntil({ endMs, startMs }: Machine): number {
    const { billingMs, bootMs } = this.#terms;
    const fromMs = startMs - bootMs;
    return fromMs + Math.ceil((endMs - fromMs) / billingMs) * billingMs;
  }

  #dearer(machine: Machine, startMs: number, endMs: number): number {
    const { bootMs } = this.#terms;
    const length = (fromMs: number, untilMs: number) => untilMs - fromMs + bootMs;
    return (
      priceOf(length(startMs, endMs), machine.type, this.#terms) -
      priceOf(length(machine.startMs, machine.endMs), machine.type, this.#terms)
    );
  }
}

/** The first of them. */
function cheapest(places: readonly Place[]): Place | undefined {
  return places.reduce<Place | undefined>(
    (best, place) => (best === undefined || place.costMicros < best.costMicros ? place : best),
    undefined,
  );
}
