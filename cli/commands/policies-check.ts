// openpex policies check: does a policy keep the rules? One line for each, on standard output; red in CI when one is broken.
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { CommandModule } from 'yargs';
import { InputError } from '../../written/input-error.ts';
import { EXIT } from '../exit.ts';
import { checkRuns, checkSeed, withCrew } from '../fuzz-crew.ts';
import { withInterrupts } from '../interrupt.ts';
import { checkJobs } from '../jobs.ts';
import { quote } from '../shell-words.ts';

interface PoliciesCheckArguments {
  policy: string[];
  runs: number;
  seed: number;
  jobs?: number | undefined;
  json: boolean;
}

export const policiesCheckCommand: CommandModule<object, PoliciesCheckArguments> = {
  command: 'check <policy..>',
  describe: 'Run policies of your own for determinism, mutation and misbehaviour',
  builder: (yargs) =>
    yargs
      // Of the command above.
      .hide('name')
      .positional('policy', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'KIND=FILE, such as buyer=./mine.ts; several are tried together',
      })
      .option('runs', {
        type: 'number',
        default: 40,
        describe: 'How many small random clusters it is put to work on',
      })
      .option('seed', { type: 'number', default: 1, describe: 'The same seed draws the same ones' })
      .option('jobs', { type: 'number', describe: 'How many at once [default: the number of cores]' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the verdicts as JSON' })
      .example('$0 policies check allocation=./mine.ts', 'Which rules it keeps, and which not'),
  handler: async ({ jobs = availableParallelism(), json, policy, runs, seed }) => {
    checkRuns(runs);
    checkSeed(seed);
    checkJobs(jobs);
    const { triedPolicies } = await import('../../experiments/fuzz/tried-policies.ts');
    const { checkPolicies } = await import('../../experiments/fuzz/check-policy.ts');
    const { checkText, triedText, neverAsked } = await import('../../experiments/fuzz/fuzz-text.ts');
    const { names, policies } = await triedPolicies(policy.map(String));
    if (names.size < policy.length) {
      throw new InputError(
        'PEX_USAGE',
        'there are two policies of one kind: check them one after the other',
        {
          file: `policies check ${policy.join(' ')}`,
        },
      );
    }
    const checked = await withCrew(jobs, (crew, place) =>
      withInterrupts(
        async (signal) => {
          const isOver = () => signal.aborted;
          const outcome = await checkPolicies({ seed, runs, policies, crew, place, isOver });
          return signal.aborted ? undefined : outcome;
        },
        () => rmSync(place, { recursive: true, force: true }),
      ),
    );
    if (checked === undefined) {
      process.stderr.write('Interrupted.\n');
      process.exitCode = EXIT.interrupted;
      return;
    }
    const isBroken = checked.verdicts.some(({ state }) => state === 'broken');
    if (isBroken) process.exitCode = EXIT.failed;
    const unasked = neverAsked(checked, names);
    if (json) {
      const { cases, verdicts } = checked;
      process.stdout.write(`${JSON.stringify({ seed, cases, verdicts, neverAsked: unasked }, null, 2)}\n`);
      return;
    }
    process.stdout.write(`${triedText(checked, { names, seed })}${checkText(checked, unasked)}`);
    if (isBroken) {
      const flags = policy.map((each) => `--policy ${quote(String(each))}`).join(' ');
      process.stdout.write(
        `To make the first case small: npx openpex fuzz ${flags} --seed ${seed} --runs ${runs}\n`,
      );
    }
  },
};
