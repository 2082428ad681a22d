// Workflows of WfCommons in JSON: WfFormat 1.5, which has what tasks are and how long they took in two lists, and the versions from 1.0 on, which
// have it in one. Its own validator takes circles, ids that stand twice and edges to nowhere; here they are errors.
import { Type } from 'typebox';
import { Check } from 'typebox/schema';
import { InputError } from '../../written/input-error.ts';
import { findProblems, formatPath } from '../../written/written-value.ts';
import type { Workflow } from '../workflows/workflow.ts';
import type { Reading } from './format.ts';
import { readBytes } from './input-file.ts';
import { problem, WorkflowParts } from './workflow-parts.ts';

const FileOfTask = Type.Object({
  id: Type.Optional(Type.String()),
  name: Type.Optional(Type.String()),
  link: Type.Optional(Type.String()),
  size: Type.Optional(Type.Number()),
  sizeInBytes: Type.Optional(Type.Number()),
});

const Task = Type.Object({
  id: Type.Optional(Type.String({ minLength: 1 })),
  name: Type.String({ minLength: 1 }),
  parents: Type.Optional(Type.Array(Type.String())),
  children: Type.Optional(Type.Array(Type.String())),
  inputFiles: Type.Optional(Type.Array(Type.String())),
  outputFiles: Type.Optional(Type.Array(Type.String())),
  files: Type.Optional(Type.Array(FileOfTask)),
  runtime: Type.Optional(Type.Number()),
  runtimeInSeconds: Type.Optional(Type.Number()),
  cores: Type.Optional(Type.Number({ minimum: 0 })),
  coreCount: Type.Optional(Type.Number({ minimum: 0 })),
});

const Execution = Type.Object({
  id: Type.String(),
  runtimeInSeconds: Type.Optional(Type.Number()),
  coreCount: Type.Optional(Type.Number({ minimum: 0 })),
});

const Tasks = Type.Optional(Type.Array(Task));

/** Of all versions what is looked at; whatever else there is may be there. */
const WfFormat = Type.Object({
  name: Type.Optional(Type.String()),
  workflow: Type.Object({
    specification: Type.Optional(
      Type.Object({
        tasks: Type.Array(Task),
        files: Type.Optional(
          Type.Array(Type.Object({ id: Type.String(), sizeInBytes: Type.Optional(Type.Number()) })),
        ),
      }),
    ),
    execution: Type.Optional(
      Type.Object({
        tasks: Type.Array(Execution),
      }),
    ),
    tasks: Tasks,
    jobs: Tasks,
  }),
});
type WfFormat = Type.Static<typeof WfFormat>;
type Task = Type.Static<typeof Task>;

export async function readWfCommons(reading: Pick<Reading, 'file' | 'onOdd'>): Promise<Workflow> {
  const { file, onOdd } = reading;
  const { name = '', workflow } = await parse(file);
  const { execution, specification } = workflow;
  const tasks = specification?.tasks ?? workflow.tasks ?? workflow.jobs ?? [];
  const path =
    specification === undefined ? (workflow.tasks === undefined ? 'jobs' : 'tasks') : 'specification.tasks';
  const executed = new Map(execution?.tasks.map((task) => [task.id, task]));
  const sizes = new Map(specification?.files?.map(({ id, sizeInBytes = 0 }) => [id, sizeInBytes]));
  const idOf = ({ id, name: called }: Task) => id ?? called;
  // Of version 1.2 tasks have ids and name their parents by names.
  const ids = new Set(tasks.map(idOf));
  const idsByName = new Map(tasks.map((task) => [task.name, idOf(task)]));
  const known = (ref: string) => (ids.has(ref) ? ref : (idsByName.get(ref) ?? ref));
  const parts = new WorkflowParts(reading);
  const edges = new Set<string>();
  const edge = (parent: string, child: string) => `${JSON.stringify(parent)} ${JSON.stringify(child)}`;
  for (const [index, task] of tasks.entries()) {
    const place = { file, path: `workflow.${path}[${index}]` };
    const id = idOf(task);
    const runtimeS = executed.get(id)?.runtimeInSeconds ?? task.runtimeInSeconds ?? task.runtime;
    if (runtimeS === undefined)
      throw problem(
        `task "${id}" has no run time; expected runtimeInSeconds, as traces of executions have`,
        place,
      );
    parts.task(id, task.name, runtimeS * coresOf(task, executed.get(id)), place);
    for (const parent of task.parents ?? []) {
      edges.add(edge(known(parent), id));
      parts.edge(known(parent), id, place);
    }
    noteFiles(parts, id, task, sizes);
  }
  for (const [index, task] of tasks.entries()) {
    for (const child of task.children ?? []) {
      if (edges.has(edge(idOf(task), known(child)))) continue;
      onOdd('with a child that does not name it as its parent: it waits all the same');
      parts.edge(idOf(task), known(child), { file, path: `workflow.${path}[${index}].children` });
    }
  }
  return parts.workflow(name);
}

/** On how many cores it ran: one CPU takes as many times as long. 0 says nothing, as nothing does. */
function coresOf({ coreCount, cores }: Task, executed?: Type.Static<typeof Execution>): number {
  return executed?.coreCount || coreCount || cores || 1;
}

function noteFiles(
  parts: WorkflowParts,
  id: string,
  { files = [], inputFiles = [], outputFiles = [] }: Task,
  sizes: ReadonlyMap<string, number>,
): void {
  for (const file of inputFiles) parts.takes(id, file);
  for (const file of outputFiles) parts.makes(id, file, sizes.get(file) ?? 0);
  for (const { id: fileId, link, name, size, sizeInBytes } of files) {
    const file = fileId ?? name;
    if (file === undefined) continue;
    if (link === 'input') parts.takes(id, file);
    if (link === 'output') parts.makes(id, file, sizeInBytes ?? size ?? 0);
  }
}

async function parse(file: string): Promise<WfFormat> {
  const chunks: Buffer[] = [];
  for await (const chunk of readBytes(file)) chunks.push(chunk);
  let value: unknown;
  try {
    value = JSON.parse(
      Buffer.concat(chunks)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
  } catch (error) {
    throw new InputError('PEX_WORKLOAD_VALUE', `no JSON: ${(error as Error).message}`, { file });
  }
  // Keys that are not looked at are no trouble, unless one of them is meant by another that is missing.
  if (Check(WfFormat, value)) return value as WfFormat;
  const problems = findProblems(WfFormat, value);
  const { message, path } = problems.find(({ atKey }) => atKey !== true) ?? problems[0]!;
  throw problem(message, { file, path: formatPath(path) });
}
