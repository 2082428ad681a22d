// openpex fuzz --service: the service in virtual time, killed at any statement, until a promise is broken; then the smallest story that breaks it.
import { join } from 'node:path';
import type { ServiceFuzzOutcome } from '../live/fuzz/fuzz-service.ts';
import type { FaultKind, ServiceStory, StoryHypervisor } from '../live/fuzz/service-story.ts';
import type { Told } from '../live/fuzz/tell-story.ts';
import { counted } from '../written/counted.ts';
import { InputError } from '../written/input-error.ts';
import { didYouMean } from '../written/suggestion.ts';
import { EXIT } from './exit.ts';
import { withInterrupts } from './interrupt.ts';
import { putStory, readStory } from './service-case.ts';
import { quote } from './shell-words.ts';

export interface ServiceFuzzArguments {
  readonly seed: number;
  /** May be Infinity. */
  readonly runs: number;
  /** Begin no further story after so long. */
  readonly limitMs: number;
  /** Names, separated by commas; undefined: all. */
  readonly faults: string | undefined;
  /** A name; undefined: simulated. */
  readonly hypervisor: string | undefined;
  readonly out: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

const TELL_EVERY_MS = 5_000;
/** Lines of a story that are printed at its end. */
const LAST_LINES = 25;
const LONGEST_LINE = 160;
/** Faults with which the process dies. */
const KILLS: readonly FaultKind[] = ['crash', 'crash-in-commit', 'crash-in-call', 'blind-look'];

export async function runServiceFuzz(args: ServiceFuzzArguments): Promise<void> {
  const { json, limitMs, out, quiet, runs, seed } = args;
  const { fuzzService } = await import('../live/fuzz/fuzz-service.ts');
  const hypervisor = await hypervisorOf(args.hypervisor);
  const kinds = await faultsOf(args.faults, hypervisor);
  const say = (line: string) => (quiet ? undefined : process.stderr.write(line));
  const beganMs = performance.now();
  let toldMs = beganMs;
  let isInterrupted = false;
  const outcome = await withInterrupts(
    async (signal) => {
      const done = await fuzzService({
        seed,
        runs,
        kinds,
        hypervisor,
        isOver: () => signal.aborted || performance.now() - beganMs > limitMs,
        onStory: (stories) => {
          if (performance.now() - toldMs < TELL_EVERY_MS) return;
          toldMs = performance.now();
          say(`${stories}${Number.isFinite(runs) ? ` of ${runs}` : ''} stories\n`);
        },
        onFinding: (number, story) =>
          say(`Story ${number} ends badly. Making it smaller: it has ${sizeOf(story)} …\n`),
      });
      isInterrupted = signal.aborted && done.found === null;
      return done;
    },
    () => undefined,
  );
  if (isInterrupted) {
    process.stderr.write('Interrupted.\n');
    process.exitCode = EXIT.interrupted;
    return;
  }
  const { found, stories, tally } = outcome;
  const path = found === null ? null : (out ?? join('fuzz', `service-${seed}-${found.number}`));
  if (found !== null && path !== null) {
    putStory(path, found);
    process.exitCode = EXIT.failed;
  }
  if (json) {
    const result = { seed, stories, tally, problems: found?.told.problems ?? [], story: path };
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  process.stdout.write(triedText(outcome, { kinds, seed }));
  if (found === null || path === null) {
    process.stdout.write('Nothing was found.\n');
    return;
  }
  const { drawn, number, smallest, told } = found;
  process.stdout.write(
    `${endText(told)}Story ${number} had ${sizeOf(drawn)}; ${path} has ${sizeOf(smallest)}.\n` +
      `All of it: ${join(path, 'story.txt')}\nTell it again: npx openpex fuzz --repeat ${quote(path)}\n`,
  );
}

export async function repeatServiceStory(path: string, { json }: { readonly json: boolean }): Promise<void> {
  const { repeatStory } = await import('../live/fuzz/fuzz-service.ts');
  const told = await repeatStory(readStory(path));
  const { digest, problems } = told;
  if (json) process.stdout.write(`${JSON.stringify({ problems, digest }, null, 2)}\n`);
  else process.stdout.write(problems.length === 0 ? 'It does not end badly any more.\n' : endText(told));
  if (problems.length > 0) process.exitCode = EXIT.failed;
}

/** @throws InputError PEX_USAGE */
async function hypervisorOf(name = 'simulated'): Promise<StoryHypervisor> {
  const { STORY_HYPERVISORS } = await import('../live/fuzz/service-story.ts');
  const known = STORY_HYPERVISORS.find((each) => each === name);
  if (known !== undefined) return known;
  throw new InputError('PEX_USAGE', `expected ${STORY_HYPERVISORS.join(' or ')}, not "${name}"`, {
    file: '--hypervisor',
  });
}

/** @throws InputError PEX_USAGE */
async function faultsOf(
  names: string | undefined,
  hypervisor: StoryHypervisor,
): Promise<readonly FaultKind[]> {
  const { FAULT_KINDS, isOfPools } = await import('../live/fuzz/service-story.ts');
  if (names === undefined) return FAULT_KINDS.filter((kind) => hypervisor === 'xapi' || !isOfPools(kind));
  return names
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const kind = FAULT_KINDS.find((each) => each === name);
      if (kind !== undefined && isOfPools(kind) && hypervisor !== 'xapi')
        throw new InputError('PEX_USAGE', `"${kind}" goes with --hypervisor xapi`, { file: '--faults' });
      if (kind !== undefined) return kind;
      const meant = didYouMean(name, FAULT_KINDS);
      const hint = meant === undefined ? `known are ${FAULT_KINDS.join(', ')}` : `did you mean ${meant}?`;
      throw new InputError('PEX_USAGE', `there is no fault "${name}": ${hint}`, { file: '--faults' });
    });
}

function triedText(
  { stories, tally }: ServiceFuzzOutcome,
  { kinds, seed }: { kinds: readonly FaultKind[]; seed: number },
): string {
  const count = (name: string) => (tally[name] ?? 0).toLocaleString('en');
  const ofPool = 'calls of the pool' in tally ? `, ${count('calls of the pool')} changes of the pool` : '';
  const crashes = KILLS.reduce((sum, kind) => sum + (tally[kind] ?? 0), 0);
  const struck = kinds
    .filter((kind) => (tally[kind] ?? 0) > 0)
    .map((kind) => `${kind} ${count(kind)}`)
    .join(', ');
  return (
    `Told ${stories.toLocaleString('en')} ${stories === 1 ? 'story' : 'stories'} of the service (seed ${seed}):\n` +
    `  ${count('calls')} requests, ${count('statements')} statements of the database${ofPool}\n` +
    `  ${crashes.toLocaleString('en')} times killed; ${struck === '' ? 'nothing went wrong' : struck}\n`
  );
}

function endText({ lines, problems }: Told): string {
  const shown = lines.slice(-LAST_LINES).map((line) => `  ${line.slice(0, LONGEST_LINE)}\n`);
  const more = lines.length > LAST_LINES ? `  (${lines.length - LAST_LINES} lines before)\n` : '';
  return `${problems[0]}\nHow it went:\n${more}${shown.join('')}`;
}

function sizeOf({ errands, faults }: ServiceStory): string {
  return `${counted(errands.length, 'errand')}, ${counted(faults.length, 'fault')}`;
}
