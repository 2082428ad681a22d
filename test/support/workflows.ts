// Workflows for tests: of the shapes that are published (Bharathi and others 2008, figures 1 to 5), with run times of a seed, and any shape.
import * as fc from 'fast-check';
import { Rng } from '../../engine/index.ts';
import { type Workflow, type WrittenEdge, workflowOf } from '../../scenarios/workflows/workflow.ts';

/** Levels of so many tasks; `link` says which tasks of the level before one of them needs. */
interface Level {
  readonly count: number;
  readonly minutes: number;
  link(index: number, before: number): readonly number[];
}

const all = (_: number, before: number) => Array.from({ length: before }, (__, index) => index);
const own = (index: number) => [index];
const pairs = (index: number, before: number) => [index % before, (index + 1) % before];

/** Of some 25 tasks each. */
export const PUBLISHED_SHAPES: Readonly<Record<string, readonly Level[]>> = {
  montage: [
    { count: 5, minutes: 14, link: own },
    { count: 8, minutes: 6, link: pairs },
    { count: 1, minutes: 15, link: all },
    { count: 1, minutes: 30, link: all },
    { count: 6, minutes: 11, link: all },
    { count: 1, minutes: 25, link: all },
    { count: 1, minutes: 5, link: all },
  ],
  epigenomics: [
    { count: 1, minutes: 2, link: own },
    { count: 5, minutes: 4, link: all },
    { count: 5, minutes: 5, link: own },
    { count: 5, minutes: 40, link: own },
    { count: 5, minutes: 10, link: own },
    { count: 1, minutes: 8, link: all },
    { count: 1, minutes: 20, link: all },
  ],
  cybershake: [
    { count: 2, minutes: 20, link: own },
    { count: 12, minutes: 12, link: (index, before) => [index % before] },
    { count: 1, minutes: 6, link: all },
  ],
  ligo: [
    { count: 6, minutes: 18, link: own },
    { count: 6, minutes: 45, link: own },
    { count: 2, minutes: 5, link: all },
    { count: 6, minutes: 5, link: (index, before) => [index % before] },
    { count: 6, minutes: 45, link: own },
    { count: 2, minutes: 5, link: all },
  ],
};

export function publishedShape(name: string, seed: number): Workflow {
  const rng = Rng.fromSeed(seed).stream(name);
  const tasks: { id: string; name: string; runtimeMs: number }[] = [];
  const edges: WrittenEdge[] = [];
  let before: string[] = [];
  for (const [level, { count, link, minutes }] of PUBLISHED_SHAPES[name]!.entries()) {
    const ids = Array.from({ length: count }, (_, index) => `t${level}-${index}`);
    for (const [index, id] of ids.entries()) {
      tasks.push({
        id,
        name: `level-${level}`,
        runtimeMs: Math.round(minutes * 60_000 * (0.8 + 0.4 * rng.next())),
      });
      if (level > 0)
        for (const parent of link(index, before.length)) edges.push({ parent: before[parent]!, child: id });
    }
    before = ids;
  }
  return workflowOf(name, tasks, edges, () => 10_000_000);
}

/** Any edges from earlier to later tasks, written in any order. */
export function anyWorkflow(most: number): fc.Arbitrary<Workflow> {
  return fc
    .record({
      runtimes: fc.array(fc.integer({ min: 0, max: 7_200_000 }), { minLength: 1, maxLength: most }),
      edges: fc.array(fc.tuple(fc.nat(most - 1), fc.nat(most - 1)), { maxLength: 2 * most }),
      order: fc.infiniteStream(fc.nat(1000)),
      bytes: fc.nat(1_000_000_000),
    })
    .map(({ bytes, edges, order, runtimes }) => {
      const tasks = runtimes.map((runtimeMs, index) => ({ id: `t${index}`, name: 'task', runtimeMs }));
      const known = edges.flatMap(([a, b]): WrittenEdge[] => {
        const [parent, child] = [Math.min(a, b), Math.max(a, b)];
        return parent === child || child >= tasks.length
          ? []
          : [{ parent: `t${parent}`, child: `t${child}` }];
      });
      const shuffled = tasks
        .map((task) => ({ task, key: order.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ task }) => task);
      return workflowOf('any', shuffled, known, (parent) => (bytes * parent.length) % 1_000_000_007);
    });
}
