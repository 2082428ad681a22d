// Options that the commands around workloads share.
import type { Options, PositionalOptions } from 'yargs';
import { resourceNameProblem } from '../scenarios/formats/csv.ts';
import type { KnownResources } from '../scenarios/formats/named-amounts.ts';
import { InputError } from '../written/input-error.ts';
import { readInstant } from '../written/instant.ts';

export const outPositional = {
  type: 'string',
  demandOption: true,
  describe: 'The file to write, or - for stdout',
  // yargs hands on a lone - as an empty text.
  coerce: (out: string) => (out === '' ? '-' : out),
} as const satisfies PositionalOptions;

export const startOption = {
  type: 'string',
  // As in scenarios that do not say.
  default: '2009-08-17T00:00:00Z',
  describe: 'Instant at which the workload begins: ISO 8601 times and hours of the day are reckoned from it',
} as const satisfies Options;

export const seedOption = {
  type: 'string',
  default: '1',
  describe: 'All chance comes from it: the same seed, the same rows',
} as const satisfies Options;

export const resourceOption = {
  type: 'string',
  array: true,
  nargs: 1,
  default: [],
  describe:
    'A resource beside CPU, memory and disk that rows may name, such as licence, or gpu=divisible; can be given several times',
} as const satisfies Options;

/** @throws InputError (PEX_USAGE) */
export function parseResources(texts: readonly string[]): KnownResources {
  return new Map(
    texts.map((text) => {
      const { name, how } = /^(?<name>[^=]*)(=(?<how>.*))?$/s.exec(text)?.groups ?? {};
      const problem = name === undefined ? 'is no name' : resourceNameProblem(name);
      if (problem === undefined && (how === undefined || how === 'divisible'))
        return [name!, { divisible: how === 'divisible' }];
      const found = problem ?? `"${text}" cannot be read; expected a name, or NAME=divisible`;
      throw new InputError('PEX_USAGE', found, { file: '--resource' });
    }),
  );
}

/** @throws InputError (PEX_USAGE) */
export function parseStart(text: string): number {
  const reading = readInstant(text);
  if ('ms' in reading) return reading.ms;
  throw new InputError('PEX_USAGE', `"${text}" ${reading.problem}`, { file: '--start' });
}

/** @throws InputError (PEX_USAGE) */
export function parseSeed(text: string): number {
  const seed = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(seed)) return seed;
  throw new InputError('PEX_USAGE', `"${text}" is no seed; expected a whole number, 0 or more`, {
    file: '--seed',
  });
}
