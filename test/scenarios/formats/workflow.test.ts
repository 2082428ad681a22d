// Workflows as they are published, damage included, and what is asked for of them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWorkflow } from '../../../scenarios/formats/workflow.ts';
import { HOUR_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

async function read(name: string, text: string) {
  const file = await folder.write(name, text);
  const odd: string[] = [];
  const found = await readWorkflow({ file, onOdd: (what) => odd.push(what) });
  const tasks = found.tasks.map(({ id, parents, runtimeMs }) => [
    id,
    runtimeMs,
    parents.map(({ bytes, task }) => [found.tasks[task]!.id, bytes]),
  ]);
  return { name: found.name, odd, tasks };
}

const problem = (name: string, text: string) =>
  read(name, text).then(
    () => 'none',
    (error: Error) => error.message.replace(`${folder.path}/`, ''),
  );

const DAX = (inside: string) => `<?xml version="1.0"?>
<adag version="2.1" name="two" jobCount="25">
${inside}
</adag>
`;
const A = `<job id="A" name="make" runtime="2.5"><uses file="f" link="output" size="3000"/></job>`;
const B = `<job id="B" name="take" runtime="7"><uses file="f" link="input" size="3000"/></job>`;
const EDGE = `<child ref="B"><parent ref="A"/></child>`;

test('DAX: children may come first, counts may be wrong, and damage is counted', async () => {
  expect(await read('a.dax', DAX(`${B}${A}${EDGE}`))).toEqual({
    name: 'two',
    odd: [],
    tasks: [
      ['A', 2500, []],
      ['B', 7000, [['A', 3000]]],
    ],
  });
  const damaged = `<job id="A" runtime="-4"><uses file="f" link="output" size="-1"/></job>${B}${EDGE}`;
  expect(await read('b.dax', DAX(damaged))).toEqual({
    name: 'two',
    odd: ['with a negative run time: taken as 0 s', 'with a file of a negative size: taken as 0 bytes'],
    tasks: [
      ['A', 0, []],
      ['B', 7000, [['A', 0]]],
    ],
  });
  // A file that both name is no edge.
  expect((await read('c.dax', DAX(A + B))).tasks.map(([, , parents]) => parents)).toEqual([[], []]);
});

test('DAX that makes no sense is refused with the line', async () => {
  expect(await problem('a.dax', DAX(`${A}\n${A}`))).toBe('a.dax:4: a second task "A"; expected each id once');
  expect(await problem('a.dax', DAX(`${A}\n<child ref="A">\n<parent ref="C"/></child>`))).toMatch(
    /^a\.dax:5: no task "C"/,
  );
  expect(await problem('a.dax', DAX('<job id="A" name="make"/>'))).toBe(
    'a.dax:3: runtime: is missing; expected seconds, as version 2.1 of the format has them',
  );
  expect(await problem('a.dax', DAX('<job id="A" runtime="soon"/>'))).toBe(
    'a.dax:3: runtime: "soon" is not a number',
  );
  expect(await problem('a.dax', DAX(''))).toBe('a.dax: no tasks; expected at least one');
  expect(await problem('a.dax', DAX(`${A}${B}${EDGE}<child ref="A"><parent ref="B"/></child>`))).toBe(
    'a.dax: tasks wait for each other: B -> A -> B; expected no circle',
  );
  expect(await problem('a.dax', '<lease-workload/>')).toBe(
    'a.dax:1: the document is a <lease-workload>; expected an <adag>',
  );
  expect(await problem('a.dax', '<adag name="two"><job')).toMatch(/not well-formed XML/);
});

const V15 = {
  name: 'w',
  schemaVersion: '1.5',
  workflow: {
    specification: {
      tasks: [
        { name: 'take', id: 'b1', parents: ['a1'], children: [], inputFiles: ['f'] },
        { name: 'make', id: 'a1', parents: [], children: ['b1'], outputFiles: ['f'] },
      ],
      files: [{ id: 'f', sizeInBytes: 3000 }],
    },
    execution: {
      makespanInSeconds: 9,
      executedAt: '2024-01-01T00:00:00Z',
      tasks: [
        { id: 'a1', runtimeInSeconds: 2.5 },
        { id: 'b1', runtimeInSeconds: 7, coreCount: 2 },
      ],
    },
  },
};
const TWO = [
  ['a1', 2500, []],
  // 7 s on two cores.
  ['b1', 14_000, [['a1', 3000]]],
];

test('WfCommons: the same workflow of three versions', async () => {
  const files = (link: string) => [{ name: 'f', link, size: 3000 }];
  const v10 = {
    name: 'w',
    workflow: {
      jobs: [
        { name: 'a1', runtime: 2.5, parents: [], files: files('output') },
        { name: 'b1', runtime: 7, cores: 2, parents: ['a1'], files: files('input') },
      ],
    },
  };
  const v13 = {
    name: 'w',
    workflow: {
      tasks: [
        { name: 'make', id: 'a1', runtime: 2.5, parents: [], children: ['take'], files: files('output') },
        { name: 'take', id: 'b1', runtime: 7, cores: 2, parents: ['make'], files: files('input') },
      ],
    },
  };
  for (const version of [V15, v10, v13])
    expect(await read('w.json', JSON.stringify(version))).toEqual({ name: 'w', odd: [], tasks: TWO });
});

test('what WfCommons’ own validator lets through is told or refused', async () => {
  const { execution, specification } = V15.workflow;
  const having = (tasks: unknown[]) =>
    JSON.stringify({ ...V15, workflow: { execution, specification: { ...specification, tasks } } });
  const [b, a] = specification.tasks;
  const oneSided = await read('w.json', having([{ ...b, parents: [] }, a]));
  expect(oneSided).toEqual({
    name: 'w',
    odd: ['with a child that does not name it as its parent: it waits all the same'],
    tasks: TWO,
  });
  expect(await problem('w.json', having([b, { ...a, parents: ['b1'] }]))).toMatch(
    /tasks wait for each other/,
  );
  expect(await problem('w.json', having([b, a, a]))).toBe(
    'w.json: workflow.specification.tasks[2]: a second task "a1"; expected each id once',
  );
  expect(await problem('w.json', having([b, { ...a, id: 'c1' }]))).toMatch(
    /^w\.json: workflow\.specification\.tasks\[1\]: task "c1" has no run time/,
  );
  expect(await problem('w.json', having([{ ...b, parents: 'a1' }]))).toBe(
    'w.json: workflow.specification.tasks[0].parents: expected a list, found "a1"',
  );
  expect(await problem('w.json', '{"name": "w"')).toMatch(/^w\.json: no JSON: /);
  expect(await problem('w.json', '[]')).toMatch(/^w\.json: expected a group of settings/);
});

test('each lease is a request ahead of time, from its boot to its last task', async () => {
  const two = DAX(`${A}${B}${EDGE}`);
  const options = { machines: { SMALL: {} }, boot: '10s', lead: '1h' };
  expect(await folder.rows('two.dax', two, { workflow: options })).toEqual([
    {
      id: 'two-1',
      kind: 'advance',
      submitMs: 0,
      startMs: HOUR_MS,
      durationMs: 19_500,
      size: 'SMALL',
      instances: 1,
      optional: 0,
      user: 'two',
      runTimeMs: 19_500,
    },
  ]);
  const wrong = (settings: object) =>
    folder.problem('two.dax', two, { workflow: { ...options, ...settings } });
  expect(await wrong({ deadline: '15s' })).toMatch(
    /workflow\.deadline: 15s cannot be met: the longest chain of tasks takes 19s 500ms, on the fastest machine and with its boot$/,
  );
  expect(await wrong({ machines: { SMAL: {} } })).toMatch(
    /workflow\.machines\.SMAL: no instance type "SMAL".*SMALL/,
  );
  expect(
    await wrong({ deadline: '20s', planner: 'one-each', machines: { SMALL: {} }, bandwidth: 0.001 }),
  ).toMatch(
    /workflow\.deadline: the plan of one-each is done after 22s 500ms; expected at most 20s: allow more time, or another planner$/,
  );
});
