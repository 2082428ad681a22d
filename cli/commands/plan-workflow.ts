// openpex plan-workflow: what the planners of workflows would lease, side by side, for one workflow and one deadline.
import type { LeasePlan, Terms } from '../../scenarios/workflows/lease-plan.ts';
import type { Workflow } from '../../scenarios/workflows/workflow.ts';
import { counted } from '../../written/counted.ts';
import type { CommandBody } from '../command.ts';

interface PlanWorkflowArguments {
  file: string;
  set: string[];
  json: boolean;
}

interface Planned {
  readonly planner: string;
  readonly plan: LeasePlan;
}

export const planWorkflowCommand: CommandBody<PlanWorkflowArguments> = {
  builder: (yargs) =>
    yargs
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: 'The workflow, as DAX or as JSON of WfCommons; may be compressed (.gz)',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'path=value of a setting of the format workflow, e.g. deadline=2h (docs/workloads.md)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print all plans as JSON' })
      .example('$0 plan-workflow montage.dax --set slack=1.5', 'With half as much time again as it needs')
      .example(
        '$0 convert montage.dax leases.csv --set workflow.planner=pso',
        'The leases of one of them, as requests',
      ),
  handler: plan,
};

async function plan({ file, json, set }: PlanWorkflowArguments): Promise<void> {
  const { planFor, readWorkflow, termsOf } = await import('../../scenarios/formats/workflow.ts');
  const { TYPES_OF_THE_PAPERS } = await import('../../scenarios/formats/instance-size.ts');
  const { WorkloadNotes } = await import('../../scenarios/formats/workload-notes.ts');
  const { PLANNERS } = await import('../../scenarios/workflows/planners/catalogue.ts');
  const options = await readOptions(set);
  const notes = new WorkloadNotes();
  const workflow = await readWorkflow({ file, onOdd: (what) => notes.onOdd(file, what) });
  const terms = termsOf(workflow, options, TYPES_OF_THE_PAPERS, file);
  const planned = PLANNERS.map((planner) => ({
    planner: planner.name,
    plan: planFor(workflow, terms, planner, options),
  }));
  process.stderr.write(notes.describe());
  process.stdout.write(json ? jsonText(workflow, terms, planned) : await planText(workflow, terms, planned));
}

async function readOptions(set: readonly string[]) {
  const { WorkflowOptions } = await import('../../scenarios/formats/workflow.ts');
  const { WrittenDocument } = await import('../../written/document.ts');
  const { applySetting } = await import('../../written/setting.ts');
  const { complete, findProblems } = await import('../../written/written-value.ts');
  const document = WrittenDocument.parse('{}', 'openpex plan-workflow');
  for (const setting of set) applySetting(document, setting);
  const options = complete(WorkflowOptions, document.value);
  const problems = findProblems(WorkflowOptions, options);
  if (problems.length > 0) throw document.error('PEX_USAGE', problems);
  return options as import('../../scenarios/formats/workflow.ts').WorkflowOptions;
}

const CREDIT_MICROS = 1_000_000;

/** Times in milliseconds from the beginning of the plan, money in micro-credits. */
function jsonText({ name, tasks }: Workflow, terms: Terms, planned: readonly Planned[]): string {
  const { deadlineMs } = terms;
  const plans = planned.map(({ plan, planner }) => ({
    planner,
    ...plan,
    leases: plan.leases.map(({ tasks: onIt, type, ...lease }) => ({
      type: type.name,
      ...lease,
      tasks: onIt.map(({ task, ...times }) => ({ id: tasks[task]!.id, ...times })),
    })),
  }));
  return `${JSON.stringify({ name, tasks: tasks.length, deadlineMs, plans }, null, 2)}\n`;
}

async function planText(workflow: Workflow, terms: Terms, planned: readonly Planned[]): Promise<string> {
  const { criticalPathMs } = await import('../../scenarios/workflows/lease-plan.ts');
  const { formatDuration } = await import('../../written/time-text.ts');
  const { name, tasks } = workflow;
  const edges = tasks.reduce((sum, { parents }) => sum + parents.length, 0);
  const workMs = tasks.reduce((sum, { runtimeMs }) => sum + runtimeMs, 0);
  // To a second where minutes say little.
  const roughly = (ms: number) => {
    const unitMs = ms < 600_000 ? 1000 : 60_000;
    return formatDuration(Math.round(ms / unitMs) * unitMs);
  };
  const rows = planned.map(({ plan, planner }) => [
    planner,
    (plan.costMicros / CREDIT_MICROS).toFixed(2),
    roughly(plan.makespanMs),
    plan.meetsDeadline ? 'yes' : 'no',
    String(plan.leases.length),
    machinesOf(plan),
  ]);
  const table = [['planner', 'credits', 'done after', 'in time', 'leases', 'of which'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    `${name || 'a workflow'}: ${counted(tasks.length, 'task')}, ${counted(edges, 'edge')}, ${roughly(workMs)} of work at speed 1`,
    `longest chain ${roughly(criticalPathMs(workflow, terms))} on the fastest machine, deadline ${roughly(terms.deadlineMs)}`,
    '',
    ...lines,
    '',
  ].join('\n');
}

function machinesOf({ leases }: LeasePlan): string {
  const counts = new Map<string, number>();
  for (const { type } of leases) counts.set(type.name, (counts.get(type.name) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} ${type}`).join(', ');
}
