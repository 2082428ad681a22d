// What the times of a series are answered, in words, and what of it can be taken. Pure.
import type { Series, SeriesOccurrence } from '../../../wire/series.ts';
import { formatCount } from '../text/amounts.ts';
import { formatWindow } from '../text/time.ts';
import { rejectionText } from '../text/words.ts';
import { differences, differenceText, type Terms } from './difference.ts';
import { counterReason } from './transcript.ts';

export type Standing = 'as-asked' | 'otherwise' | 'no';

export function standingOf({ answer: { proposal, refusal, reply } }: SeriesOccurrence): Standing {
  if (proposal === null || refusal !== undefined) return 'no';
  return reply === 'ACCEPT' ? 'as-asked' : reply === 'COUNTER' ? 'otherwise' : 'no';
}

/** "Thu 3 Dec, 14:00 – 16:00", as asked. */
export function occurrenceWindow(
  { startTimeMs }: SeriesOccurrence,
  durationMs: number,
  zone?: string,
): string {
  return formatWindow(startTimeMs, startTimeMs + durationMs, zone);
}

/** What it is answered, beside its window. */
export function occurrenceText(
  { answer, startTimeMs }: SeriesOccurrence,
  asked: Omit<Terms, 'startTimeMs'>,
  zone?: string,
): string {
  const { proposal, reason, refusal } = answer;
  if (refusal !== undefined) return `No. There is room, but it would be refused: ${refusal.detail}.`;
  if (answer.reply === 'ACCEPT') return 'As asked';
  if (answer.reply !== 'COUNTER' || proposal === null) return `No. ${rejectionText(reason)}`;
  const { duration, startTimeMs: offeredMs } = proposal;
  // Where none was named, the service took one.
  const template = asked.template === '' ? proposal.template : asked.template;
  const found = differences({ ...asked, startTimeMs, template }, proposal, zone);
  return `Instead: ${formatWindow(offeredMs, offeredMs + duration, zone)} (${differenceText(found)})${counterReason(reason)}`;
}

/** "6 of 8 as asked, 1 otherwise, 1 not." */
export function seriesText({ occurrences }: Pick<Series, 'occurrences'>): string {
  const count = (standing: Standing) => occurrences.filter((each) => standingOf(each) === standing).length;
  const asAsked = count('as-asked');
  if (asAsked === occurrences.length) return `All ${formatCount(asAsked, 'time')} as asked.`;
  const others = [
    [count('otherwise'), 'otherwise'],
    [count('no'), 'not at all'],
  ] as const;
  const rest = others.flatMap(([number, how]) => (number === 0 ? [] : [`${number} ${how}`]));
  return `${[`${asAsked} of ${formatCount(occurrences.length, 'time')} as asked`, ...rest].join(', ')}.`;
}

/** Of what is offered, in millionths of a credit. */
export function priceOf(occurrences: readonly SeriesOccurrence[]): number {
  return occurrences.reduce((sum, { answer: { priceMicros = 0 } }) => sum + priceMicros, 0);
}
