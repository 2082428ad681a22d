// docs/errors.md says what the code says, and the code throws what it declares.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALL_TROUBLES } from '../../cli/troubles.ts';
import { ENGINE_ERRORS } from '../../engine/index.ts';
import { EXPERIMENT_ERRORS } from '../../experiments/errors.ts';
import { PROBLEMS } from '../../live/problems.ts';
import { TROUBLES } from '../../live/troubles.ts';
import { POLICY_ERRORS } from '../../policies/errors.ts';
import { SCENARIO_ERRORS } from '../../scenarios/errors.ts';
import { WRITTEN_ERRORS } from '../../written/errors.ts';

const errorsDoc = readFileSync('docs/errors.md', 'utf8');

/** What each folder may throw: its own, and what the floors below it declare. */
const DECLARED: Readonly<Record<string, readonly object[]>> = {
  written: [WRITTEN_ERRORS],
  engine: [ENGINE_ERRORS],
  policies: [ENGINE_ERRORS, WRITTEN_ERRORS, POLICY_ERRORS],
  scenarios: [ENGINE_ERRORS, WRITTEN_ERRORS, POLICY_ERRORS, SCENARIO_ERRORS],
  reports: [ENGINE_ERRORS, WRITTEN_ERRORS],
  experiments: [ENGINE_ERRORS, WRITTEN_ERRORS, POLICY_ERRORS, SCENARIO_ERRORS, EXPERIMENT_ERRORS],
  live: [TROUBLES, PROBLEMS],
  cli: [ALL_TROUBLES],
};

test('it has one row for each code, with exit code, status and meaning', () => {
  const rows = Array.from(
    errorsDoc.matchAll(/^\| `(PEX_\w+)` \| (\d+) \| (\d{3}) \| (.*?) \| .+ \|$/gm),
    ([, code, exit, status, meaning]) => [code, { exit: Number(exit), status: Number(status), meaning }],
  );
  expect(rows).toHaveLength(Object.keys(ALL_TROUBLES).length);
  expect(Object.fromEntries(rows)).toEqual(ALL_TROUBLES);
});

test('it has one row for each problem of the REST API, with its status, meaning and remedy', () => {
  const rows = Array.from(
    errorsDoc.matchAll(/^\| (\d{3}) \| `(PEX_\w+)` \| (.*?) \| (.+) \|$/gm),
    ([, status, code, meaning, remedy]) => [code, { status: Number(status), meaning, remedy }],
  );
  expect(rows).toEqual(Object.entries(PROBLEMS));
});

describe.each(Object.entries(DECLARED))('%s/', (folder, tables) => {
  const declared = tables.flatMap((table) => Object.keys(table));

  test('throws only what it or a floor below it declares', () => {
    expect(codesIn(folder).filter((code) => !declared.includes(code))).toEqual([]);
  });
});

test('every code is thrown somewhere', () => {
  const thrown = Object.keys(DECLARED).flatMap(codesIn);
  const declared = [...Object.keys(ALL_TROUBLES), ...Object.keys(PROBLEMS)];
  expect(declared.filter((code) => !thrown.includes(code))).toEqual([]);
});

/** The codes that a folder's sources name as texts; the tables have them as keys. Portal and client run elsewhere, with a code of their own. */
function codesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^(portal|client)\//.test(name))
    .flatMap((name) =>
      Array.from(readFileSync(`${folder}/${name}`, 'utf8').matchAll(/'(PEX_[A-Z_]+)'/g), ([, code]) => code!),
    );
}
