// A policy that ships is one new file and its line in the catalogue, and touches nothing else: tried on a copy of policies/, with policies
// of docs/writing-a-policy.md. That a user's own file will do as well is tried in test/policies/writing-a-policy.test.ts.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type DomainEvent, type Named, type PolicyPorts, simulate } from '../../engine/index.ts';
import { HOUR, node, provider, request, setup } from '../support/setup.ts';
import { extendedCopy } from './extended-copy.ts';

type Catalogue = typeof import('../../policies/catalogue.ts');
type Resolve = typeof import('../../policies/resolve-policy.ts');

interface Addition {
  readonly kind: keyof PolicyPorts;
  readonly name: string;
  /** The list of the catalogue as it begins, and the same with the new policy. */
  readonly list: readonly [string, string];
}

/** The policy of that name on the page, as a copy of policies/ has it. */
async function added({ kind, list, name }: Addition): Promise<Named<never>> {
  const page = await readFile('docs/writing-a-policy.md', 'utf8');
  const code = [...page.matchAll(/```ts\n(.*?)```/gs)].find(([, text]) =>
    text!.includes(`name: '${name}'`),
  )![1]!;
  const { path: policies, remove } = await extendedCopy({
    folder: 'policies',
    beside: ['engine', 'written'],
    file: `${kind}/${name}.ts`,
    code: code.replace("'openpex'", "'../../engine/index.ts'"),
    catalogue: {
      file: 'catalogue.ts',
      imports: `import added from './${kind}/${name}.ts';`,
      list,
    },
  });
  onTestFinished(remove);
  const { findPolicy } = (await import(join(policies, 'catalogue.ts'))) as Catalogue;
  const { makePolicy, resolvePolicy } = (await import(join(policies, 'resolve-policy.ts'))) as Resolve;
  return makePolicy(resolvePolicy(findPolicy(kind, name))) as Named<never>;
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
