// What others are compared with: as many machines as tasks, or one.
import { fastestOf, timingOf } from '../lease-plan.ts';
import type { Planner } from './planner.ts';

export const oneEach: Planner = {
  name: 'one-each',
  summary: 'A machine of the fastest type for each task: nothing that waits for nothing else ever waits.',
  assign: ({ tasks }, { types }) => ({
    machines: tasks.map(() => fastestOf(types)),
    machineOf: tasks.map((_, index) => index),
    order: tasks.map((_, index) => index),
  }),
};

export const oneForAll: Planner = {
  name: 'one-for-all',
  summary: 'One machine for all tasks: of the cheapest type that is done in time, else of the fastest.',
  assign(workflow, terms) {
    const order = workflow.tasks.map((_, index) => index);
    const machineOf = order.map(() => 0);
    const ways = terms.types.map((type) => ({ machines: [type], machineOf, order }));
    const inTime = ways
      .map((way) => ({ way, timing: timingOf(workflow, terms, way) }))
      .filter(({ timing }) => timing.makespanMs <= terms.deadlineMs)
      .sort((a, b) => a.timing.costMicros - b.timing.costMicros);
    return inTime[0]?.way ?? { machines: [fastestOf(terms.types)], machineOf, order };
  },
};
