// A workload format is one file and one line of the catalogue: the one of docs/workloads.md, put into a copy of scenarios/, is known by the name
// of its files, has its settings in the schema, and complains like the others.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { UserRequest } from '../../engine/index.ts';
import { type ExtendedCopy, extendedCopy } from './extended-copy.ts';
import { requestLog } from './workload-format/request-log.ts';

const FOLDER = 'test/extensions/workload-format';
const [FILE = '', ...MORE_FILES] = await readdir(FOLDER, { recursive: true });

const page = await readFile('docs/workloads.md', 'utf8');
const part = page.slice(page.indexOf('\n## Add a format'));
const shown = /```ts\n(.*?)```/s.exec(part)![1]!;

type Loading = typeof import('../../scenarios/load/scenario.ts');

let loadScenario: Loading['loadScenario'];
let copy: ExtendedCopy;
let folder: string;
beforeAll(async () => {
  copy = await extendedCopy({
    folder: 'scenarios',
    beside: ['engine', 'written', 'policies'],
    file: `formats/${FILE}`,
    code: shown,
    catalogue: {
      file: 'formats/catalogue.ts',
      imports: `import { requestLog } from './${FILE}';`,
      list: ['  manifest,\n]', '  manifest,\n  requestLog,\n]'],
    },
  });
  ({ loadScenario } = (await import(join(copy.path, 'load/scenario.ts'))) as Loading);
  folder = await mkdtemp(join(tmpdir(), 'openpex-format-'));
});
afterAll(async () => {
  await copy.remove();
  await rm(folder, { recursive: true });
});

/** The requests of a scenario that has this workload. */
async function requests(workload: string, log: string): Promise<UserRequest[]> {
  await writeFile(join(folder, 'web.jsonl'), log);
  const scenario = join(folder, 'day.yaml');
  await writeFile(scenario, `cluster: { preset: openpex-2009 }\nworkloads: [${workload}]\n`);
  const found: UserRequest[] = [];
  const { requests: stream } = (await loadScenario(scenario)).world();
  for await (const request of stream) found.push(request);
  return found;
}

const LOG = `
{"id": "a", "at": 0, "user": "ann", "cpus": 2, "seconds": 90.5}
{"id": "b", "at": 1.25, "user": "bob", "cpus": 1, "seconds": 60}
`;

test('its files are read, by their name and as its settings say', async () => {
  const [a, b] = await requests('{ file: web.jsonl, request-log: { memoryPerCpu: 512 } }', LOG);
  expect(a).toMatchObject({
    requestId: 'a',
    userId: 'ann',
    kind: 'best-effort',
    proposal: { durationMs: 90_500, demand: { milliCpus: 2000, memoryMib: 1024, diskGib: 0 } },
  });
  expect(b!.submitMs - a!.submitMs).toBe(1250);
  // Without a word about it the default holds; every format takes another kind.
  const [c] = await requests('{ file: web.jsonl, format: request-log, defaults: { kind: immediate } }', LOG);
  expect(c).toMatchObject({ kind: 'immediate', proposal: { demand: { memoryMib: 2048 } } });
});

test('bad rows and bad settings are met as those of other formats', async () => {
  await expect(requests('{ file: web.jsonl }', `${LOG}{"id": "c", "at": 2}\nnonsense\n`)).rejects.toThrow(
    /2 bad rows:\n {2}.*web\.jsonl:4: user: is missing; expected a text\n {2}.*web\.jsonl:5: is no JSON/,
  );
  await expect(requests('{ file: web.jsonl, request-log: { memory: 1 } }', LOG)).rejects.toThrow(
    /workloads\[0\]\.request-log\.memory: "memory" is not known here/,
  );
  await expect(requests('{ file: web.jsonl, format: request-logs }', LOG)).rejects.toThrow(
    /"request-logs" is not known here \(did you mean "request-log"\?\)/,
  );
});

test('it is one file, and the one that the page shows', async () => {
  expect([FILE, ...MORE_FILES]).toEqual([`${requestLog.name}.ts`]);
  const code = await readFile(join(FOLDER, FILE), 'utf8');
  // Where the page has it, it lies beside the others, and its imports are in another order.
  const inItsPlace = code
    .replaceAll(`'../../../scenarios/formats/`, `'./`)
    .replaceAll(`'../../../`, `'../../`);
  const parts = (text: string) => {
    const lines = text.split('\n');
    return [
      lines.filter((line) => line.startsWith('import ')).sort(),
      lines.filter((line) => !line.startsWith('import ')),
    ];
  };
  expect(parts(shown)).toEqual(parts(inItsPlace));
  expect(part).toContain(`Save this as \`scenarios/formats/${FILE}\``);
});
