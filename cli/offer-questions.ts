// What is said to an offer: by whoever sits at the terminal, or by --accept. openpex reserve and openpex change ask the same.
import type { Proposal, TermsOffered } from '../live/client/index.ts';
import { InputError } from '../written/input-error.ts';
import { isTerminal, type Questions } from './terminal.ts';
import { readInstant, readLength } from './time-options.ts';

/** Of --accept: ask, take only what is as asked, take whatever is offered. */
export const ACCEPT_CHOICES = ['ask', 'as-asked', 'any'] as const;
export type Accept = (typeof ACCEPT_CHOICES)[number];

/** Where --accept is not given. */
export function usualAccept(): Accept {
  return isTerminal() ? 'ask' : 'as-asked';
}

/** The terms of a counter-proposal that are asked for: instants and lengths in milliseconds. */
export type CounterTerms = Pick<Proposal, 'duration' | 'numInstancesFixed' | 'startTimeMs'>;

/**
 * Asks until it is an answer that is understood.
 * @param price "for 0.30 credits": what booking it comes to
 * @throws InputError when nobody answers any more
 */
export async function askForDecision(
  { offer, reply }: TermsOffered,
  price: string,
  questions: Questions,
): Promise<'book' | 'decline' | CounterTerms> {
  const { proposal } = offer;
  for (;;) {
    const counter = reply === 'COUNTER' ? ', [c]ounter' : '';
    const answer = (await questions.ask(`[b]ook ${price}${counter}, [d]ecline? `)).toLowerCase();
    if (answer === 'b' || answer === 'book') return 'book';
    if (answer === 'd' || answer === 'decline') return 'decline';
    if (reply !== 'COUNTER' || proposal === null || (answer !== 'c' && answer !== 'counter')) continue;
    try {
      return await askForTerms(proposal, questions);
    } catch (error) {
      if (!(error instanceof InputError) || process.stdin.readableEnded) throw error;
      process.stderr.write(`${error.problem}\n`);
    }
  }
}

/** An empty answer leaves a term as it is offered. */
async function askForTerms(
  { duration, numInstancesFixed, startTimeMs }: CounterTerms,
  questions: Questions,
): Promise<CounterTerms> {
  const start = await questions.ask(`Start [${new Date(startTimeMs).toISOString()}]: `);
  const length = await questions.ask(`How long [${duration / 60_000}m]: `);
  const instances = await questions.ask(`Instances [${numInstancesFixed}]: `);
  const count = instances === '' ? numInstancesFixed : Number(instances);
  if (!Number.isInteger(count) || count < 1)
    throw new InputError('PEX_USAGE', `expected a whole number of instances, found "${instances}"`);
  return {
    numInstancesFixed: count,
    duration: length === '' ? duration : readLength('how long', length),
    startTimeMs: start === '' ? startTimeMs : readInstant('--start', start, Date.now()),
  };
}
