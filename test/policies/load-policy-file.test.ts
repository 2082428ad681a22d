import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PolicyKind } from '../../engine/index.ts';
import { loadPolicyFile } from '../../policies/load-policy-file.ts';
import { makePolicy, resolvePolicy } from '../../policies/resolve-policy.ts';
import { InputError } from '../../written/input-error.ts';
import { ask, calendarOf, clusterView, decision, nodeView, placement, proposal } from './views.ts';

// Outside of the repository: a user's file lies anywhere, with no node_modules around it.
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openpex-policy-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function file(name: string, ...lines: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.join('\n'));
  return path;
}

async function problemOf(path: string, kind: PolicyKind = 'allocation'): Promise<string> {
  try {
    const definition = await loadPolicyFile(kind, path);
    makePolicy(resolvePolicy(definition));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return `${error.code} ${error.message.replaceAll(folder, '~')}`;
  }
  throw new Error('the policy was loaded and made');
}

const TYPED = [
  "import { allocationPolicy, highestScore, type NodeView } from 'openpex';",
  "import { Type } from 'typebox';",
  'const free = (node: NodeView, weight: number): number => weight * node.minFree.memoryMib;',
  'export default allocationPolicy({',
  "  name: 'most-memory',",
  "  summary: 'The node with the most free memory.',",
  "  options: Type.Object({ weight: Type.Number({ default: 1, description: 'Sign of the score.' }) }),",
  '  create: ({ weight }) => highestScore((node) => free(node, weight)),',
  '});',
];

describe('a good file', () => {
  test('in TypeScript decides with its options', async () => {
    const definition = await loadPolicyFile('allocation', await file('typed.ts', ...TYPED));
    const nodes = [100, 300, 200].map((memoryMib, index) =>
      nodeView(index, { minFree: { milliCpus: 4000, memoryMib, diskGib: 100 } }),
    );
    const choose = (options: Record<string, unknown>) =>
      makePolicy(resolvePolicy(definition, options)).policy.choose(
        placement(),
        nodes,
        clusterView(),
        decision(),
      ).index;
    expect(definition.name).toBe('most-memory');
    expect(choose({})).toBe(1);
    expect(choose({ weight: -1 })).toBe(0);
  });

  test.each(['plain.mjs', 'plain.js'])('in JavaScript (%s), beside a module of its own', async (name) => {
    await file('own.mjs', 'export const reason = () => undefined;');
    const path = await file(
      name,
      "import { counterOfferPolicy } from 'openpex';",
      "import { Type } from 'typebox';",
      "import { reason } from './own.mjs';",
      'export default counterOfferPolicy({',
      "  name: 'mute', summary: 'Says nothing.', options: Type.Object({}), create: () => ({ respond: reason }),",
      '});',
    );
    expect((await loadPolicyFile('counter-offer', path)).summary).toBe('Says nothing.');
  });

  test('in the form of version 0.1: one alternative, or none', async () => {
    const path = await file(
      'old.mjs',
      "import { counterOfferPolicy } from 'openpex';",
      "import { Type } from 'typebox';",
      'export default counterOfferPolicy({',
      "  name: 'later', summary: 'An hour later.', options: Type.Object({}), create: () => ({",
      '    alternative: (asked, view) => (view.nowMs > 0 ? undefined : { ...asked, startMs: asked.startMs + 3_600_000 }),',
      '  }),',
      '});',
    );
    const { policy } = makePolicy(resolvePolicy(await loadPolicyFile('counter-offer', path)));
    const asked = proposal({ startMs: 0 });
    const [only, ...others] = policy.respond(ask(asked), calendarOf([]), decision());
    expect(only).toMatchObject({ startMs: 3_600_000, durationMs: asked.durationMs });
    expect(others).toEqual([]);
    expect(policy.respond(ask(asked), calendarOf([], 1), decision())).toEqual([]);
  });

  test('is read anew each time', async () => {
    const path = await file('changing.ts', ...TYPED);
    await loadPolicyFile('allocation', path);
    await file('changing.ts', ...TYPED.map((line) => line.replace('most-memory', 'changed')));
    expect((await loadPolicyFile('allocation', path)).name).toBe('changed');
  });
});

describe('a bad file gets one clear message', () => {
  const HEAD = [
    "import { allocationPolicy, pricingPolicy } from 'openpex';",
    "import { Type } from 'typebox';",
  ];

  test('missing', async () => {
    expect(await problemOf(join(folder, 'nowhere.ts'))).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~/nowhere.ts: there is no such policy file"`,
    );
  });

  test('a directory', async () => {
    expect(await problemOf(folder)).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~: expected a .js, .mjs or .ts file, found a directory"`,
    );
  });

  test('a syntax error, with its line', async () => {
    expect(
      await problemOf(await file('syntax.ts', ...HEAD, 'export default allocationPolicy({ name: ;', '});')),
    ).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~/syntax.ts:3:41: the policy file cannot be loaded: syntax error: Unexpected token"`,
    );
  });

  test('an import that does not exist', async () => {
    expect(
      await problemOf(
        await file('import.ts', "import { help } from './helper.ts';", 'export default help();'),
      ),
    ).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~/import.ts:1:1: the policy file cannot be loaded: Cannot find module './helper.ts'"`,
    );
  });

  test('code at the top level that throws, with its line', async () => {
    expect(
      await problemOf(
        await file('throws.mjs', ...HEAD, 'const table = undefined;', 'export default table.first;'),
      ),
    ).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~/throws.mjs:4:22: the policy file cannot be loaded: Cannot read properties of undefined (reading 'first')"`,
    );
  });

  test('a name that a module does not export, wherever it would be used first', async () => {
    const using = (from: string) => [
      `import { allocationPolicy, highestScore } from 'openpex';`,
      "import { Type } from 'typebox';",
      from,
      "export default allocationPolicy({ name: 'mine', summary: 'Mine.', options: Type.Object({}),",
      '  create: () => highestScore((node) => weigh(node)) });',
    ];
    await file('helper.mjs', 'export const help = 1;');
    const problems = [
      await problemOf(await file('a.ts', ...using("import { weigh } from 'openpex';"))),
      await problemOf(await file('b.mjs', ...using("import { weigh } from './helper.mjs';"))),
      await problemOf(await file('c.mjs', ...using("import weigh from './helper.mjs';"))),
      await problemOf(await file('d.mjs', ...using("import { weigh } from 'node:path';"))),
    ];
    expect(problems).toMatchInlineSnapshot(`
      [
        "PEX_POLICY_FILE ~/a.ts:3: the policy file cannot be loaded: "openpex" does not have an export "weigh"",
        "PEX_POLICY_FILE ~/b.mjs:3: the policy file cannot be loaded: "./helper.mjs" does not have an export "weigh"",
        "PEX_POLICY_FILE ~/c.mjs:3: the policy file cannot be loaded: "./helper.mjs" does not have a default export",
        "PEX_POLICY_FILE ~/d.mjs:3: the policy file cannot be loaded: "node:path" does not have an export "weigh"",
      ]
    `);
  });

  test('a name that is a type only is no trouble', async () => {
    await file('types.ts', 'export interface Weight { readonly grams: number }');
    const path = await file(
      'typed-only.ts',
      "import { allocationPolicy, highestScore, NodeView } from 'openpex';",
      "import { Type } from 'typebox';",
      "import { Weight } from './types.ts';",
      "export { Weight } from './types.ts';",
      'const weigh = (node: NodeView): Weight => ({ grams: node.load });',
      "export default allocationPolicy({ name: 'mine', summary: 'Mine.', options: Type.Object({}),",
      '  create: () => highestScore((node) => weigh(node).grams) });',
    );
    expect((await loadPolicyFile('allocation', path)).name).toBe('mine');
  });

  test('an export in the CommonJS way, with the remedy', async () => {
    const lines = [
      "const { allocationPolicy } = require('openpex');",
      "module.exports = allocationPolicy({ name: 'mine', summary: 'Mine.', options: {}, create: () => ({}) });",
    ];
    expect(await problemOf(await file('common.cjs', ...lines))).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~/common.cjs: exports the CommonJS way (\`module.exports\`); expected \`export default allocationPolicy({...})\`, and \`import\` instead of \`require\`, in a .mjs, .js or .ts file"`,
    );
  });

  test('a default export that the loader loses, with the remedy', async () => {
    const policy =
      "export default allocationPolicy({ name: 'mine', summary: 'Mine.', options: Type.Object({}), create: () => ({}) });";
    const lost = await file('lost.ts', ...HEAD, 'using table = { [Symbol.dispose]() {} };', policy);
    const empty = await file('empty.mjs', 'export default undefined;');
    expect([await problemOf(lost), await problemOf(empty)]).toMatchInlineSnapshot(`
      [
        "PEX_POLICY_FILE ~/lost.ts: its default export is lost: a \`using\` at the top level of the file hides what stands below it; move it into a function, or use \`const\`; expected \`export default allocationPolicy({...})\`",
        "PEX_POLICY_FILE ~/empty.mjs: its default export is lost: it is undefined when the file has run; expected \`export default allocationPolicy({...})\`",
      ]
    `);
  });

  test('no default export', async () => {
    expect(await problemOf(await file('named.mjs', 'export const policy = 1;'))).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~/named.mjs: has no default export; expected \`export default allocationPolicy({...})\`"`,
    );
  });

  test('a default export that is no policy', async () => {
    expect(
      await problemOf(await file('object.mjs', "export default { name: 'mine', create() {} };")),
    ).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~/object.mjs: the default export is not a policy; expected \`export default allocationPolicy({...})\`"`,
    );
  });

  test('a policy of another kind', async () => {
    expect(
      await problemOf(
        await file(
          'kind.mjs',
          ...HEAD,
          "export default pricingPolicy({ name: 'mine', summary: 'Mine.', options: Type.Object({}), create: () => ({}) });",
        ),
      ),
    ).toMatchInlineSnapshot(
      `"PEX_POLICY_FILE ~/kind.mjs: is a pricing policy, but an allocation policy is asked for"`,
    );
  });

  test('a part of the policy that is missing or wrong', async () => {
    const policies = [
      "summary: 'Mine.', options: Type.Object({}), create: () => ({})",
      "name: 'My Policy', summary: 'Mine.', options: Type.Object({}), create: () => ({})",
      "name: 'mine', options: Type.Object({}), create: () => ({})",
      "name: 'mine', summary: 'Mine.', options: { weight: 1 }, create: () => ({})",
      "name: 'mine', summary: 'Mine.', options: Type.Object({})",
      "name: 'mine', summary: 'Mine.', options: Type.Object({}), create: () => ({ chose() {} })",
      "name: 'mine', summary: 'Mine.', options: Type.Object({}), create: () => {}",
      "name: 'mine', summary: 'Mine.', options: Type.Object({}), create() { throw new Error('no table'); }",
      "name: 'mine', summary: 'Mine.', options: Type.Object({}), create(options) { options.weight = 2; }",
      "name: 'mine', summary: 'Mine.', options: Type.Object({}), memory: {}, create: () => ({})",
    ];
    const problems: string[] = [];
    for (const parts of policies) {
      const path = await file('parts.mjs', ...HEAD, `export default allocationPolicy({ ${parts} });`);
      problems.push(await problemOf(path));
    }
    expect(problems).toMatchInlineSnapshot(`
      [
        "PEX_POLICY_FILE ~/parts.mjs: name: expected lower-case words with hyphens, such as "my-policy", found nothing",
        "PEX_POLICY_FILE ~/parts.mjs: name: expected lower-case words with hyphens, such as "my-policy", found "My Policy"",
        "PEX_POLICY_FILE ~/parts.mjs: summary: expected a line of text, found nothing",
        "PEX_POLICY_FILE ~/parts.mjs: options: expected a TypeBox schema, such as Type.Object({}), found a group of settings",
        "PEX_POLICY_FILE ~/parts.mjs: create: expected a function that makes the policy, found nothing",
        "PEX_POLICY_FILE ~/parts.mjs: create() of the allocation policy "mine" returned something without choose()",
        "PEX_POLICY_FILE ~/parts.mjs: create() of the allocation policy "mine" returned something without choose()",
        "PEX_POLICY_FILE ~/parts.mjs:3:110: create() of the allocation policy "mine" failed: no table",
        "PEX_POLICY_FILE ~/parts.mjs:3:125: create() of the allocation policy "mine" failed: Cannot add property weight, object is not extensible",
        "PEX_POLICY_FILE ~/parts.mjs: memory: expected a function that gives what the policy remembers at first, found a group of settings",
      ]
    `);
  });
});
