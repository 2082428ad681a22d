import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findCircles, findViolations, importsOf, type SourceFile } from '../support/boundaries.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDERS = [
  'written',
  'engine',
  'policies',
  'scenarios',
  'reports',
  'experiments',
  'pool-double',
  'live',
  'cli',
  'bench',
];

function sources(): SourceFile[] {
  return FOLDERS.flatMap((folder) => {
    let names: string[];
    try {
      names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    } catch {
      return [];
    }
    return names
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
  });
}

describe('the import rule', () => {
  test('holds in every source file', () => {
    const files = sources();
    // A check that sees no imports would always pass.
    expect(files.flatMap(importsOf).length).toBeGreaterThan(files.length);
    expect(findViolations(files)).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    expect(findCircles(sources())).toEqual([]);
  });

  test('a circle is found, also one of types and through several files', () => {
    const file = (path: string, target: string) => ({ path, text: `import type { X } from '${target}';` });
    expect(
      findCircles([
        file('engine/a.ts', './b.ts'),
        file('engine/b.ts', './c/d.ts'),
        file('engine/c/d.ts', '../a.ts'),
      ]),
    ).toEqual(['engine/a.ts -> engine/b.ts -> engine/c/d.ts -> engine/a.ts is a circle']);
  });

  test.each([
    ['engine/a.ts', "import { x } from '../policies/catalogue.ts';", 'engine/ may not import policies/'],
    ['engine/a.ts', "import type { X } from '../reports/summary.ts';", 'engine/ may not import reports/'],
    [
      'engine/a.ts',
      "import { InputError } from '../written/input-error.ts';",
      'engine/ may not import written/',
    ],
    ['written/a.ts', "import { Rng } from '../engine/index.ts';", 'written/ may not import engine/'],
    ['engine/a.ts', "import { readFileSync } from 'node:fs';", 'engine/ does no I/O'],
    [
      'reports/html/a.ts',
      "import { y } from '../../scenarios/load.ts';",
      'reports/ may not import scenarios/',
    ],
    ['policies/a.ts', "export { z } from '../scenarios/x.ts';", 'policies/ may not import scenarios/'],
    ['policies/a.ts', "import {\n  a,\n  b,\n} from '../cli/main.ts';", 'policies/ may not import cli/'],
    ['scenarios/a.ts', "const m = await import('../cli/main.ts');", 'scenarios/ may not import cli/'],
    [
      'reports/a.ts',
      "import { r } from '../experiments/run-scenario.ts';",
      'reports/ may not import experiments/',
    ],
    ['live/a.ts', "import { r } from '../experiments/run-scenario.ts';", 'live/ may not import experiments/'],
    ['experiments/a.ts', "import { l } from '../live/daemon.ts';", 'experiments/ may not import live/'],
    ['experiments/a.ts', 'const now = performance.now();', 'time and chance are handed in'],
    ['reports/a.ts', "import { Rng } from '../engine/random/rng.ts';", 'only engine/index.ts is imported'],
    ['policies/a.ts', "import { x } from '../engine/index.ts';", 'only engine/for-policies.ts is imported'],
    ['engine/domain/a.ts', "import { x } from '../calendar/booking.ts';", 'may not import engine/calendar/'],
    [
      'engine/calendar/a.ts',
      "import { x } from '../provider/provider.ts';",
      'may not import engine/provider/',
    ],
    ['live/portal/src/a.ts', "import { x } from '../../api/pages.ts';", 'may not import live/api/'],
    ['scenarios/schema/a.ts', "import { x } from '../load/scenario.ts';", 'may not import scenarios/load/'],
    ['engine/novel/a.ts', 'export const x = 1;', 'say in test/support whom it may import'],
    ['engine/a.ts', 'const now = Date.now();', 'time and chance are handed in'],
    ['policies/a.ts', 'return Math.random();', 'time and chance are handed in'],
  ])('catches in %s: %s', (path, text, complaint) => {
    expect(findViolations([{ path, text }]).join('\n')).toContain(complaint);
  });

  test('lets through what is allowed', () => {
    const allowed = [
      {
        path: 'policies/a.ts',
        text: "import { Type } from 'typebox';\nimport { x } from '../engine/for-policies.ts';",
      },
      {
        path: 'engine/calendar/b.ts',
        text: "import { x } from '../domain/d.ts';\nimport { createHash } from 'node:crypto';",
      },
      { path: 'cli/a.ts', text: "import { x } from '../reports/run-report.ts'; setTimeout(f, 1);" },
      { path: 'engine/a.ts', text: '// Date.now is not used here\n/* nor Math.random */' },
    ];
    expect(findViolations(allowed)).toEqual([]);
  });
});
