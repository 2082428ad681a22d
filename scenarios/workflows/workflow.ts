// A workflow: tasks that need what others made, and so cannot begin before those are done. Where it is read from, and which machines it will run
// on, it does not know.

export interface Task {
  /** Unique within its workflow. */
  readonly id: string;
  /** What it does, which several tasks may do: the program. */
  readonly name: string;
  /** On a machine of speed 1. At least 0. */
  readonly runtimeMs: number;
  /** In no order of meaning. */
  readonly parents: readonly Need[];
  readonly children: readonly Need[];
}

/** One end of an edge: the task at the other end, and what goes from parent to child. */
export interface Need {
  /** Its index in the workflow. */
  readonly task: number;
  readonly bytes: number;
}

export interface Workflow {
  readonly name: string;
  /** Each after all its parents; apart from that as they were written. */
  readonly tasks: readonly Task[];
}

/** A task as it was written. */
export interface WrittenTask {
  readonly id: string;
  readonly name: string;
  readonly runtimeMs: number;
}

/** By ids; one that stands twice counts once. */
export interface WrittenEdge {
  readonly parent: string;
  readonly child: string;
}

/** The ids that wait for each other, in a circle, each for the one before it. */
export class WorkflowCircle extends Error {
  readonly ids: readonly string[];

  constructor(ids: readonly string[]) {
    super(`tasks wait for each other: ${[...ids, ids[0]].join(' -> ')}`);
    this.ids = ids;
  }
}

/**
 * Puts tasks and edges together. Takes time in proportion to both.
 * @param edges between known tasks
 * @param bytesOf what the parent makes and the child takes
 * @throws WorkflowCircle
 */
export function workflowOf(
  name: string,
  written: readonly WrittenTask[],
  edges: readonly WrittenEdge[],
  bytesOf: (parent: string, child: string) => number,
): Workflow {
  const childrenOf = new Map<string, Set<string>>(written.map(({ id }) => [id, new Set()]));
  for (const { child, parent } of edges) childrenOf.get(parent)!.add(child);
  const order = inOrder(written, childrenOf);
  const indexOf = new Map(order.map(({ id }, index) => [id, index]));
  const parents: Need[][] = order.map(() => []);
  const children = order.map(({ id }, index) =>
    [...childrenOf.get(id)!].map((child): Need => {
      const bytes = bytesOf(id, child);
      const task = indexOf.get(child)!;
      parents[task]!.push({ task: index, bytes });
      return { task, bytes };
    }),
  );
  return {
    name,
    tasks: order.map((task, index) => ({ ...task, parents: parents[index]!, children: children[index]! })),
  };
}

/** Whatever waits for nothing that is not there yet comes next; of several the one that was written first. */
function inOrder(
  written: readonly WrittenTask[],
  childrenOf: ReadonlyMap<string, ReadonlySet<string>>,
): readonly WrittenTask[] {
  const waitsFor = new Map(written.map(({ id }) => [id, 0]));
  for (const children of childrenOf.values())
    for (const child of children) waitsFor.set(child, waitsFor.get(child)! + 1);
  const byId = new Map(written.map((task) => [task.id, task]));
  const order = written.filter(({ id }) => waitsFor.get(id) === 0);
  for (let next = 0; next < order.length; next++) {
    for (const child of childrenOf.get(order[next]!.id)!) {
      const left = waitsFor.get(child)! - 1;
      waitsFor.set(child, left);
      if (left === 0) order.push(byId.get(child)!);
    }
  }
  if (order.length === written.length) return order;
  throw new WorkflowCircle(circleAmong(childrenOf, waitsFor));
}

/** Whoever still waits, waits for another who does: backwards from any of them one comes round. */
function circleAmong(
  childrenOf: ReadonlyMap<string, ReadonlySet<string>>,
  waitsFor: ReadonlyMap<string, number>,
): readonly string[] {
  const parentOf = new Map<string, string>();
  for (const [parent, children] of childrenOf) {
    if (waitsFor.get(parent) === 0) continue;
    for (const child of children) parentOf.set(child, parent);
  }
  const trail: string[] = [];
  const [first] = [...waitsFor].find(([id, count]) => count > 0 && parentOf.has(id))!;
  let id = first;
  while (!trail.includes(id)) {
    trail.push(id);
    id = parentOf.get(id)!;
  }
  return trail.slice(trail.indexOf(id)).reverse();
}
