// The fuzzer: draws cases and has them tried, in the order of their numbers, until one fails or there have been enough; the one that fails is made
// small. What is found depends on the seed and the number of cases, not on how many are tried at once.
import { join } from 'node:path';
import type { PolicyKind } from '../../engine/index.ts';
import { InputError } from '../../written/input-error.ts';
import { drawCase } from './draw-case.ts';
import { type Check, type Evaluation, type Finding, sumOf, type Tally } from './evaluate.ts';
import { type FuzzCase, type FuzzPolicies, scenarioText, workloadText } from './fuzz-case.ts';
import type { FuzzCrew } from './fuzz-crew.ts';
import { shrink } from './shrink.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** How many cases; Infinity: until it is over. */
  readonly runs: number;
  /** Those that are tried, files by their absolute paths; of the other kinds those that ship are drawn. */
  readonly policies: FuzzPolicies;
  readonly crew: FuzzCrew;
  /** A folder to work in. */
  readonly place: string;
  /** No further case is begun once it says so; asked before each. */
  readonly isOver?: () => boolean;
  readonly onCase?: (done: number) => void;
  /** A case fails, and is made smaller from here on. */
  readonly onFinding?: (found: { readonly number: number; readonly requests: number }) => void;
}

export interface FuzzOutcome {
  /** Cases that were tried, the one that failed included. */
  readonly cases: number;
  readonly tally: Tally;
  readonly found: FoundCase | null;
}

export interface FoundCase {
  readonly number: number;
  readonly finding: Finding;
  readonly smallest: FuzzCase;
  /** As it was drawn. */
  readonly drawn: FuzzCase;
}

/** Of processor time. A case takes a second at most, and a small part of one as a rule. */
export const LIMIT_MS = 15_000;
/** For one question, which takes a thousandth of it: a try that fails takes so long. */
const PATIENCE_MS = 500;
/** For each question of the case that is left. */
export const LAST_PATIENCE_MS = 5_000;
const MOST_TRIES = 2_000;
/** What fails is waited for. */
const MOST_TRIES_WITHOUT_ANSWER = 150;

/** @throws InputError of a policy's file */
export async function fuzz(options: FuzzOptions): Promise<FuzzOutcome> {
  const { onFinding, policies, seed } = options;
  const tried = await tryCases(options, () => true);
  const outcome = { cases: tried.size, tally: sumOf([...tried.values()].map(({ tally }) => tally)) };
  const [firstFound, last] = [...tried].at(-1) ?? [0, undefined];
  const finding = last?.finding ?? null;
  if (finding === null) return { ...outcome, found: null };
  const drawn = drawCase(seed, firstFound, policies);
  onFinding?.({ number: firstFound, requests: drawn.requests.length });
  const smallest = await smallestOf(drawn, finding.check, options);
  const again = await evaluateIn(0, smallest, options, patienceFor(finding.check, LAST_PATIENCE_MS));
  // Only what is known to fail is left.
  const left =
    again.finding?.check === finding.check
      ? { smallest, finding: again.finding }
      : { smallest: drawn, finding };
  return { ...outcome, found: { number: firstFound, drawn, ...left } };
}

/**
 * Has cases tried, as many at once as the crew has room for.
 * @param isLast whether nothing is tried behind a case in which that was found
 * @returns by number, in order: up to the first case that is the last, whatever was tried behind it meanwhile
 * @throws InputError of a policy's file
 */
export async function tryCases(
  options: FuzzOptions,
  isLast: (finding: Finding) => boolean,
): Promise<ReadonlyMap<number, Evaluation>> {
  const { crew, isOver = () => false, onCase, policies, runs, seed } = options;
  const done = new Map<number, Evaluation>();
  let lastNumber = Number.POSITIVE_INFINITY;
  let next = 1;
  const tryOn = async (slot: number): Promise<void> => {
    while (next <= runs && next < lastNumber && !isOver()) {
      const number = next;
      next += 1;
      const evaluation = await evaluateIn(slot, drawCase(seed, number, policies), options);
      done.set(number, evaluation);
      if (evaluation.finding !== null && isLast(evaluation.finding))
        lastNumber = Math.min(lastNumber, number);
      onCase?.(done.size);
    }
  };
  await Promise.all(Array.from({ length: crew.size }, (_, slot) => tryOn(slot)));
  return new Map([...done].filter(([number]) => number <= lastNumber).sort(([a], [b]) => a - b));
}

function smallestOf(drawn: FuzzCase, check: Check, options: FuzzOptions): Promise<FuzzCase> {
  const { crew, policies } = options;
  const free = Array.from({ length: crew.size }, (_, slot) => slot);
  return shrink(drawn, {
    atOnce: crew.size,
    tries: check === 'answer' ? MOST_TRIES_WITHOUT_ANSWER : MOST_TRIES,
    fixed: Object.keys(policies) as PolicyKind[],
    fails: async (smaller) => {
      const slot = free.pop()!;
      try {
        return (
          (await evaluateIn(slot, smaller, options, patienceFor(check, PATIENCE_MS))).finding?.check === check
        );
      } catch (error) {
        // Settings that are left may contradict each other.
        if (error instanceof InputError) return false;
        throw error;
      } finally {
        free.push(slot);
      }
    },
  });
}

function evaluateIn(
  slot: number,
  fuzzCase: FuzzCase,
  { crew, place }: FuzzOptions,
  patience: { readonly patienceMs?: number } = {},
): Promise<Evaluation> {
  const files = { scenario: scenarioText(fuzzCase), workload: workloadText(fuzzCase) };
  const { disturbance } = fuzzCase;
  // Threads that wait for no answer at once use what one of them may use.
  const limitMs = LIMIT_MS + (patience.patienceMs ?? 0);
  return crew.run({ folder: join(place, String(slot)), files, disturbance, ...patience }, limitMs);
}

/** A policy that is known not to answer is stopped where it is asked: a thread that is stopped has to be made again. */
function patienceFor(check: Check, patienceMs: number): { readonly patienceMs?: number } {
  return check === 'answer' ? { patienceMs } : {};
}
