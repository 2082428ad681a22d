// docs/validation.md says what planners of workflows come to on the workflow that ships (update it with vitest -u).
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { TYPES_OF_THE_PAPERS } from '../../scenarios/formats/instance-size.ts';
import { planFor, readWorkflow, termsOf, WorkflowOptions } from '../../scenarios/formats/workflow.ts';
import { PLANNERS } from '../../scenarios/workflows/planners/catalogue.ts';
import { complete } from '../../written/written-value.ts';

const FILE = 'scenarios/montage.dax';
const SLACKS = [1.2, 1.5, 2, 4, 10];
const [BEGIN, END] = ['<!-- workflows -->', '<!-- /workflows -->'];

test('docs/validation.md has what each planner plans for montage.dax', async () => {
  const workflow = await readWorkflow({ file: FILE, onOdd: () => {} });
  const rows = PLANNERS.map((planner) => {
    const cells = SLACKS.map((slack) => {
      const options = complete(WorkflowOptions, { slack }) as WorkflowOptions;
      const terms = termsOf(workflow, options, TYPES_OF_THE_PAPERS, FILE);
      const { costMicros, makespanMs, meetsDeadline } = planFor(workflow, terms, planner, options);
      const done = Math.round(makespanMs / 60_000);
      return meetsDeadline ? `${(costMicros / 1_000_000).toFixed(2)}, ${done}` : `late: ${done}`;
    });
    return `| \`${planner.name}\` | ${cells.join(' | ')} |`;
  });
  const table = [
    `| planner | ${SLACKS.map((slack) => `slack ${slack}`).join(' | ')} |`,
    `|---|${SLACKS.map(() => '---|').join('')}`,
    ...rows,
  ].join('\n');
  const page = await readFile('docs/validation.md', 'utf8');
  const written = `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}\n${table}\n${page.slice(page.indexOf(END))}`;
  await expect(written).toMatchFileSnapshot('../../docs/validation.md');
});
