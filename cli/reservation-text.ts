// Reservations and offers as lines of a terminal. Pure; times are in the zone of whoever reads.
import type { NegotiationReply, PartnerQuote, Proposal, Reservation } from '../live/client/index.ts';
import { formatDuration } from '../written/time-text.ts';

const MICROS = 1_000_000;

export function creditsText(micros: number): string {
  return `${(micros / MICROS).toFixed(2)} credits`;
}

/** "Sat 28 Nov 2026, 23:12". */
export function momentText(ms: number, timeZone?: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone !== undefined && { timeZone }),
  }).formatToParts(ms);
  const part = (wanted: string) => parts.find(({ type }) => type === wanted)?.value;
  return `${part('weekday')} ${part('day')} ${part('month')} ${part('year')}, ${part('hour')}:${part('minute')}`;
}

type Terms = Pick<
  Proposal,
  'type' | 'numInstancesFixed' | 'numInstancesOption' | 'startTimeMs' | 'duration'
> & {
  /** Of what is offered: all instances are there. */
  readonly site?: unknown;
};

export function termsText(terms: Terms, timeZone?: string): string {
  const { duration, numInstancesFixed, numInstancesOption, site, startTimeMs, type } = terms;
  const optional = numInstancesOption > 0 ? ` (and ${numInstancesOption} optional)` : '';
  const window = `${momentText(startTimeMs, timeZone)} to ${momentText(startTimeMs + duration, timeZone)}`;
  return `${numInstancesFixed} × ${type}${optional}${typeof site === 'string' ? ` at ${site}` : ''}, ${window}`;
}

/** "start 3h later, 1 instance fewer"; empty when it is as asked. A start within the minute is the one that was asked for. */
export function differenceText(asked: Terms, offered: Terms): string {
  const found: string[] = [];
  const minutes = (ms: number) => formatDuration(Math.max(1, Math.round(Math.abs(ms) / 60_000)) * 60_000);
  const shiftMs = offered.startTimeMs - asked.startTimeMs;
  if (Math.abs(shiftMs) >= 60_000)
    found.push(`start ${minutes(shiftMs)} ${shiftMs > 0 ? 'later' : 'earlier'}`);
  const stretchMs = offered.duration - asked.duration;
  if (stretchMs !== 0)
    found.push(`${formatDuration(Math.abs(stretchMs))} ${stretchMs > 0 ? 'longer' : 'shorter'}`);
  if (offered.type !== asked.type) found.push(`${offered.type} instead of ${asked.type}`);
  const count = (was: number, is: number, what: string) => {
    if (is !== was)
      found.push(
        `${Math.abs(is - was)} ${what}${Math.abs(is - was) === 1 ? '' : 's'} ${is > was ? 'more' : 'fewer'}`,
      );
  };
  count(asked.numInstancesFixed, offered.numInstancesFixed, 'instance');
  count(asked.numInstancesOption, offered.numInstancesOption, 'optional instance');
  return found.join(', ');
}

/** "1 × SMALL, … (start 3h later), for 0.10 credits". */
function offeredText(asked: Terms, offered: Terms, priceMicros: number): string {
  const difference = differenceText(asked, offered);
  return `${termsText(offered)}${difference === '' ? '' : ` (${difference})`}, for ${creditsText(priceMicros)}`;
}

/** What each time of a series was answered, a line each. */
export function seriesText(
  occurrences: readonly { readonly answer: NegotiationReply; readonly startTimeMs: number }[],
  asked: Omit<Terms, 'startTimeMs'>,
): string {
  const line = (
    { detail, priceMicros = 0, proposal, reason, refusal, reply }: NegotiationReply,
    startTimeMs: number,
  ) =>
    refusal !== undefined
      ? `  refused  ${momentText(startTimeMs)}: ${refusal.detail}`
      : proposal === null || (reply !== 'ACCEPT' && reply !== 'COUNTER')
        ? `  no       ${momentText(startTimeMs)}: ${detail ?? reason}`
        : `  ${reply === 'ACCEPT' ? 'yes    ' : 'instead'}  ${offeredText({ ...asked, startTimeMs }, proposal, priceMicros)}`;
  return occurrences.map(({ answer, startTimeMs }) => `${line(answer, startTimeMs)}\n`).join('');
}

/** What other services would answer, a line each; nothing where there are none. */
export function partnersText(quotes: readonly PartnerQuote[], asked: Terms): string {
  if (quotes.length === 0) return '';
  const line = ({ name, quote, trouble, url }: PartnerQuote) => {
    const { detail, priceMicros = 0, proposal, reason, reply } = quote ?? {};
    if (proposal == null || (reply !== 'ACCEPT' && reply !== 'COUNTER'))
      return `  no       ${name}: ${trouble ?? detail ?? reason}`;
    return `  ${reply === 'ACCEPT' ? 'yes    ' : 'instead'}  ${name}: ${offeredText(asked, proposal, priceMicros)}, at ${url}`;
  };
  return `Elsewhere, in credits of each service; nothing is held there:\n${quotes.map((quote) => `${line(quote)}\n`).join('')}`;
}

/** That a quote would be refused all the same, and what of it would not be; nothing where it would not. */
export function refusalText(
  { refusal }: Pick<NegotiationReply, 'refusal'>,
  { numInstancesFixed }: Terms,
): string {
  if (refusal === undefined) return '';
  const { detail, within: { duration, numInstancesFixed: fewer } = {} } = refusal;
  const found = [
    ...(fewer === undefined ? [] : [`${fewer} for that long`]),
    ...(duration === undefined ? [] : [`${numInstancesFixed} for ${formatDuration(duration)}`]),
  ];
  return `It would be refused all the same: ${detail}.\n${found.length === 0 ? '' : `  Within the limits: ${found.join(', or ')}.\n`}`;
}

/** What all windows of an offer cost together. */
export function wholePrice({ parts = [], priceMicros = 0 }: Pick<NegotiationReply, 'parts' | 'priceMicros'>) {
  return parts.reduce((sum, part) => sum + part.priceMicros, priceMicros);
}

/** What is offered, and what else there is, a line each. */
export function offerText(
  { alternatives = [], holdUntilMs, parts = [], priceMicros = 0, proposal, reply }: NegotiationReply,
  asked: Terms,
): string {
  if (proposal === null) return '';
  const line = (terms: Proposal, price: number) => offeredText(asked, terms, price);
  return [
    reply === 'ACCEPT' ? 'OpenPEX can do that:' : 'OpenPEX offers instead:',
    `  ${line(proposal, priceMicros)}`,
    ...parts.map((part) => `  and ${termsText(part.proposal)}, for ${creditsText(part.priceMicros)}`),
    ...(parts.length === 0
      ? []
      : [`All of it or nothing: ${creditsText(wholePrice({ parts, priceMicros }))}.`]),
    ...alternatives.map((other) => `  or ${line(other.proposal, other.priceMicros)}`),
    ...(proposal.kind === 'overbooked'
      ? [
          'Others have reserved this time: it begins as soon as one of them has not come. Where all come you do not get it, and are paid back.',
        ]
      : []),
    ...(holdUntilMs === undefined
      ? []
      : [`${proposal.kind === 'overbooked' ? 'Offered' : 'Held for you'} until ${momentText(holdUntilMs)}.`]),
    '',
  ].join('\n');
}

/** What a change would be, and what else there is, a line each. */
export function changeOfferText(offer: NegotiationReply, asked: Terms): string {
  const { alternatives = [], holdUntilMs, proposal, reply } = offer;
  if (proposal === null) return '';
  const line = (terms: Proposal) => {
    const difference = differenceText(asked, terms);
    return `${termsText(terms)}${difference === '' ? '' : ` (${difference})`}`;
  };
  return [
    reply === 'ACCEPT' ? 'It can be changed as you asked:' : 'OpenPEX offers this change instead:',
    `  ${line(proposal)}, ${priceDifferenceText(offer)}`,
    ...alternatives.map((other) => `  or ${line(other.proposal)}`),
    ...(holdUntilMs === undefined ? [] : [`Held for you until ${momentText(holdUntilMs)}.`]),
    'Until it is booked, your reservation is as it was.',
    '',
  ].join('\n');
}

/** "for 0.30 credits more", "and 0.10 credits are paid back". */
export function priceDifferenceText({
  differenceMicros = 0,
}: Pick<NegotiationReply, 'differenceMicros'>): string {
  if (differenceMicros === 0) return 'for the same price';
  const credits = creditsText(Math.abs(differenceMicros));
  return differenceMicros > 0 ? `for ${credits} more` : `and ${credits} are paid back`;
}

/** One line for a list. */
export function reservationLine(row: Reservation): string {
  const {
    duration,
    id,
    name,
    numInstancesFixed,
    numInstancesOption,
    outcome,
    startTimeMs,
    startsItself,
    status,
    type,
  } = row;
  const what =
    type === null || startTimeMs === null || duration === null
      ? 'no terms yet'
      : termsText({
          type,
          startTimeMs,
          duration,
          numInstancesFixed: numInstancesFixed ?? 0,
          numInstancesOption: numInstancesOption ?? 0,
          ...(row.site !== undefined && { site: row.site }),
        });
  const word =
    outcome ?? (status === 'CONFIRMED' ? (startsItself ? 'booked' : 'booked, to activate') : WORDS[status]);
  return `${id}  ${word.padEnd(19)}  ${what}${name === null ? '' : `  "${name}"`}`;
}

const WORDS: Readonly<Record<Reservation['status'], string>> = {
  INITIATED: 'opened',
  WAITLISTED: 'on the waitlist',
  ACCEPTED: 'awaits booking',
  COUNTERED: 'awaits an answer',
  CONFIRMED: 'booked',
  ACTIVATED: 'activated',
  EXPIRED: 'expired',
  REJECTED: 'rejected',
  CANCELLED: 'cancelled',
  FAILED: 'failed',
};
