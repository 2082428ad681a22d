// Which virtual machines a workflow leases, and when: what comes of putting each task on a machine. All planners are judged by this, and by nothing
// of their own. After Rodriguez and Buyya 2014 (IEEE Transactions on Cloud Computing 2(2)), section 4.
import type { Workflow } from './workflow.ts';

/** A kind of machine that can be leased. */
export interface MachineType {
  readonly name: string;
  /** Tasks take their run time divided by it. More than 0. */
  readonly speed: number;
  /** For each period of billing that has begun. */
  readonly priceMicros: number;
}

/** What a plan is made for. */
export interface Terms {
  /** At least one. */
  readonly types: readonly MachineType[];
  readonly billingMs: number;
  /** A lease begins that long before its first task. */
  readonly bootMs: number;
  /** Between two machines; within one nothing need be moved. */
  readonly bytesPerS: number;
  /** All must be done by then, from the beginning of the plan. */
  readonly deadlineMs: number;
}

/** Where each task of a workflow runs. */
export interface Assignment {
  /** The machines there are to choose from, each of a type; those without a task are not leased. */
  readonly machines: readonly MachineType[];
  /** For each task, the index of its machine. */
  readonly machineOf: ArrayLike<number>;
  /** All tasks, each after its parents: those of one machine run in this order. */
  readonly order: readonly number[];
}

/** From the beginning of the plan. */
export interface Lease {
  readonly type: MachineType;
  readonly startMs: number;
  readonly endMs: number;
  readonly tasks: readonly { readonly task: number; readonly startMs: number; readonly endMs: number }[];
}

export interface LeasePlan {
  /** By their starts. */
  readonly leases: readonly Lease[];
  readonly costMicros: number;
  /** When the last task is done. */
  readonly makespanMs: number;
  readonly meetsDeadline: boolean;
}

/** On a machine of that type. */
export function runtimeOn(runtimeMs: number, { speed }: MachineType): number {
  return Math.ceil(runtimeMs / speed);
}

export function transferMs(bytes: number, { bytesPerS }: Terms): number {
  return Math.ceil((bytes / bytesPerS) * 1000);
}

export function priceOf(lengthMs: number, type: MachineType, { billingMs }: Terms): number {
  return Math.ceil(lengthMs / billingMs) * type.priceMicros;
}

/** The fastest type; of several the cheapest, and of those the first. */
export function fastestOf(types: readonly MachineType[]): MachineType {
  return types.reduce((best, type) =>
    type.speed > best.speed || (type.speed === best.speed && type.priceMicros < best.priceMicros)
      ? type
      : best,
  );
}

/** When each task begins and ends. Times of tasks that are equal in number to those of the workflow. */
export interface Timing {
  readonly startsMs: Float64Array;
  readonly endsMs: Float64Array;
  /** For each machine, its lease; NaN: not leased. */
  readonly leaseStartsMs: Float64Array;
  readonly leaseEndsMs: Float64Array;
  readonly makespanMs: number;
  readonly costMicros: number;
}

/**
 * Each task as early as its parents, what they send it, and its machine allow. A machine is leased from before its first task until its last one is done and
 * what others need of it has been sent. Takes time in proportion to tasks, edges and machines.
 */
export function timingOf(
  { tasks }: Workflow,
  terms: Terms,
  { machineOf, machines, order }: Assignment,
): Timing {
  const startsMs = new Float64Array(tasks.length);
  const endsMs = new Float64Array(tasks.length);
  const freeMs = new Float64Array(machines.length).fill(terms.bootMs);
  const leaseStartsMs = new Float64Array(machines.length).fill(Number.NaN);
  const leaseEndsMs = new Float64Array(machines.length).fill(Number.NaN);
  let makespanMs = 0;
  for (const index of order) {
    const { children, parents, runtimeMs } = tasks[index]!;
    const machine = machineOf[index]!;
    let startMs = freeMs[machine]!;
    for (const { bytes, task } of parents) {
      const sentMs = endsMs[task]! + (machineOf[task] === machine ? 0 : transferMs(bytes, terms));
      if (sentMs > startMs) startMs = sentMs;
    }
    const endMs = startMs + runtimeOn(runtimeMs, machines[machine]!);
    startsMs[index] = startMs;
    endsMs[index] = endMs;
    freeMs[machine] = endMs;
    if (endMs > makespanMs) makespanMs = endMs;
    let keptMs = endMs;
    for (const { bytes, task } of children) {
      if (machineOf[task] === machine) continue;
      keptMs = Math.max(keptMs, endMs + transferMs(bytes, terms));
    }
    if (Number.isNaN(leaseStartsMs[machine])) {
      leaseStartsMs[machine] = startMs - terms.bootMs;
      leaseEndsMs[machine] = keptMs;
    } else if (keptMs > leaseEndsMs[machine]!) leaseEndsMs[machine] = keptMs;
  }
  let costMicros = 0;
  for (let machine = 0; machine < machines.length; machine++) {
    const lengthMs = leaseEndsMs[machine]! - leaseStartsMs[machine]!;
    if (!Number.isNaN(lengthMs)) costMicros += priceOf(lengthMs, machines[machine]!, terms);
  }
  return { startsMs, endsMs, leaseStartsMs, leaseEndsMs, makespanMs, costMicros };
}

export function leasePlanOf(workflow: Workflow, terms: Terms, assignment: Assignment): LeasePlan {
  const { machineOf, machines, order } = assignment;
  const timing = timingOf(workflow, terms, assignment);
  const leases = machines.flatMap((type, machine): Lease[] => {
    const startMs = timing.leaseStartsMs[machine]!;
    if (Number.isNaN(startMs)) return [];
    const tasks = order
      .filter((task) => machineOf[task] === machine)
      .map((task) => ({ task, startMs: timing.startsMs[task]!, endMs: timing.endsMs[task]! }));
    return [{ type, startMs, endMs: timing.leaseEndsMs[machine]!, tasks }];
  });
  const { costMicros, makespanMs } = timing;
  return {
    leases: leases.sort((a, b) => a.startMs - b.startMs),
    costMicros,
    makespanMs,
    meetsDeadline: makespanMs <= terms.deadlineMs,
  };
}

/** For each task, when it can begin at the earliest, on machines of the fastest type, one for each task: what no plan can beat. */
export function earliestStarts({ tasks }: Workflow, terms: Terms): Float64Array {
  const fastest = fastestOf(terms.types);
  const startsMs = new Float64Array(tasks.length).fill(terms.bootMs);
  for (const [index, { parents }] of tasks.entries()) {
    for (const { task } of parents) {
      // On one machine nothing need be sent.
      const readyMs = startsMs[task]! + runtimeOn(tasks[task]!.runtimeMs, fastest);
      if (readyMs > startsMs[index]!) startsMs[index] = readyMs;
    }
  }
  return startsMs;
}

/** No plan is shorter: the longest chain of tasks on the fastest machine, which is booted first. */
export function criticalPathMs(workflow: Workflow, terms: Terms): number {
  const fastest = fastestOf(terms.types);
  const startsMs = earliestStarts(workflow, terms);
  return workflow.tasks.reduce(
    (longest, { runtimeMs }, index) => Math.max(longest, startsMs[index]! + runtimeOn(runtimeMs, fastest)),
    0,
  );
}
