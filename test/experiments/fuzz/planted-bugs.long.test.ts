// Every planted bug is found, and what is left is small and fails again: some by openpex fuzz, as it is called, the others in this thread, where
// nothing has to be loaded for each.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { putCase, readCase } from '../../../experiments/fuzz/case-directory.ts';
import { evaluate } from '../../../experiments/fuzz/evaluate.ts';
import { fuzz } from '../../../experiments/fuzz/fuzz.ts';
import { THIS_THREAD } from '../../../experiments/fuzz/fuzz-crew.ts';
import { loadScenario } from '../../../scenarios/load/scenario.ts';
import { openpexInTurn, temporaryFolder } from '../../support/command-line.ts';
import { fileOf, PLANTED_BUGS, type PlantedBug } from './planted-bugs.ts';

/** Much longer than it takes, for machines that have other things to do. */
const LIMIT = { limitMs: 600_000 };

/** For one question: a thousand times as long as an honest policy takes. */
const PATIENCE_MS = 1_000;
/** The one that only a thread of its own can stop, and one that is told with its line. */
const BY_COMMAND = ['endless-search', 'tie-by-daylight'];

function openpex(args: readonly string[], cwd: string) {
  return openpexInTurn([{ args, cwd }], LIMIT)[0]!;
}

function bugs(isByCommand: boolean): PlantedBug[] {
  return PLANTED_BUGS.filter(({ name }) => BY_COMMAND.includes(name) === isByCommand);
}

test.each(bugs(false))(
  '$name',
  async (bug) => {
    const policies = { [bug.kind]: { file: fileOf(bug) } };
    const place = temporaryFolder();
    const { found } = await fuzz({ seed: bug.seed ?? 1, runs: 200, policies, crew: THIS_THREAD, place });
    expect(bug.checks).toContain(found?.finding.check);
    expect(found!.finding.what).toMatch(bug.says);
    expect(found!.smallest.requests.length).toBeLessThan(20);
    const path = join(place, 'left');
    putCase(path, found!, '1.2.3');
    const again = await evaluate(await loadScenario(join(path, 'scenario.yaml')), readCase(path).disturbance);
    expect(again.finding).toEqual(found!.finding);
  },
  700_000,
);

test.each(bugs(true))(
  '$name, by the command',
  async (bug) => {
    const folder = temporaryFolder();
    const { code, stdout } = openpex(
      [
        'fuzz',
        '--policy',
        `${bug.kind}=${fileOf(bug)}`,
        '--seed',
        // What is asked without an answer is waited for: of the second seed half as often.
        bug.name === 'endless-search' ? '2' : '1',
        // A thread that gets no answer is stopped after so much processor time of all of them.
        '--jobs',
        '1',
        '--out',
        'case',
        '--json',
        '--quiet',
      ],
      folder,
    );
    expect(code).toBe(1);
    const { finding } = JSON.parse(stdout);
    expect(bug.checks).toContain(finding.check);
    expect(finding.what).toMatch(bug.says);
    const rows = readFileSync(join(folder, 'case', 'workload.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    expect(rows.length).toBeLessThan(20);
    if (bug.name === 'endless-search') {
      // The command would wait as long as for a whole run.
      const path = join(folder, 'case');
      const scenario = await loadScenario(join(path, 'scenario.yaml'));
      const { finding: again } = await evaluate(scenario, readCase(path).disturbance, PATIENCE_MS);
      expect(again?.check).toBe('answer');
      return;
    }
    const again = openpex(['fuzz', '--repeat', 'case', '--json'], folder);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout).finding.check).toBe(finding.check);
  },
  700_000,
);

test('the manager and the policies that ship break nothing', () => {
  const { code, stdout } = openpex(['fuzz', '--runs', '40', '--seed', '77', '--quiet'], temporaryFolder());
  expect(stdout).toContain('Nothing was found.');
  expect(code).toBe(0);
}, 700_000);
