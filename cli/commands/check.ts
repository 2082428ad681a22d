// openpex check: a scenario or an experiment against a committed baseline, for CI jobs that guard policies.
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Baseline, ChangedSetting } from '../../experiments/check/baseline.ts';
import type { CheckFindings } from '../../experiments/check/check-report.ts';
import type { Experiment } from '../../experiments/definition/experiment.ts';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { withInterrupts } from '../interrupt.ts';
import { checkJobs } from '../jobs.ts';
import { quote } from '../shell-words.ts';
import { describeSweepNotes } from '../sweep-notes.ts';
import { VERSION } from '../version.ts';

interface CheckArguments {
  study: string;
  baseline: string;
  update: boolean;
  policy: string[];
  set: string[];
  junit?: string | undefined;
  summary?: string | undefined;
  format: string;
  out?: string | undefined;
  jobs?: number | undefined;
}

const FORMATS = ['text', 'markdown', 'github', 'json'] as const;

export const checkCommand: CommandBody<CheckArguments> = {
  builder: (yargs) =>
    yargs
      .positional('study', {
        type: 'string',
        demandOption: true,
        describe: 'A scenario or an experiment: a file (.yaml, .json), or the name of one that ships',
      })
      .option('baseline', {
        type: 'string',
        demandOption: true,
        describe: 'The file to compare with: what is guarded, how far it may go, what was recorded',
      })
      .option('update', {
        type: 'boolean',
        default: false,
        describe: 'Record the baseline anew; without one, make one',
      })
      .option('policy', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'KIND=NAME or KIND=FILE for all runs; can be given several times',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'path=value of any setting, for all runs; can be given several times',
      })
      .option('junit', {
        type: 'string',
        describe: 'Also write JUnit XML, a test case for each figure, to FILE',
      })
      .option('summary', {
        type: 'string',
        describe: 'Also add a summary in Markdown to FILE, such as $GITHUB_STEP_SUMMARY',
      })
      .option('format', {
        choices: FORMATS,
        default: 'text',
        describe: 'On stdout; github: the text, and a line for each annotation',
      })
      .option('out', {
        type: 'string',
        describe: 'Keep the runs there, as openpex sweep would leave them [default: they are not kept]',
      })
      .option('jobs', { type: 'number', describe: 'How many runs at once [default: the number of cores]' })
      .example('$0 check day.yaml --baseline day.baseline.yaml --update', 'Make a baseline, to be committed')
      .example(
        '$0 check day.yaml --baseline day.baseline.yaml --junit check.xml',
        'In CI: exit code 1 when worse',
      ),
  handler: runCheck,
};

async function runCheck(args: CheckArguments): Promise<void> {
  const jobs = args.jobs ?? availableParallelism();
  checkJobs(jobs);
  const { loadExperimentOrScenario } = await import('../../experiments/definition/experiment.ts');
  const { check } = await import('../../experiments/check/check.ts');
  const { SweepDirectory } = await import('../../experiments/sweep/sweep-directory.ts');
  const { crewOf } = await import('../../experiments/sweep/crew.ts');
  const { isGood } = await import('../../experiments/check/check-report.ts');
  const experiment = await loadExperimentOrScenario(args.study, {
    version: VERSION,
    policies: args.policy,
    set: args.set,
  });
  const baseline = await baselineOf(args, experiment);
  baseline.checkAgainst(experiment);
  const place = args.out ?? mkdtempSync(join(tmpdir(), 'openpex-check-'));
  let isKept = args.out !== undefined;
  const tidy = () => {
    if (!isKept) rmSync(place, { recursive: true, force: true });
  };
  try {
    const directory = SweepDirectory.prepare(place, experiment, false);
    const crew = crewOf(Math.min(jobs, experiment.cells.length));
    const outcome = await withInterrupts(
      (signal) => check(experiment, directory, { baseline, update: args.update, crew, signal }),
      tidy,
    ).finally(() => crew.dismiss());
    if (outcome.kind === 'interrupted') {
      process.stderr.write('Interrupted.\n');
      process.exitCode = EXIT.interrupted;
      return;
    }
    process.stderr.write(describeSweepNotes(directory));
    const { findings, isRewritten } = outcome;
    // What repeats a failure is needed after the check.
    isKept ||= findings.failures.length > 0;
    await write(args, findings);
    tellFailures(findings);
    if (!args.update && !isGood(findings)) tellSettings(baseline.changedSettings(experiment));
    if (findings.failures.length > 0) process.exitCode = EXIT.failed;
    else if (args.update) {
      process.stderr.write(`${args.baseline}: ${isRewritten ? 'recorded' : 'recorded the same'}\n`);
    } else if (!isGood(findings)) {
      process.exitCode = EXIT.failed;
      process.stderr.write(`If it is meant to be so: ${updateCommand(args)}\n`);
    }
  } finally {
    tidy();
  }
}

async function baselineOf({ baseline, update }: CheckArguments, experiment: Experiment): Promise<Baseline> {
  const { Baseline } = await import('../../experiments/check/baseline.ts');
  if (existsSync(baseline)) return Baseline.read(baseline);
  if (update) return Baseline.usual(baseline, experiment);
  throw new InputError('PEX_FILE_UNREADABLE', 'there is no such file; --update makes one', {
    file: baseline,
  });
}

async function write(args: CheckArguments, findings: CheckFindings): Promise<void> {
  const report = await import('../../experiments/check/check-report.ts');
  const { junitXml } = await import('../../experiments/check/junit.ts');
  const { writing } = await import('../../reports/files/run-directory.ts');
  const { junit, summary } = args;
  if (junit !== undefined) writing(junit, () => writeFileSync(junit, junitXml(findings)));
  if (summary !== undefined) {
    writing(summary, () => appendFileSync(summary, `${report.checkMarkdown(findings)}\n`));
  }
  const texts: Readonly<Record<string, () => string>> = {
    text: () => report.checkText(findings),
    markdown: () => report.checkMarkdown(findings),
    github: () => report.checkText(findings) + report.githubAnnotations(findings),
    json: () => `${JSON.stringify({ isGood: report.isGood(findings), ...findings }, null, 2)}\n`,
  };
  process.stdout.write(texts[args.format]!());
}

function tellFailures({ failures }: CheckFindings): void {
  for (const { code, combination, directory, message, seed } of failures) {
    const levels = Object.entries(combination).map(([name, label]) => `${name}=${label}, `);
    process.stderr.write(
      `openpex: ${levels.join('')}seed ${seed}: ${message}${code === undefined ? '' : ` [${code}]`}\n` +
        `  repeat it: npx openpex run ${quote(join(directory, 'scenario.yaml'))}\n`,
    );
  }
}

const MOST_SETTINGS = 8;

/** What may be the reason. */
function tellSettings(changed: readonly ChangedSetting[]): void {
  if (changed.length === 0) return;
  const lines = changed
    .slice(0, MOST_SETTINGS)
    .map(({ path, before, now }) => `  ${path}: was ${before ?? 'not there'}, is ${now ?? 'not there'}\n`);
  const more = changed.length > MOST_SETTINGS ? `  and ${changed.length - MOST_SETTINGS} more\n` : '';
  process.stderr.write(`The scenario is not the one that was recorded:\n${lines.join('')}${more}`);
}

function updateCommand({ baseline, policy, set, study }: CheckArguments): string {
  return ['npx', 'openpex', 'check', study, '--baseline', baseline, '--update']
    .concat(policy.flatMap((choice) => ['--policy', choice]))
    .concat(set.flatMap((setting) => ['--set', setting]))
    .map(quote)
    .join(' ');
}
