// Reservations of one instance each, taken, confirmed and given up together. What is said in one turn of the event loop is decided without
// anything in between and stored in one transaction, so that several are confirmed as one.
import type { Proposal, ProviderReply, Quote } from '../../engine/index.ts';
import { formatDuration } from '../../written/time-text.ts';
import type { AccountRecord } from '../records.ts';
import { giveUp } from '../service/giving-up.ts';
import type { Opened } from '../service/service.ts';
import { Ec2Error } from './errors.ts';
import type { Ec2Parts } from './request.ts';

/** Terms of which several are wanted; `numInstancesFixed` is how many. */
export type Wanted = Proposal;

export interface HeldSlots {
  readonly reservationIds: readonly string[];
  readonly holdUntilMs: number;
  /** Of all of them. */
  readonly priceMicros: number;
}

/** How many are taken at once at most: each is a reservation. */
export const MOST_AT_ONCE = 500;

/**
 * Holds all of them, or none.
 * @returns undefined when not all are to be had exactly so
 * @throws ServiceError for quota and balance
 */
export async function hold(
  wanted: Wanted,
  account: AccountRecord,
  { service }: Pick<Ec2Parts, 'service'>,
): Promise<HeldSlots | undefined> {
  const one = { ...wanted, numInstancesFixed: 1 };
  const asked = Array.from({ length: wanted.numInstancesFixed }, () =>
    service.open(account, one, undefined, { onlyHere: true }),
  );
  const answers = await Promise.allSettled(asked);
  const opened = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const offers = opened.flatMap(({ reply }) => (reply.reply === 'ACCEPT' ? [reply] : []));
  if (offers.length === asked.length) {
    const priceMicros = offers.reduce((sum, offer) => sum + offer.priceMicros, 0);
    const { balanceMicros = 0 } = account;
    if (priceMicros <= balanceMicros) {
      const holdUntilMs = Math.min(...offers.map((offer) => offer.holdUntilMs));
      return { reservationIds: opened.map(({ reservationId }) => reservationId), holdUntilMs, priceMicros };
    }
    await letGo(opened, account, { service });
    throw new Ec2Error(
      'InstanceLimitExceeded',
      `The price is ${credits(priceMicros)} credits, and the account has ${credits(balanceMicros)}.`,
    );
  }
  await letGo(opened, account, { service });
  const failure = answers.find((answer) => answer.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return undefined;
}

async function letGo(
  opened: readonly Opened[],
  account: AccountRecord,
  { service }: Pick<Ec2Parts, 'service'>,
): Promise<void> {
  const held = opened.filter(({ reply }) => reply.reply === 'ACCEPT' || reply.reply === 'COUNTER');
  await Promise.all(
    held.map(({ reservationId }) =>
      service.reply(account, reservationId, { reply: 'REJECT' }, { givesBack: true }),
    ),
  );
}

/**
 * Confirms what is held, all of it, and activates it too.
 * @returns false when not all could be: those that were are given up again
 */
export async function confirm(
  reservationIds: readonly string[],
  account: AccountRecord,
  parts: Ec2Parts,
  { activates }: { readonly activates: boolean },
): Promise<boolean> {
  const { service } = parts;
  const replies = reservationIds.flatMap((id) => {
    const confirmed: Promise<ProviderReply>[] = [service.reply(account, id, { reply: 'CONFIRM' })];
    return activates ? [...confirmed, service.activate(id)] : confirmed;
  });
  const answers = await Promise.allSettled(replies);
  const failure = answers.find((answer) => answer.status === 'rejected');
  const isDone = answers.every((answer) => answer.status === 'fulfilled' && isAsMeant(answer.value));
  if (isDone) return true;
  await Promise.all(reservationIds.map((id) => giveUp(id, account, parts)));
  if (failure !== undefined) throw failure.reason;
  return false;
}

/** The provider may activate by itself what is confirmed. */
function isAsMeant(reply: ProviderReply): boolean {
  return (
    reply.reply === 'REQUEST_SUCCESS' || (reply.reply === 'REQUEST_FAILED' && reply.state === 'ACTIVATED')
  );
}

/** As many as there is room for, from `least` to what is wanted; undefined: not even those. What fits, fits for fewer. */
export function mostThatFit(
  wanted: Wanted,
  least: number,
  { service }: Pick<Ec2Parts, 'service'>,
): number | undefined {
  const fits = (numInstancesFixed: number) =>
    service.quote({ ...wanted, numInstancesFixed }).reply === 'ACCEPT';
  const { numInstancesFixed: most } = wanted;
  if (fits(most)) return most;
  if (least === most || !fits(least)) return undefined;
  let [low, high] = [least, most];
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** @throws Ec2Error InvalidParameterValue when these terms are sold to nobody, whatever room there is */
export function checkSold(quote: Quote, { service: { settings } }: Pick<Ec2Parts, 'service'>): void {
  if (quote.reply !== 'REJECT') return;
  const { bookingHorizonMs, longestDurationMs, shortestDurationMs } = settings;
  const why: Partial<Record<typeof quote.reason, string>> = {
    'start-in-past': 'it would start before now',
    'too-short': `it is to last for ${formatDuration(shortestDurationMs)} at least`,
    'too-long': `it is to last for ${formatDuration(longestDurationMs)} at most`,
    'too-soon': 'it would start sooner than reservations are taken',
    'too-far-ahead': 'it would start later than reservations are taken yet',
    'beyond-booking-horizon': `it is to end within ${formatDuration(bookingHorizonMs)}`,
  };
  const said = why[quote.reason];
  if (said !== undefined)
    throw new Ec2Error('InvalidParameterValue', `This is not sold (${quote.reason}): ${said}.`);
}

/** An offer, or why there is none, in words. */
export function quoteInWords(quote: Quote): string {
  if (quote.reply === 'REJECT') return `Nothing else is on offer: ${quote.reason}.`;
  return `On offer: ${termsInWords(quote.proposal, quote.priceMicros)}.`;
}

export function termsInWords(
  { durationMs, numInstancesFixed, startMs, type }: Proposal,
  priceMicros: number,
): string {
  const span = `from ${new Date(startMs).toISOString()} to ${new Date(startMs + durationMs).toISOString()}`;
  return `${numInstancesFixed} ${type} ${span} for ${credits(priceMicros)} credits`;
}

const MICROS = 1_000_000;

export function credits(micros: number): string {
  return String(micros / MICROS);
}
