// A series of reservations at the terminal: openpex reserve --every. What is asked for at which times, and what is booked of it.
import {
  negotiateSeries,
  type Occurrence,
  type OpenPexClient,
  type SeriesAgreement,
  type SeriesTerms,
  thoseAsAsked,
} from '../live/client/index.ts';
import { InputError } from '../written/input-error.ts';
import { parseDuration } from '../written/time-text.ts';
import { creditsText, seriesText } from './reservation-text.ts';
import type { Questions } from './terminal.ts';

const DAY_MS = 86_400_000;
const WORDS: Readonly<Record<string, number>> = { day: 1, week: 7 };

export interface SeriesArguments {
  every?: string | undefined;
  times?: number | undefined;
  until?: string | undefined;
  zone?: string | undefined;
  take?: 'all' | 'fitting' | undefined;
}

/** When its times are, as the service is told. */
export type SeriesTimes = Pick<SeriesTerms, 'everyDays' | 'startTime' | 'times' | 'until' | 'zone'>;

/**
 * When the times of a series are.
 * @param readInstant what --until says
 * @returns undefined where none is asked for
 * @throws InputError
 */
export function timesOf(
  args: SeriesArguments,
  startMs: number | undefined,
  readInstant: (option: string, text: string) => number,
): SeriesTimes | undefined {
  const { every, times, until, zone = Intl.DateTimeFormat().resolvedOptions().timeZone } = args;
  if (every === undefined) {
    for (const option of ['times', 'until', 'zone', 'take'] as const)
      if (args[option] !== undefined) throw usage(`--${option} is of a series: say with --every how often`);
    return undefined;
  }
  const everyDays = WORDS[every] ?? (parseDuration(every) ?? 0) / DAY_MS;
  if (!Number.isInteger(everyDays) || everyDays < 1)
    throw usage(`--every: expected day, week or whole days such as 2d or 2w, found "${every}"`);
  if (startMs === undefined) throw usage('a series has a first time: say with --start when');
  if ((times === undefined) === (until === undefined))
    throw usage('a series ends: say either --times or --until');
  return {
    startTime: isoOf(startMs),
    everyDays,
    zone,
    ...(times !== undefined && { times }),
    ...(until !== undefined && { until: isoOf(readInstant('--until', until)) }),
  };
}

export interface SeriesAsk {
  readonly series: SeriesTerms & { readonly numInstancesOption: number };
  readonly take: 'all' | 'fitting';
  readonly accept: 'ask' | 'as-asked' | 'any';
  readonly questions: Questions;
}

/** Negotiates about all of them as one, and says on stderr what is offered. */
export function negotiateAtTerminal(client: OpenPexClient, ask: SeriesAsk): Promise<SeriesAgreement> {
  const { accept, questions, series, take } = ask;
  return negotiateSeries(client, series, async (occurrences) => {
    process.stderr.write(seriesText(occurrences, series));
    const offered = occurrences.filter((occurrence) => occurrence.offered !== undefined);
    const asAsked = thoseAsAsked(occurrences);
    const choices = (
      accept === 'as-asked' ? [asAsked] : accept === 'any' ? [offered] : [offered, asAsked]
    ).filter(({ length }) => length > 0 && (take === 'fitting' || length === occurrences.length));
    if (choices.length === 0 && offered.length > 0)
      process.stderr.write(
        take === 'all'
          ? 'Not all of them: none is booked (--take fitting books those that are).\n'
          : 'None is as asked.\n',
      );
    return accept === 'ask' ? choose(choices, questions) : (choices[0] ?? []);
  });
}

/** What is offered, or less: as its user says. Until it is an answer that is understood. */
async function choose(
  [offered = [], asAsked = []]: readonly (readonly Occurrence[])[],
  questions: Questions,
): Promise<readonly Occurrence[]> {
  if (offered.length === 0) return [];
  const less = asAsked.length > 0 && asAsked.length < offered.length;
  const question = [
    `[b]ook ${offered.length} for ${priceOf(offered)}`,
    ...(less ? [`the ${asAsked.length} [a]s asked for ${priceOf(asAsked)}`] : []),
    '[d]ecline? ',
  ].join(', ');
  for (;;) {
    const answer = (await questions.ask(question)).toLowerCase();
    if (answer === 'b' || answer === 'book') return offered;
    if (less && (answer === 'a' || answer === 'as asked')) return asAsked;
    if (answer === 'd' || answer === 'decline') return [];
  }
}

function priceOf(occurrences: readonly Occurrence[]): string {
  return creditsText(occurrences.reduce((sum, { answer: { priceMicros = 0 } }) => sum + priceMicros, 0));
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

function usage(problem: string): InputError {
  return new InputError('PEX_USAGE', problem);
}
