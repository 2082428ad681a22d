// The package as npm installs it: packed from this build, unpacked where only what it depends on is beside it, and used from there. Nothing is
// fetched.
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Finished, runProgram } from '../support/child-process.ts';
import { folderOfTheseTests, openpexInTurn, write } from '../support/command-line.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The oldest Node that is promised. */
const OLDEST_NODE = '20.19.0';

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly engines?: { readonly node?: string };
}

const locked: Readonly<Record<string, LockedPackage>> = JSON.parse(
  readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
).packages;

let home: string;
let installed: string;
beforeAll(() => {
  home = folderOfTheseTests();
  installed = join(home, 'node_modules/openpex');
  mkdirSync(installed, { recursive: true });
  // What the build gave is packed; `prepare` would build again.
  run('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', home], ROOT);
  const tarball = readdirSync(home).find((file) => file.endsWith('.tgz'))!;
  run('tar', ['-xzf', join(home, tarball), '-C', installed, '--strip-components=1'], home);
  for (const [path, { dev, devOptional }] of Object.entries(locked)) {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
    if (name === undefined || dev || devOptional || !existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(join(home, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(home, path));
  }
});

function run(program: string, args: readonly string[], cwd: string): Finished {
  const finished = runProgram(program, args, { cwd });
  if (finished.code !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${finished.stdout}${finished.stderr}`);
  return finished;
}

const main = () => join(installed, 'dist/cli/main.js');

function openpex(...args: readonly string[]): Finished {
  return runProgram(process.execPath, [main(), ...args], { cwd: home });
}

/** Several times what all scenarios take. */
const RUNS_LIMIT_MS = 300_000;

/** Names of the shipped scenarios whose files are all in the package. */
const selfContained = readdirSync(join(ROOT, 'scenarios'))
  .filter((file) => file.endsWith('.yaml') && !file.endsWith('.workload.yaml'))
  .filter((file) => !/^[^#\n]*OPENPEX_DATA/m.test(readFileSync(join(ROOT, 'scenarios', file), 'utf8')))
  .map((file) => file.replace('.yaml', ''));

test('the scenarios that need no download are known', () => {
  expect(selfContained).toEqual(
    expect.arrayContaining(['campus-month', 'openpex-2009', 'openpex-2009-example']),
  );
});

let ended: ReadonlyMap<string, Finished> | undefined;

/** How the run of a scenario ended: of all of them one after the other in one process, which is loaded once. */
function runOf(scenario: string): Finished {
  if (ended === undefined) {
    const lines = selfContained.map((name) => {
      // The example has to reach its counter-offer of the sixth day.
      const short = name === 'campus-month' ? ['--set', 'horizon=2d', '--set', 'warmUp=0s'] : [];
      return { args: ['run', name, '--json', '--quiet', ...short], cwd: home };
    });
    const finished = openpexInTurn(lines, { main: main(), limitMs: RUNS_LIMIT_MS });
    ended = new Map(selfContained.map((name, i) => [name, finished[i]!]));
  }
  return ended.get(scenario)!;
}

test.each(selfContained)(
  '%s runs by its name',
  (name) => {
    const { code, stderr, stdout } = runOf(name);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).requests).toBeGreaterThan(0);
  },
  RUNS_LIMIT_MS + 30_000,
);

test('openpex policies lists what ships', () => {
  const { code, stderr, stdout } = openpex('policies');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('most-loaded');
  expect(stdout).toContain('earliest-start');
});

describe('a policy of a user', () => {
  const POLICY = `import { allocationPolicy } from 'openpex';
import { Type } from 'typebox';

export default allocationPolicy({
  name: 'roomiest',
  summary: 'The candidate with the most free memory.',
  options: Type.Object({ avoid: Type.String({ default: '', description: 'A group that comes last.' }) }),
  memory: () => ({ asked: 0 }),
  create: ({ avoid }) => ({
    choose(_request, candidates, _cluster, { memory }) {
      memory.asked += 1;
      const [first, ...others] = [...candidates].filter(({ group }) => group !== avoid);
      return others.reduce((best, node) => (node.minFree.memoryMib > best.minFree.memoryMib ? node : best), first ?? [...candidates][0]!);
    },
  }),
});
`;

  function typeCheck(...files: readonly string[]): Finished {
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', ''];
    return runProgram(join(ROOT, 'node_modules/.bin/tsc'), [...options, ...files], { cwd: home });
  }

  test('is checked against the types of the package', () => {
    write(home, 'package.json', '{ "type": "module" }');
    write(home, 'roomiest.ts', POLICY);
    write(home, 'mistaken.ts', POLICY.replace('memory.asked += 1', 'memory.aksed += 1'));
    const { code, stdout } = typeCheck('roomiest.ts', 'mistaken.ts');
    expect(code).not.toBe(0);
    // One mistake, and nothing else: neither in the one that is right nor in the types themselves.
    const [mistake, ...others] = stdout.split('\n').filter((line) => /^\S/.test(line));
    expect(mistake).toMatch(/^mistaken\.ts.*Property 'aksed' does not exist/);
    expect(others).toEqual([]);
  });

  test('runs', () => {
    write(home, 'roomiest.ts', POLICY);
    const { code, stderr, stdout } = openpex(
      ...['run', 'openpex-2009-example', '--json', '--quiet', '--policy', 'allocation=./roomiest.ts'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout).requests).toBe(2);
  });
});

test('the documentation names no file of policies or scenarios that is not there', () => {
  const pages = ['README.md', ...readdirSync(join(installed, 'docs')).map((file) => `docs/${file}`)];
  const named = pages
    .filter((page) => page.endsWith('.md'))
    // What tells how the code is laid out is for those who have the repository.
    .filter((page) => !page.includes('architecture') && !page.includes('adding-a'))
    .flatMap((page) => {
      const text = readFileSync(join(installed, page), 'utf8');
      return [...text.matchAll(/`((?:policies|engine\/policy)\/[\w./-]*|scenarios\/[\w.-]+\.\w+)`/g)].map(
        ([, path]) => path!,
      );
    });
  expect(named).toEqual(
    expect.arrayContaining(['policies/', 'engine/policy/ports.ts', 'engine/policy/views.ts']),
  );
  const missing = [...new Set(named)].filter((path) => !existsSync(join(installed, path)));
  expect(missing).toEqual([]);
});

test(`no package wants another Node than ${OLDEST_NODE}`, () => {
  // npm itself reads the ranges: what it does not match here is an EBADENGINE there.
  const query = `:not(:semver(${OLDEST_NODE}, :attr(engines, [node])))`;
  const { stdout } = run('npm', ['query', query, '--package-lock-only', '--offline'], realpathSync(ROOT));
  const unmet = (JSON.parse(stdout) as (LockedPackage & { location: string })[])
    // npm lists those without a range too.
    .filter(({ engines }) => engines?.node !== undefined)
    .map(({ engines, location }) => `${location}: ${engines!.node}`);
  expect(unmet).toEqual([]);
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  expect(engines.node).toBe(`>=${OLDEST_NODE.replace(/\.0$/, '')}`);
});
