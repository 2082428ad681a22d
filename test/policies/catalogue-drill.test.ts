// A policy that ships is one new file and its line in the catalogue, and touches nothing else: tried on a copy of policies/, with policies
// of docs/writing-a-policy.md.
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DomainEvent, type Named, type PolicyPorts, simulate } from '../../engine/index.ts';
import { HOUR, node, provider, request, setup } from '../support/setup.ts';

// Within the project: what is imported from there is compiled like everything else.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(resolve('node_modules'), '.drill-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Catalogue = typeof import('../../policies/catalogue.ts');
type Resolve = typeof import('../../policies/resolve-policy.ts');

interface Addition {
  readonly kind: keyof PolicyPorts;
  readonly name: string;
  /** The list of the catalogue as it begins, and the same with the new policy. */
  readonly list: readonly [string, string];
}

/** A copy of policies/ with one policy more. */
async function added({ kind, list, name }: Addition): Promise<Named<never>> {
  const home = join(folder, name);
  const policies = join(home, 'policies');
  await cp('policies', policies, { recursive: true });
  for (const shared of ['engine', 'written']) await symlink(resolve(shared), join(home, shared));
  const before = await snapshot(policies);

  const page = await readFile('docs/writing-a-policy.md', 'utf8');
  const code = [...page.matchAll(/```ts\n(.*?)```/gs)].find(([, text]) =>
    text!.includes(`name: '${name}'`),
  )![1]!;
  await writeFile(join(policies, kind, `${name}.ts`), code.replace("'openpex'", "'../../engine/index.ts'"));
  const catalogue = join(policies, 'catalogue.ts');
  const lines = await readFile(catalogue, 'utf8');
  expect(lines).toContain(list[0]);
  const imported = `import added from './${kind}/${name}.ts';\n`;
  await writeFile(catalogue, `${imported}${lines.replace(list[0], list[1])}`);

  const after = await snapshot(policies);
  const changed = [...after].filter(([file, text]) => before.get(file) !== text).map(([file]) => file);
  expect(changed.sort()).toEqual(['catalogue.ts', `${kind}/${name}.ts`].sort());

  const { findPolicy } = (await import(catalogue)) as Catalogue;
  const { makePolicy, resolvePolicy } = (await import(join(policies, 'resolve-policy.ts'))) as Resolve;
  return makePolicy(resolvePolicy(findPolicy(kind, name))) as Named<never>;
}

async function snapshot(path: string): Promise<Map<string, string>> {
  const files = (await readdir(path, { recursive: true })).filter((file) => file.endsWith('.ts'));
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(join(path, file), 'utf8')] as const)),
  );
}

test('a policy with a memory', async () => {
  const allocation = await added({
    kind: 'allocation',
    name: 'alternating-groups',
    list: ['allocation: [', 'allocation: [added, '],
  });
  const nodes = [node('a1'), node('a2'), { ...node('b1'), group: 'other' }];
  const placed: string[] = [];
  await simulate(
    setup({
      cluster: { nodes },
      policies: { ...provider().policies, allocation },
      requests: [request(), request(), request({ numInstancesFixed: 2 })],
    }),
    {
      onEvent: (event: DomainEvent) => {
        if (event.type === 'offer-accepted') placed.push(event.pieces.map(({ nodeId }) => nodeId).join());
      },
    },
  );
  expect(placed).toEqual(['a1', 'b1', 'a1,b1']);
});

test('a counter-offer policy on price', async () => {
  const counterOffer = await added({
    kind: 'counter-offer',
    name: 'shorter-for-less',
    list: ["'counter-offer': [", "'counter-offer': [added, "],
  });
  const offered: number[] = [];
  await simulate(
    setup({
      policies: { ...provider().policies, counterOffer },
      requests: [request({ durationMs: 8 * HOUR, maxPriceMicros: 400_000 })],
    }),
    {
      onEvent: (event: DomainEvent) => {
        if (event.type === 'offer-countered') offered.push(event.proposal.durationMs);
      },
    },
  );
  expect(offered).toEqual([4 * HOUR]);
});
