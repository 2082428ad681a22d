// Errors about input, as people meet them: coded, with the place, what was found and what was expected. Outcomes of a negotiation
// are values, never errors; our own bugs are InvariantError (invariant.ts).

/** Every code, with the one-line meaning that docs/errors.md lists. */
export const ERROR_CODES = {
  PEX_FILE_UNREADABLE: 'A file cannot be read: it is missing, or permission is denied.',
  PEX_FILE_UNWRITABLE: 'A file or directory cannot be written.',
  PEX_USAGE: 'A command line argument is missing, unknown or makes no sense.',
  PEX_YAML_SYNTAX: 'A YAML or JSON file is not well-formed.',
  PEX_SCENARIO_INVALID: 'A scenario does not match its schema.',
  PEX_SCENARIO_INCONSISTENT: 'A scenario matches its schema, but its parts contradict each other.',
  PEX_WORKLOAD_HEADER: 'The header row of a workload lacks a column or has an unknown one.',
  PEX_WORKLOAD_VALUE: 'A value in a workload is not what its column holds.',
  PEX_WORKLOAD_ORDER: 'The rows of a workload are not in order of submission.',
  PEX_GENERATOR_INVALID: 'A generator specification does not match its schema.',
  PEX_POLICY_UNKNOWN: 'No policy of that kind has that name.',
  PEX_POLICY_OPTIONS: 'An option of a policy is unknown or has a wrong value.',
  PEX_POLICY_FILE: "A user's policy file cannot be loaded or does not fit its kind.",
  PEX_POLICY_BROKE_RULES: 'A policy threw, or returned what the manager cannot apply.',
  PEX_CONFIG_INVALID: 'The configuration of a live service does not match its schema.',
  PEX_DATABASE: 'A database cannot be opened, read or written.',
  PEX_STATE_UNRESTORABLE: 'What a database holds does not fit the cluster that is configured.',
  PEX_ENVIRONMENT: 'An environment variable that a file refers to is not set.',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

/** Where in the input the trouble is. Lines and columns count from 1. */
export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  /** Character position in the line. */
  readonly column?: number;
  /** Field, CSV column or path in a document, e.g. `cluster.nodes[0].cpus`. */
  readonly path?: string;
}

/**
 * Bad input: the command line exits with 2, the API answers 4xx. The message reads
 * `file:line:column: path: what is wrong`, each part only where it is known, and says what was expected.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  /** What is wrong, without the place. */
  readonly problem: string;

  constructor(code: ErrorCode, problem: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(`${formatPlace(place)}${problem}`, options);
    this.code = code;
    this.place = place;
    this.problem = problem;
  }
}

function formatPlace({ file, line, column, path }: ErrorPlace): string {
  let spot = file ?? '';
  if (line !== undefined) spot += spot === '' ? `line ${line}` : `:${line}`;
  if (line !== undefined && column !== undefined) spot += `:${column}`;
  return [spot, path ?? '']
    .filter((part) => part !== '')
    .map((part) => `${part}: `)
    .join('');
}

/** The known name nearest to a mistyped one, when it is near enough to be meant. Optimal string alignment distance. */
export function didYouMean(typed: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(typed.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const name of known) {
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** A sentence part for messages: ` (did you mean "x"?)`, or the list of what is known. */
export function suggestion(typed: string, known: readonly string[]): string {
  const meant = didYouMean(typed, known);
  return meant === undefined ? ` (known: ${known.join(', ')})` : ` (did you mean "${meant}"?)`;
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforePrevious[j - 2]! + 1);
      }
      current[j] = cost;
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
