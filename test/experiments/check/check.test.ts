import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Baseline } from '../../../experiments/check/baseline.ts';
import { type CheckOutcome, check } from '../../../experiments/check/check.ts';
import {
  type CheckFindings,
  checkMarkdown,
  checkText,
  githubAnnotations,
  isGood,
} from '../../../experiments/check/check-report.ts';
import { junitXml } from '../../../experiments/check/junit.ts';
import { loadExperimentOrScenario } from '../../../experiments/definition/experiment.ts';
import { USUAL_DIRECTION } from '../../../experiments/results/usual-direction.ts';
import { crewOf } from '../../../experiments/sweep/crew.ts';
import { SweepDirectory } from '../../../experiments/sweep/sweep-directory.ts';
import { summaryFields } from '../../../reports/summary.ts';
import { InputError } from '../../../written/input-error.ts';
import { ScenarioFolder } from '../../scenarios/scenario-folder.ts';

const POLICY = (name: string, choose: string) =>
  `import { allocationPolicy } from 'openpex';
import { Type } from 'typebox';
export default allocationPolicy({ name: '${name}', summary: 's', options: Type.Object({}), create: () => ({ choose(_request, candidates) { ${choose} } }) });
`;

let folder: ScenarioFolder;
beforeAll(async () => {
  folder = await ScenarioFolder.make();
  // Two small nodes and a large one: who puts small instances on the large node has no room for the large instance.
  await folder.write(
    'day.csv',
    'id,submit,start,duration,type\na,0,3600,7200,SMALL\nb,0,3600,7200,SMALL\nc,60,3600,7200,XLARGE\n',
  );
  await folder.write(
    'day.yaml',
    `cluster:
  nodes:
    - { group: small, count: 2, cpus: 2, memoryMib: 8192, diskGib: 500 }
    - { group: large, count: 1, cpus: 4, memoryMib: 8192, diskGib: 500 }
policies: { allocation: first-fit, counterOffer: none }
workloads:
  - file: day.csv
`,
  );
  await folder.write('worse.ts', POLICY('worse', 'return [...candidates].at(-1);'));
  await folder.write('faster.ts', POLICY('faster', 'return candidates[Symbol.iterator]().next().value;'));
  await folder.write('broken.ts', POLICY('broken', "throw new Error('no <idea> & \\u0007');"));
});
afterAll(() => folder.remove());

interface Checked {
  readonly baseline: string;
  readonly allocation?: string;
  readonly study?: string;
  readonly update?: boolean;
  readonly version?: string;
}

let places = 0;

async function checked({
  allocation,
  baseline,
  study = 'day.yaml',
  update = false,
  version = 'test',
}: Checked) {
  const experiment = await loadExperimentOrScenario(join(folder.path, study), {
    version,
    policies: allocation === undefined ? [] : [`allocation=${join(folder.path, allocation)}`],
  });
  const file = join(folder.path, baseline);
  const read = existsSync(file) ? await Baseline.read(file) : Baseline.usual(file, experiment);
  read.checkAgainst(experiment);
  places += 1;
  const directory = SweepDirectory.prepare(join(folder.path, `runs-${places}`), experiment, false);
  const outcome = await check(experiment, directory, { baseline: read, update, crew: crewOf(1) });
  return { ...finished(outcome), settings: update ? [] : read.changedSettings(experiment) };
}

function finished(outcome: CheckOutcome) {
  if (outcome.kind === 'interrupted') throw new Error('nobody interrupted it');
  return outcome;
}

async function problem(given: Checked): Promise<string> {
  try {
    await checked(given);
  } catch (error) {
    if (error instanceof InputError) return `${error.code} ${error.message}`.replaceAll(folder.path, '~');
    throw error;
  }
  throw new Error('it was checked');
}

const read = (name: string) => readFileSync(join(folder.path, name), 'utf8');

/** Texts without the folder of the test. */
const said = (text: string) => text.replaceAll(folder.path, '~');

test('a figure that there is nothing to measure of is recorded, and read back', async () => {
  // Everything is rejected: there is no share of it that was available.
  await folder.write(
    'full.csv',
    'id,submit,start,duration,type\na,0,3600,7200,XLARGE\nb,0,3600,7200,XLARGE\n',
  );
  await folder.write(
    'full.yaml',
    'cluster: { nodes: [{ group: small, cpus: 2, memoryMib: 8192, diskGib: 500 }] }\npolicies: { counterOffer: none }\nworkloads: [{ file: full.csv }]\n',
  );
  const none = { study: 'full.yaml', baseline: 'full.baseline.yaml' };
  await checked({ ...none, update: true });
  expect(read('full.baseline.yaml')).toMatch(/availability: null/);
  const { findings } = await checked(none);
  expect(isGood(findings)).toBe(true);
});

describe('a policy that got worse', () => {
  let findings: CheckFindings;
  beforeAll(async () => {
    await checked({ baseline: 'worse.baseline.yaml', update: true });
    ({ findings } = await checked({ baseline: 'worse.baseline.yaml', allocation: 'worse.ts' }));
  });

  test('is found, with the figure, both values and the tolerance', () => {
    expect(isGood(findings)).toBe(false);
    expect(said(checkText(findings))).toMatchInlineSnapshot(`
      "        figure                      baseline   now        change      tolerated
      WORSE   acceptanceRatio             1          0.666667   −0.333333   −0.01 (1 %)
      WORSE   acceptanceRatioByCpuHours   1          0.333333   −0.666667   −0.01 (1 %)
      WORSE   utilisation.cpu.allocated   0.496875   0.165625   −0.33125    −0.004969 (1 %)
      WORSE   revenue                     1.2        0.4        −0.8        −0.012 (1 %)

      FAILED: 5 comparisons with ~/worse.baseline.yaml (one run): 4 worse, 1 unchanged
      "
    `);
  });

  test('is a failed test in JUnit XML', () => {
    const tags: string[] = [];
    const parser = new SaxesParser();
    parser.on('opentag', ({ attributes, name }) => {
      if (name === 'testsuite') tags.push(`${attributes['tests']} tests, ${attributes['failures']} failures`);
      if (name === 'testcase') tags.push(`${attributes['name']}`);
      if (name === 'failure') tags.push(`  ${attributes['message']}`);
    });
    parser.write(junitXml(findings)).close();
    expect(tags.join('\n')).toMatchInlineSnapshot(`
      "5 tests, 4 failures
      acceptanceRatio
        acceptanceRatio was 1 and is 0.666667, worse (tolerated: −0.01 (1 %))
      acceptanceRatioByCpuHours
        acceptanceRatioByCpuHours was 1 and is 0.333333, worse (tolerated: −0.01 (1 %))
      utilisation.cpu.allocated
        utilisation.cpu.allocated was 0.496875 and is 0.165625, worse (tolerated: −0.004969 (1 %))
      availability
      revenue
        revenue was 1.2 and is 0.4, worse (tolerated: −0.012 (1 %))"
    `);
  });

  test('is a table in Markdown, and annotations for GitHub', () => {
    expect(said(checkMarkdown(findings))).toContain(
      '| WORSE | acceptanceRatio | 1 | 0.666667 | −0.333333 | −0.01 (1 %) |',
    );
    expect(said(githubAnnotations(findings)).split('\n')[0]).toBe(
      '::error file=~/worse.baseline.yaml,title=openpex check%3A acceptanceRatio::acceptanceRatio was 1 and is 0.666667, worse (tolerated: −0.01 (1 %25))',
    );
  });

  test('is told with the settings that are not those that were recorded', async () => {
    const { settings } = await checked({ baseline: 'worse.baseline.yaml', allocation: 'worse.ts' });
    expect(settings).toEqual([
      { path: 'policies.allocation.name', before: 'first-fit', now: undefined },
      { path: 'policies.allocation.file', before: undefined, now: 'worse.ts' },
    ]);
  });
});

test('a pure speed-up changes nothing, not even a digest', async () => {
  await folder.write(
    'fast.baseline.yaml',
    'digest: true\nmetrics: { acceptanceRatio: { better: higher } }\n',
  );
  await checked({ baseline: 'fast.baseline.yaml', update: true });
  const { findings } = await checked({ baseline: 'fast.baseline.yaml', allocation: 'faster.ts' });
  expect(findings.verdicts.map(({ state }) => state)).toEqual(['same', 'same']);
  expect(isGood(findings)).toBe(true);
  const worse = await checked({ baseline: 'fast.baseline.yaml', allocation: 'worse.ts' });
  expect(worse.findings.verdicts).toMatchObject([
    { kind: 'digest', state: 'worse', changed: [{ seed: 1 }] },
    { kind: 'figure', state: 'worse', before: 1 },
  ]);
});

test('more of what is good is no regression, less of it within the tolerance neither', async () => {
  await folder.write(
    'rules.baseline.yaml',
    `# Ours.
metrics:
  revenue: { better: higher } # more is fine
  rejected: { better: lower, absolute: 1 }
  utilisation.cpu.reserved: { relative: 0.5 }
  acceptanceRatio: { better: higher, absolute: 0.1, relative: 0.4 }
`,
  );
  await checked({ baseline: 'rules.baseline.yaml', allocation: 'worse.ts', update: true });
  const better = await checked({ baseline: 'rules.baseline.yaml' });
  const states = ({ findings }: { findings: CheckFindings }) => findings.verdicts.map(({ state }) => state);
  // That nobody said which way utilisation is better makes twice as much of it a change that is to be looked at.
  expect(states(better)).toEqual(['better', 'within', 'worse', 'better']);
  await checked({ baseline: 'rules.baseline.yaml', update: true });
  expect(states(await checked({ baseline: 'rules.baseline.yaml', allocation: 'worse.ts' }))).toEqual([
    'worse',
    'within',
    'worse',
    'within',
  ]);
  expect(read('rules.baseline.yaml')).toContain('# Ours.\n');
  expect(read('rules.baseline.yaml')).toContain('revenue: { better: higher } # more is fine\n');
});

test('recording what was recorded changes no byte', async () => {
  await checked({ baseline: 'same.baseline.yaml', update: true });
  const bytes = read('same.baseline.yaml');
  expect(await checked({ baseline: 'same.baseline.yaml', update: true })).toMatchObject({
    isRewritten: false,
    findings: { verdicts: { length: 5 } },
  });
  expect(read('same.baseline.yaml')).toBe(bytes);
});

test('a run that fails is an error, and no baseline', async () => {
  const { findings } = await checked({
    baseline: 'none.baseline.yaml',
    allocation: 'broken.ts',
    update: true,
  });
  expect(isGood(findings)).toBe(false);
  expect(existsSync(join(folder.path, 'none.baseline.yaml'))).toBe(false);
  const messages: string[] = [];
  const parser = new SaxesParser();
  parser.on('opentag', ({ attributes, name }) => {
    if (name === 'error') messages.push(`${attributes['type']} ${attributes['message']}`);
  });
  parser.write(junitXml(findings)).close();
  expect(messages).toHaveLength(1);
  expect(messages[0]).toContain('no <idea> & �');
});

describe('a baseline that cannot be compared with', () => {
  test.each([
    [
      'an unknown figure',
      'metrics: { revenu: {} }\n',
      'PEX_BASELINE_INVALID ~/x.baseline.yaml:1:12: metrics.revenu: summary.json has no figure "revenu" (did you mean "revenue"?)',
    ],
    [
      'a figure that no run has',
      'metrics:\n  utilisation.cpu.bussy: {}\n',
      '~/x.baseline.yaml:2:3: metrics.utilisation.cpu.bussy: no run has this figure (did you mean "utilisation.cpu.busy"?)',
    ],
    [
      'a figure of a provider, of which there is one without a name',
      'metrics:\n  providers.near.revenue: {}\n',
      '~/x.baseline.yaml:2:3: metrics.providers.near.revenue: "providers.near.revenue" is of one of several providers, and there is one; expected revenue',
    ],
    ['nothing guarded', 'metrics: {}\n', 'nothing is guarded: name metrics, or set digest: true'],
    [
      'nothing recorded',
      'metrics: { revenue: {} }\n',
      'recorded: nothing is recorded yet: run it once with --update',
    ],
    [
      'a rule that is none',
      'metrics:\n  revenue: { beter: higher, relative: -1 }\n',
      '~/x.baseline.yaml:2:14: metrics.revenue.beter: "beter" is not known here (did you mean "better"?)\n~/x.baseline.yaml:2:39: metrics.revenue.relative: expected a number of at least 0, found -1',
    ],
    [
      'a test over one seed',
      'significance: 0.01\nmetrics: { revenue: {} }\n',
      'significance: there is one seed only, and nothing to test over',
    ],
    ['no YAML', 'metrics: [\n', 'PEX_YAML_SYNTAX ~/x.baseline.yaml:'],
    [
      'recorded by hand, wrongly',
      'metrics: { revenue: {} }\nrecorded: { version: test, runs: [{ seed: 1, digest: 7, metrics: {} }], settings: {} }\n',
      'recorded.runs[0].digest: expected a text, found 7',
    ],
    [
      'a guarded figure that was not recorded',
      'metrics: { revenue: {} }\nrecorded: { version: test, runs: [{ seed: 1, digest: d, metrics: {} }], settings: {} }\n',
      'recorded.runs[0].metrics: there is no revenue, which is guarded: record it with --update',
    ],
    [
      'of another seed',
      'metrics: { revenue: {} }\nrecorded: { version: test, runs: [{ seed: 9, digest: d, metrics: {} }], settings: {} }\n',
      'recorded.runs: there is no run (seed 1)',
    ],
    [
      'of another version',
      'digest: true\nrecorded:\n  version: 0.0.9\n  runs: [{ seed: 1, digest: d, metrics: {} }]\n  settings: {}\n',
      '~/x.baseline.yaml:3:12: recorded.version: was recorded with OpenPEX 0.0.9, and this is test: --update shows what changed',
    ],
  ])('%s', async (_what, text, message) => {
    await folder.write('x.baseline.yaml', text);
    expect(await problem({ baseline: 'x.baseline.yaml' })).toContain(message);
  });

  test('of another version can be recorded anew, and what changed is said', async () => {
    await checked({ baseline: 'old.baseline.yaml', update: true, version: '0.0.9' });
    const { findings, isRewritten } = await checked({
      baseline: 'old.baseline.yaml',
      allocation: 'worse.ts',
      update: true,
    });
    expect(isRewritten).toBe(true);
    expect(findings.verdicts.map(({ state }) => state)).toContain('worse');
    expect(read('old.baseline.yaml')).toContain('version: test\n');
  });
});

test('an experiment is compared combination by combination, and one that is not made any more is told', async () => {
  const study = (allocations: string) =>
    folder.write('study.yaml', `scenario: day.yaml\nfactors: { allocation: [${allocations}] }\nseeds: 2\n`);
  await study('first-fit, { file: worse.ts }');
  await checked({ baseline: 'study.baseline.yaml', study: 'study.yaml', update: true });
  const { findings } = await checked({ baseline: 'study.baseline.yaml', study: 'study.yaml' });
  expect(findings).toMatchObject({ runs: 4, verdicts: { length: 10 } });
  expect(new Set(findings.verdicts.map(({ state }) => state))).toEqual(new Set(['same']));
  await study('first-fit');
  expect(await problem({ baseline: 'study.baseline.yaml', study: 'study.yaml' })).toContain(
    'recorded.runs[2]: the run (allocation=worse, seed 1) is not made any more',
  );
});

test('every figure that has a better side is one of summary.json', () => {
  const known = summaryFields().map(([key]) => key);
  expect(Object.keys(USUAL_DIRECTION).filter((key) => !known.includes(key))).toEqual([]);
});
