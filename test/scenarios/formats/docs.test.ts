// The examples of docs/workloads.md do what the page says.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { CSV_COLUMNS } from '../../../scenarios/formats/csv.ts';
import type { WorkloadRow } from '../../../scenarios/formats/row.ts';
import { generateRows } from '../../../scenarios/generator/generate.ts';
import { loadGeneratorSpec } from '../../../scenarios/generator/load-spec.ts';
import { START_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
let page: string;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
  page = await readFile('docs/workloads.md', 'utf8');
});
afterAll(() => folder.remove());

/** The first fenced block of that language after the heading. */
function block(heading: string, language: string): string {
  const section = page.slice(page.indexOf(`\n## ${heading}`));
  const [, text] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(section) ?? [];
  if (text === undefined) throw new Error(`no ${language} under ${heading}`);
  return text;
}

test('the example of the CSV has three requests', async () => {
  const requests = await folder.requests('day.csv', block('Workload CSV', 'csv'));
  expect(requests.map(({ kind }) => kind)).toEqual(['advance', 'best-effort', 'flexible']);
  expect(requests[2]?.latestStartMs).toBe(Date.UTC(2009, 7, 24));
});

test('every column of the CSV is in its table', () => {
  for (const column of CSV_COLUMNS) expect(page).toContain(`| \`${column}\` |`);
});

test('bad rows are reported as shown', async () => {
  const rows = [
    'a,0,60,SMALL',
    'b,0,1h,SMALL',
    'c,0,60,SMALL',
    'd,0,60,SMALL',
    'e,0,60,SMALL',
    'f,0,60,SMAL',
  ];
  const problem = await folder.problem('day.csv', `id,submit,duration,type\n${rows.join('\n')}\n`);
  expect(problem.replaceAll('~/', '')).toBe(`PEX_WORKLOAD_VALUE\n${block('Bad rows', 'text').trim()}`);
});

test('the example of a generator draws a course in the daytime and 40 % of batch work', async () => {
  const spec = await loadGeneratorSpec(await folder.write('spec.yaml', block('Generators', 'yaml')));
  const rows: WorkloadRow[] = [];
  for await (const row of generateRows(spec, { startMs: START_MS, rng: Rng.fromSeed(1) })) rows.push(row);
  const course = rows.filter(({ id }) => id.startsWith('course-'));
  expect(course.length).toBeGreaterThan(250);
  expect(course.every(({ submitMs }) => Math.floor(submitMs / 3_600_000) % 24 >= 6)).toBe(true);
  const research = rows.filter(({ id }) => id.startsWith('research-'));
  const cpuMs = research.reduce(
    (sum, row) => sum + (row.size === 'MEDIUM' ? 2 : 0.5) * row.instances * row.durationMs,
    0,
  );
  expect(cpuMs / (20 * 7 * 86_400_000)).toBeCloseTo(0.4, 1);
});
