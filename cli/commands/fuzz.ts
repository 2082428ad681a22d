// openpex fuzz: tries to break a policy, the manager itself or the live service, and leaves the smallest case that does.
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Check } from '../../experiments/fuzz/evaluate.ts';
import type { FoundCase } from '../../experiments/fuzz/fuzz.ts';
import { counted } from '../../written/counted.ts';
import { InputError } from '../../written/input-error.ts';
import { parseDuration } from '../../written/time-text.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { checkRuns, checkSeed, withCrew } from '../fuzz-crew.ts';
import { repeatServiceStory, runServiceFuzz } from '../fuzz-service.ts';
import { withInterrupts } from '../interrupt.ts';
import { checkJobs } from '../jobs.ts';
import { holdsStory } from '../service-case.ts';
import { quote } from '../shell-words.ts';
import { VERSION } from '../version.ts';

interface FuzzArguments {
  policy: string[];
  service: boolean;
  faults?: string | undefined;
  hypervisor?: string | undefined;
  runs?: number | undefined;
  seed: number;
  time?: string | undefined;
  jobs?: number | undefined;
  out?: string | undefined;
  repeat?: string | undefined;
  json: boolean;
  quiet: boolean;
}

const USUAL_RUNS = 500;
const USUAL_STORIES = 100;

export const fuzzCommand: CommandBody<FuzzArguments> = {
  builder: (yargs) =>
    yargs
      .option('policy', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'KIND=FILE or KIND=NAME of what is tried [default: the manager, with policies that ship]',
      })
      .option('service', {
        type: 'boolean',
        default: false,
        describe: 'Try the live service instead: killed at any statement of its database, in virtual time',
      })
      .option('faults', {
        type: 'string',
        describe: 'With --service: what may go wrong, such as crash,lost-answer [default: everything]',
      })
      .option('hypervisor', {
        type: 'string',
        describe:
          'With --service: what carries its VMs, simulated nodes or a Xen pool: simulated or xapi [default: simulated]',
      })
      .option('runs', {
        type: 'number',
        describe: `How many cases [default: ${USUAL_RUNS}; with --time as many as it takes]`,
      })
      .option('seed', { type: 'number', default: 1, describe: 'The same seed draws the same cases' })
      .option('time', {
        type: 'string',
        describe: 'Begin no further case after this long, such as 10m or 8h',
      })
      .option('jobs', { type: 'number', describe: 'How many cases at once [default: the number of cores]' })
      .option('out', {
        type: 'string',
        describe: 'Where to leave the smallest case that fails [default: fuzz/SEED-NUMBER]',
      })
      .option('repeat', { type: 'string', describe: 'Try a case that was left once more, and no other' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON' })
      .option('quiet', { type: 'boolean', default: false, describe: 'No progress' })
      .example('$0 fuzz --policy allocation=./mine.ts', 'Try to break a policy of your own')
      .example('$0 fuzz --policy pricing=./mine.ts --time 8h --seed 7', 'The same, for a night')
      .example('$0 fuzz --service --runs 200', 'Try to make the service break a promise')
      .example('$0 fuzz --service --hypervisor xapi', 'The same on a Xen pool in memory')
      .example('$0 fuzz --repeat fuzz/1-12', 'Whether a case that failed still does'),
  handler: (args) => {
    const { repeat } = args;
    if (repeat !== undefined)
      return holdsStory(repeat) ? repeatServiceStory(repeat, args) : repeatCase(repeat, args);
    return args.service ? fuzzTheService(args) : runFuzz(args);
  },
};

/** @throws InputError PEX_USAGE */
function amountOf(
  args: FuzzArguments,
  usualRuns: number,
): { readonly runs: number; readonly limitMs: number } {
  const { seed } = args;
  const limitMs = args.time === undefined ? Number.POSITIVE_INFINITY : timeOf(args.time);
  const runs = args.runs ?? (args.time === undefined ? usualRuns : Number.POSITIVE_INFINITY);
  if (runs !== Number.POSITIVE_INFINITY) checkRuns(runs);
  checkSeed(seed);
  return { runs, limitMs };
}

function fuzzTheService(args: FuzzArguments): Promise<void> {
  const { faults, hypervisor, jobs, json, out, policy, quiet, seed } = args;
  if (policy.length > 0)
    throw usage('--policy', 'the service is tried with the policies that ship: leave out one of the two');
  if (jobs !== undefined) throw usage('--jobs', 'stories of the service are told one after the other');
  return runServiceFuzz({ ...amountOf(args, USUAL_STORIES), seed, faults, hypervisor, out, json, quiet });
}

async function runFuzz(args: FuzzArguments): Promise<void> {
  const { json, out, policy, quiet, seed } = args;
  if (args.faults !== undefined) throw usage('--faults', 'goes with --service');
  if (args.hypervisor !== undefined) throw usage('--hypervisor', 'goes with --service');
  const { limitMs, runs } = amountOf(args, USUAL_RUNS);
  const jobs = args.jobs ?? availableParallelism();
  checkJobs(jobs);
  const { triedPolicies } = await import('../../experiments/fuzz/tried-policies.ts');
  const { fuzz } = await import('../../experiments/fuzz/fuzz.ts');
  const { putCase } = await import('../../experiments/fuzz/case-directory.ts');
  const text = await import('../../experiments/fuzz/fuzz-text.ts');
  const { names, policies } = await triedPolicies(policy);
  const say = (line: string) => (quiet ? undefined : process.stderr.write(line));
  const beganMs = performance.now();
  let toldMs = beganMs;
  const outcome = await withCrew(jobs, (crew, place) =>
    withInterrupts(
      async (signal) => {
        const found = await fuzz({
          seed,
          runs,
          policies,
          crew,
          place,
          isOver: () => signal.aborted || performance.now() - beganMs > limitMs,
          onCase: (done) => {
            if (performance.now() - toldMs < TELL_EVERY_MS) return;
            toldMs = performance.now();
            say(`${done}${Number.isFinite(runs) ? ` of ${runs}` : ''} cases\n`);
          },
          onFinding: ({ number, requests }) =>
            say(`Case ${number} fails. Making it smaller: it has ${counted(requests, 'request')} …\n`),
        });
        return signal.aborted && found.found === null ? undefined : found;
      },
      () => rmSync(place, { recursive: true, force: true }),
    ),
  );
  if (outcome === undefined) {
    process.stderr.write('Interrupted.\n');
    process.exitCode = EXIT.interrupted;
    return;
  }
  const { found } = outcome;
  const path = found === null ? null : (out ?? join('fuzz', `${seed}-${found.number}`));
  if (found !== null && path !== null) {
    putCase(path, found, VERSION);
    process.exitCode = EXIT.failed;
  }
  if (json) {
    const { cases, tally } = outcome;
    const result = { seed, cases, tally, finding: found?.finding ?? null, case: path };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  process.stdout.write(text.triedText(outcome, { names, seed }));
  if (found === null || path === null) {
    process.stdout.write('Nothing was found.\n');
    for (const what of text.neverAsked(outcome, names)) {
      process.stdout.write(`${what} was never asked: nothing is known of it.\n`);
    }
    return;
  }
  const { drawn, finding, number, smallest } = found;
  const size = ({ incidents, nodes, requests }: typeof drawn) =>
    [
      counted(requests.length, 'request'),
      counted(nodes.length, 'node'),
      counted(incidents.length, 'incident'),
    ].join(', ');
  process.stdout.write(
    `${text.findingText(finding)}Case ${number} had ${size(drawn)}; ${path} has ${size(smallest)}.\n${repeatText(path, found)}`,
  );
}

const TELL_EVERY_MS = 5_000;

async function repeatCase(path: string, { json }: FuzzArguments): Promise<void> {
  const { readCase } = await import('../../experiments/fuzz/case-directory.ts');
  const { LAST_PATIENCE_MS: patienceMs, LIMIT_MS } = await import('../../experiments/fuzz/fuzz.ts');
  const { findingText } = await import('../../experiments/fuzz/fuzz-text.ts');
  const { disturbance } = readCase(path);
  const { finding } = await withCrew(1, (crew) =>
    crew.run({ folder: path, disturbance, patienceMs }, LIMIT_MS),
  );
  if (json) process.stdout.write(`${JSON.stringify({ finding }, null, 2)}\n`);
  else process.stdout.write(finding === null ? 'It does not fail any more.\n' : findingText(finding));
  if (finding !== null) process.exitCode = EXIT.failed;
}

const SHOWN_BY_A_RUN: ReadonlySet<Check> = new Set(['policy', 'mutation']);

/** A run shows what a policy did wrong, but is neither disturbed nor audited. */
function repeatText(path: string, { finding, smallest }: FoundCase): string {
  const again = `Try it again: npx openpex fuzz --repeat ${quote(path)}\n`;
  const { quotes, restarts } = smallest.disturbance;
  return SHOWN_BY_A_RUN.has(finding.check) && quotes === 0 && restarts === 0
    ? `${again}Or as a run:  npx openpex run ${quote(join(path, 'scenario.yaml'))}\n`
    : again;
}

function timeOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw usage('--time', `expected a duration, such as 10m, not "${text}"`);
  return ms;
}

function usage(option: string, problem: string): InputError {
  return new InputError('PEX_USAGE', problem, { file: option });
}
