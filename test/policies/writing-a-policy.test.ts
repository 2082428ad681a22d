// The policy at the end of docs/writing-a-policy.md is one that runs: taken from the page, saved, loaded, simulated.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { POLICY_KINDS, simulate } from '../../engine/index.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openpex-doc-'));
});
afterAll(() => rm(folder, { recursive: true }));

const page = await readFile('docs/writing-a-policy.md', 'utf8');

async function placedNodes(options: readonly string[]): Promise<string[]> {
  const scenario = join(folder, 'day.yaml');
  await writeFile(
    scenario,
    `
cluster:
  nodes:
    - { group: large, cpus: 8, memoryMib: 8192, diskGib: 100 }
    - { group: small, count: 2, cpus: 2, memoryMib: 2048, diskGib: 100 }
workloads: [{ file: day.csv }]
`,
  );
  await writeFile(
    join(folder, 'day.csv'),
    'submit,id,start,duration,type,instances\n0,a,3600,3600,SMALL,5\n',
  );
  const loaded = await loadScenario(scenario, {
    policies: [`allocation=${join(folder, 'smallest-node.ts')}`],
    set: options,
  });
  const nodes: string[] = [];
  await simulate(loaded.world(), {
    onEvent: (event) => {
      if (event.type === 'offer-accepted')
        nodes.push(...event.pieces.map(({ nodeId, instances }) => `${instances} on ${nodeId}`));
    },
  });
  return nodes;
}

test('the policy of docs/writing-a-policy.md fills small nodes first, and its option turns that around', async () => {
  const [, code] = /```ts\n(.*?)```\s*$/s.exec(page) ?? [];
  await writeFile(join(folder, 'smallest-node.ts'), code ?? '');
  expect(await placedNodes([])).toEqual(['2 on small-001', '2 on small-002', '1 on large']);
  expect(await placedNodes(['policies.allocation.options.avoid=small'])).toEqual(['5 on large']);
});

test('the page names every kind of policy', () => {
  for (const kind of POLICY_KINDS) expect(page).toContain(`| \`${kind}\` |`);
});
