// Workflows as requests: a planner leases virtual machines for the tasks, so that all are done by a deadline and it costs little, and each lease is
// asked for ahead of time. Pegasus writes them as DAX, WfCommons as JSON.
import { type Static, Type } from 'typebox';
import type { Resources } from '../../engine/index.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { InputError } from '../../written/input-error.ts';
import { creditsOption, microsFromCredits } from '../../written/money.ts';
import { suggestion } from '../../written/suggestion.ts';
import { formatDuration } from '../../written/time-text.ts';
import {
  criticalPathMs,
  type Lease,
  type LeasePlan,
  leasePlanOf,
  type MachineType,
  type Terms,
} from '../workflows/lease-plan.ts';
import { PLANNERS } from '../workflows/planners/catalogue.ts';
import type { Planner } from '../workflows/planners/planner.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { readDax } from './dax.ts';
import { type Reading, workloadFormat } from './format.ts';
import { goodRows } from './good-rows.ts';
import { firstLine } from './input-file.ts';
import { TYPES_OF_THE_PAPERS } from './instance-size.ts';
import { checkRow, type WorkloadRow } from './row.ts';
import { readWfCommons } from './wfcommons.ts';

export const WorkflowOptions = Type.Object(
  {
    planner: Type.Enum(
      PLANNERS.map(({ name }) => name),
      {
        default: 'ic-pcp',
        description: `Who decides which machines are leased. ${PLANNERS.map(({ name, summary }) => `${name}: ${summary}`).join(' ')}`,
      },
    ),
    deadline: Type.Optional(
      finiteDurationOption({
        description: 'By when all must be done, from the beginning of the plan. Absent: as `slack` says.',
      }),
    ),
    slack: Type.Number({
      minimum: 1,
      maximum: 1000,
      default: 2,
      description:
        'The deadline as a multiple of the shortest time there is: that of the longest chain of tasks on the fastest machine.',
    }),
    machines: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          {
            speed: Type.Optional(
              Type.Number({
                exclusiveMinimum: 0,
                maximum: 1_000_000,
                description: 'Tasks take their run time divided by it. Absent: the CPUs of the type.',
              }),
            ),
            price: Type.Optional(
              creditsOption({
                description:
                  'For each period of billing that has begun, in credits. Absent: 0.10 for each CPU.',
              }),
            ),
          },
          { additionalProperties: false, description: 'What a machine of the type does and costs.' },
        ),
        {
          description: 'Instance types that may be leased, by name. Absent: all that there are.',
        },
      ),
    ),
    billing: finiteDurationOption({
      default: '1h',
      description: 'The period of billing: one that has begun is paid.',
    }),
    boot: finiteDurationOption({
      default: '97s',
      description: 'A lease begins that long before its first task.',
    }),
    bandwidth: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1_000_000,
      default: 20,
      description: 'Between two machines, in MB/s.',
    }),
    lead: finiteDurationOption({
      default: '0s',
      description: 'From the submission, at the start of the log, to the beginning of the plan.',
    }),
    seed: Type.Integer({ minimum: 0, default: 2009, description: 'Of planners that draw.' }),
  },
  {
    additionalProperties: false,
    description: 'How the machines of a workflow (DAX, WfCommons) are leased.',
  },
);
export type WorkflowOptions = Static<typeof WorkflowOptions>;
type WorkflowReading = Reading<WorkflowOptions>;

/** A lease is a request for one instance. */
export const workflow = workloadFormat({
  name: 'workflow',
  extensions: ['dax', 'json'],
  options: WorkflowOptions,
  async *read(reading: WorkflowReading) {
    const { file, options } = reading;
    const planner = PLANNERS.find(({ name }) => name === options.planner)!;
    const read = await readWorkflow(reading);
    const terms = termsOf(read, options, reading.instanceTypes ?? TYPES_OF_THE_PAPERS, file);
    const { leases, makespanMs, meetsDeadline } = planFor(read, terms, planner, options);
    if (!meetsDeadline) {
      const planned = `the plan of ${planner.name} is done after ${formatDuration(makespanMs)}`;
      const problem = `${planned}; expected at most ${formatDuration(terms.deadlineMs)}: allow more time, or another planner`;
      throw new InputError('PEX_WORKLOAD_VALUE', problem, { file, path: 'workflow.deadline' });
    }
    yield* goodRows(
      numbered(leases),
      ([lease, number]) => rowOf(lease, `${read.name || 'workflow'}-${number}`, read, reading),
      reading,
    );
  },
});

/** @throws InputError for what is no workflow */
export async function readWorkflow(reading: Pick<Reading, 'file' | 'onOdd'>): Promise<Workflow> {
  const isXml = (await firstLine(reading.file)).startsWith('<');
  return isXml ? readDax(reading) : readWfCommons(reading);
}

/**
 * What a plan is made for.
 * @param file for messages
 * @throws InputError for a type that there is not, and for a deadline that no plan can meet
 */
export function termsOf(
  workflow: Workflow,
  options: WorkflowOptions,
  instanceTypes: ReadonlyMap<string, Resources>,
  file: string,
): Terms {
  const terms = {
    types: machineTypes(options, instanceTypes, file),
    billingMs: Math.max(1, durationMs(options.billing)),
    bootMs: durationMs(options.boot),
    bytesPerS: options.bandwidth * 1_000_000,
  };
  const shortestMs = criticalPathMs(workflow, { ...terms, deadlineMs: Number.POSITIVE_INFINITY });
  const deadlineMs =
    options.deadline === undefined ? Math.ceil(shortestMs * options.slack) : durationMs(options.deadline);
  if (deadlineMs >= shortestMs) return { ...terms, deadlineMs };
  const problem = `${options.deadline} cannot be met: the longest chain of tasks takes ${formatDuration(shortestMs)}, on the fastest machine and with its boot`;
  throw new InputError('PEX_WORKLOAD_VALUE', problem, { file, path: 'workflow.deadline' });
}

export function planFor(
  workflow: Workflow,
  terms: Terms,
  planner: Planner,
  { seed }: Pick<WorkflowOptions, 'seed'>,
): LeasePlan {
  return leasePlanOf(workflow, terms, planner.assign(workflow, terms, seed));
}

const CREDITS_A_CPU = 0.1;

function machineTypes(
  { machines }: WorkflowOptions,
  instanceTypes: ReadonlyMap<string, Resources>,
  file: string,
): MachineType[] {
  const names = machines === undefined ? [...instanceTypes.keys()] : Object.keys(machines);
  if (names.length === 0) {
    throw new InputError('PEX_WORKLOAD_VALUE', 'is empty; expected at least one instance type', {
      file,
      path: 'workflow.machines',
    });
  }
  return names.map((name) => {
    const demand = instanceTypes.get(name);
    if (demand === undefined) {
      const problem = `no instance type "${name}"${suggestion(name, [...instanceTypes.keys()])}`;
      throw new InputError('PEX_WORKLOAD_VALUE', problem, { file, path: `workflow.machines.${name}` });
    }
    const cpus = demand.milliCpus / 1000;
    const { price = CREDITS_A_CPU * cpus, speed = cpus } = machines?.[name] ?? {};
    return { name, speed, priceMicros: microsFromCredits(price) };
  });
}

async function* numbered(leases: readonly Lease[]): AsyncGenerator<readonly [Lease, number]> {
  for (const [index, lease] of leases.entries()) yield [lease, index + 1];
}

function rowOf(
  { endMs, startMs, type }: Lease,
  id: string,
  { name }: Workflow,
  { file, options }: WorkflowReading,
): WorkloadRow {
  const lengthMs = Math.max(1, endMs - startMs);
  return checkRow(
    {
      id,
      kind: 'advance',
      submitMs: 0,
      startMs: durationMs(options.lead) + startMs,
      durationMs: lengthMs,
      size: type.name,
      instances: 1,
      optional: 0,
      user: name || undefined,
      runTimeMs: lengthMs,
    },
    { file },
  );
}
