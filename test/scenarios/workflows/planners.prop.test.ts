// Every planner, on any workflow: what it plans can be carried out, and costs what is said; on small ones, against all assignments there are.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Assignment,
  criticalPathMs,
  type LeasePlan,
  leasePlanOf,
  type MachineType,
  type Terms,
} from '../../../scenarios/workflows/lease-plan.ts';
import { PLANNERS } from '../../../scenarios/workflows/planners/catalogue.ts';
import { icPcp } from '../../../scenarios/workflows/planners/ic-pcp.ts';
import type { Planner } from '../../../scenarios/workflows/planners/planner.ts';
import { pso, psoAfterIcPcp } from '../../../scenarios/workflows/planners/pso.ts';
import type { Workflow } from '../../../scenarios/workflows/workflow.ts';
import { anyWorkflow, PUBLISHED_SHAPES, publishedShape } from '../../support/workflows.ts';

const SMALL: MachineType = { name: 'SMALL', speed: 1, priceMicros: 100_000 };
const LARGE: MachineType = { name: 'LARGE', speed: 3, priceMicros: 300_000 };
const HOUR_MS = 3_600_000;

function termsFor(workflow: Workflow, slack: number): Terms {
  const terms = {
    types: [SMALL, LARGE],
    billingMs: HOUR_MS,
    bootMs: 97_000,
    bytesPerS: 20_000_000,
    deadlineMs: 0,
  };
  return { ...terms, deadlineMs: Math.ceil(criticalPathMs(workflow, terms) * slack) };
}

/** Everything that a plan promises, looked at task by task. */
function checkPlan(workflow: Workflow, terms: Terms, { costMicros, leases, makespanMs }: LeasePlan): void {
  const { tasks } = workflow;
  const leaseOf = new Map(leases.flatMap((lease) => lease.tasks.map((run) => [run.task, { lease, run }])));
  expect([...leaseOf.keys()].sort((a, b) => a - b)).toEqual(tasks.map((_, index) => index));
  for (const [index, { parents, runtimeMs }] of tasks.entries()) {
    const { lease, run } = leaseOf.get(index)!;
    expect(run.endMs - run.startMs).toBe(Math.ceil(runtimeMs / lease.type.speed));
    expect(run.startMs).toBeGreaterThanOrEqual(lease.startMs + terms.bootMs);
    expect(run.endMs).toBeLessThanOrEqual(lease.endMs);
    for (const { bytes, task } of parents) {
      const parent = leaseOf.get(task)!;
      const isHere = parent.lease === lease;
      const sentMs = isHere ? 0 : Math.ceil((bytes / terms.bytesPerS) * 1000);
      expect(run.startMs).toBeGreaterThanOrEqual(parent.run.endMs + sentMs);
      // Until it is sent it must be there to send it.
      expect(parent.lease.endMs).toBeGreaterThanOrEqual(parent.run.endMs + sentMs);
    }
  }
  for (const { tasks: runs } of leases)
    for (const [index, run] of runs.entries())
      if (index > 0) expect(run.startMs).toBeGreaterThanOrEqual(runs[index - 1]!.endMs);
  const hours = leases.map(
    ({ endMs, startMs, type }) => Math.ceil((endMs - startMs) / HOUR_MS) * type.priceMicros,
  );
  expect(costMicros).toBe(hours.reduce((sum, price) => sum + price, 0));
  expect(makespanMs).toBe(Math.max(...[...leaseOf.values()].map(({ run }) => run.endMs)));
  expect(makespanMs).toBeGreaterThanOrEqual(criticalPathMs(workflow, terms));
}

/** The cheapest plan in time of all that there are, tasks in the order of the workflow; undefined: none is. */
function cheapestOfAll(workflow: Workflow, terms: Terms): number | undefined {
  const count = workflow.tasks.length;
  const machines = terms.types.flatMap((type) => Array.from({ length: count }, () => type));
  const order = workflow.tasks.map((_, index) => index);
  let best: number | undefined;
  const machineOf: number[] = [];
  const visit = (task: number): void => {
    if (task === count) {
      const { costMicros, meetsDeadline } = leasePlanOf(workflow, terms, { machines, machineOf, order });
      if (meetsDeadline && (best === undefined || costMicros < best)) best = costMicros;
      return;
    }
    for (let machine = 0; machine < machines.length; machine++) {
      machineOf[task] = machine;
      visit(task + 1);
    }
  };
  visit(0);
  return best;
}

test.each(PLANNERS)('what $name plans can be carried out, and is the same again', ({ assign }) => {
  fc.assert(
    fc.property(
      anyWorkflow(12),
      fc.double({ min: 1, max: 4, noNaN: true }),
      fc.nat(99),
      (workflow, slack, seed) => {
        const terms = termsFor(workflow, slack);
        const assignment: Assignment = assign(workflow, terms, seed);
        checkPlan(workflow, terms, leasePlanOf(workflow, terms, assignment));
        expect(assign(workflow, terms, seed)).toEqual(assignment);
      },
    ),
    { numRuns: 15 },
  );
});

test('a swarm that begins with a plan never ends with a worse one', () => {
  fc.assert(
    fc.property(anyWorkflow(12), fc.double({ min: 1, max: 4, noNaN: true }), (workflow, slack) => {
      const terms = termsFor(workflow, slack);
      const [given, found] = [icPcp, psoAfterIcPcp].map(({ assign }) =>
        leasePlanOf(workflow, terms, assign(workflow, terms, 1)),
      ) as [LeasePlan, LeasePlan];
      if (given.meetsDeadline) expect(found.meetsDeadline).toBe(true);
      if (given.meetsDeadline) expect(found.costMicros).toBeLessThanOrEqual(given.costMicros);
      else if (!found.meetsDeadline) expect(found.makespanMs).toBeLessThanOrEqual(given.makespanMs);
    }),
    { numRuns: 15 },
  );
});

test('of four tasks the swarm finds the cheapest of all plans in time', () => {
  fc.assert(
    fc.property(anyWorkflow(4), fc.double({ min: 1.1, max: 4, noNaN: true }), (workflow, slack) => {
      const terms = termsFor(workflow, slack);
      const cheapest = cheapestOfAll(workflow, terms);
      const found = leasePlanOf(workflow, terms, pso.assign(workflow, terms, 7));
      if (cheapest === undefined) expect(found.meetsDeadline).toBe(false);
      else expect(found).toMatchObject({ meetsDeadline: true, costMicros: cheapest });
    }),
    { numRuns: 10 },
  );
});

// Rodriguez and Buyya 2014, section 6: deadlines are met, at no more than what IC-PCP costs. On the shape of LIGO, whose chains are many and alike, a swarm
// that is drawn does not get there in its hundred rounds (docs/validation.md); one that begins with the plan of IC-PCP does.
test.each(Object.keys(PUBLISHED_SHAPES))(
  'on the shape of %s the swarm is in time and no dearer than IC-PCP',
  (shape) => {
    const workflow = publishedShape(shape, 1);
    for (const slack of [1.5, 2, 3]) {
      const terms = termsFor(workflow, slack);
      const planned = ({ assign }: Planner) => leasePlanOf(workflow, terms, assign(workflow, terms, 1));
      const swarm = planned(shape === 'ligo' ? psoAfterIcPcp : pso);
      const paths = planned(icPcp);
      expect([swarm.meetsDeadline, paths.meetsDeadline]).toEqual([true, true]);
      expect(swarm.costMicros).toBeLessThanOrEqual(paths.costMicros);
    }
  },
);
