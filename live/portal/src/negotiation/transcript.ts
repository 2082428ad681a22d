// The messages of a negotiation as lines of a dialogue: who said what, in words. Pure.
import type { Bottleneck, Offer, Proposal } from '../../../wire/negotiation.ts';
import { formatInstances } from '../text/amounts.ts';
import { formatMoney } from '../text/money.ts';
import { formatMoment, formatSpan } from '../text/time.ts';
import { refusalText, rejectionText, unchangedText } from '../text/words.ts';
import { type Difference, differences } from './difference.ts';
import { OVERBOOKED } from './request-fields.ts';

export interface Line {
  readonly from: 'you' | 'OpenPEX';
  readonly timeMs: number;
  readonly round: number;
  /** "You asked for", "OpenPEX offers instead". */
  readonly saying: string;
  /** The terms or the reason; null when there is nothing to add. */
  readonly content: string | null;
  /** Of an offer: how it differs from what was asked last. */
  readonly differences: readonly Difference[];
  readonly holdUntilMs: number | null;
}

/** @param offers in the order in which they were exchanged */
export function transcript(offers: readonly Offer[], zone?: string): readonly Line[] {
  let asked: Proposal | null = null;
  let isChange = false;
  return offers.map((offer) => {
    const isRequest = offer.from === 'user' && offer.proposal !== null && !isAnswer(offer.message);
    if (isRequest) {
      asked = offer.proposal;
      isChange = offer.message === 'CHANGE';
    }
    const isOffer = offer.message === 'ACCEPT' || offer.message === 'COUNTER';
    return {
      from: offer.from === 'user' ? 'you' : 'OpenPEX',
      timeMs: offer.timeMs,
      round: offer.round,
      ...wording(offer, isChange, zone),
      differences:
        offer.from === 'provider' && isOffer && offer.proposal !== null && asked !== null
          ? differences(asked, offer.proposal, zone)
          : [],
      // Of a wait it is how long that lasts, and nothing is held.
      holdUntilMs: isOffer ? offer.holdUntilMs : null,
    };
  });
}

/** What the user asked for last: what the present offer is measured by. */
export function lastAsked(offers: readonly Offer[]): Proposal | null {
  const request = offers.findLast(
    ({ from, proposal, message }) => from === 'user' && proposal !== null && !isAnswer(message),
  );
  return request?.proposal ?? null;
}

/** "2 × SMALL for 2 h from Mon, 23 Nov, 14:30". */
export function termsText(proposal: Proposal, zone?: string): string {
  const { numInstancesFixed, numInstancesOption, type, duration, startTimeMs } = proposal;
  const instances = formatInstances(numInstancesFixed, numInstancesOption, type);
  return `${instances} for ${formatSpan(duration)} from ${formatMoment(startTimeMs, zone)}`;
}

/** ", and 2 × SMALL for 1 h from Mon, 23 Nov, 17:00": what is had with it. */
function andWith({ parts = [] }: Offer, zone?: string): string {
  return parts.map(({ proposal }) => `, and ${termsText(proposal, zone)}`).join('');
}

/** ", or from Tue, 24 Nov, 14:30": the other starts that will do as well. */
function orFrom(proposal: Proposal | null, zone?: string): string {
  const starts = (proposal?.otherwise ?? []).flatMap(({ startTime }) => startTime ?? []);
  return starts.map((start) => `, or from ${formatMoment(Date.parse(start), zone)}`).join('');
}

/** What is in the way of what was asked, as a sentence; empty when nobody said. */
export function bottleneckText(bottleneck: Bottleneck | undefined, zone?: string): string {
  if (bottleneck === undefined) return '';
  const {
    by,
    fromMs = 0,
    maxPriceMicros = 0,
    nodeIds = [],
    nodes = 0,
    priceMicros = 0,
    shortfall,
    untilMs = 0,
  } = bottleneck;
  const when = `from ${formatMoment(fromMs, zone)} to ${formatMoment(untilMs, zone)}`;
  if (by === 'price')
    return ` It costs ${formatMoney(priceMicros)}, more than your ${formatMoney(maxPriceMicros)}.`;
  if (by === 'claim-risk') return ` Too many optional instances are promised ${when}.`;
  const what = RESOURCE_WORDS[bottleneck.resource ?? ''] ?? bottleneck.resource;
  const rest = nodes - nodeIds.length;
  const where =
    bottleneck.scope === 'pool' ? '' : ` on ${nodeIds.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return ` ${shortfall} ${shortfall === 1 ? 'instance has' : 'instances have'} no room: ${what} ${
    what === 'CPUs' ? 'are' : 'is'
  } short${where} ${when}.`;
}

const RESOURCE_WORDS: Readonly<Record<string, string>> = {
  cpus: 'CPUs',
  memoryMib: 'memory',
  diskGib: 'disk',
};

/** Why there is no room as asked, where that is not for want of it. */
export function counterReason(reason: string | null | undefined): string {
  return reason === 'node-outage' ? '. There is no room as asked because nodes are out then' : '';
}

function isAnswer(message: string): boolean {
  return message === 'ACCEPT' || message === 'CONFIRM' || message === 'REJECT';
}

function wording(offer: Offer, isChange: boolean, zone?: string): { saying: string; content: string | null } {
  const { message, proposal, priceMicros, reason } = offer;
  const wholeMicros = (offer.parts ?? []).reduce((sum, part) => sum + part.priceMicros, priceMicros ?? 0);
  const price = priceMicros === null ? '' : `, for ${formatMoney(wholeMicros)}`;
  const terms = proposal === null ? null : termsText(proposal, zone);
  if (offer.from === 'user') {
    switch (message) {
      case 'ACCEPT':
        return { saying: 'You accepted the offer', content: null };
      case 'CONFIRM':
        return { saying: 'You confirmed', content: null };
      case 'REJECT':
        return { saying: 'You declined', content: reason };
      default: {
        const limit = proposal?.maxPriceMicros;
        const atMost = limit === undefined ? '' : `, for at most ${formatMoney(limit)}`;
        const saying = isChange
          ? 'You asked to change it to'
          : offer.round > 1
            ? 'You asked instead for'
            : 'You asked for';
        return { saying, content: terms === null ? null : terms + orFrom(proposal, zone) + atMost };
      }
    }
  }
  switch (message) {
    case 'ACCEPT':
      return { saying: 'OpenPEX can do that', content: terms === null ? null : terms + price };
    case 'COUNTER':
      return {
        saying: 'OpenPEX offers instead',
        content:
          terms === null
            ? null
            : `${terms}${andWith(offer, zone)}${price}${counterReason(reason)}${proposal?.kind === OVERBOOKED ? ', if somebody who has reserved that time does not come' : ''}${offer.bottleneck === undefined ? '' : `.${bottleneckText(offer.bottleneck, zone)}`}`,
      };
    case 'CONFIRM_REQUEST':
      return {
        saying: 'OpenPEX asks you to confirm',
        content: 'It is offered to you, but not booked yet.',
      };
    case 'REQUEST_SUCCESS':
      return {
        saying: isChange ? 'OpenPEX has changed it' : 'OpenPEX has booked it',
        content: priceMicros === null ? null : `For ${formatMoney(priceMicros)}.`,
      };
    case 'WAITLISTED':
      return {
        saying: 'OpenPEX has put you on the waitlist',
        content: `${offer.holdUntilMs === null ? '' : `You wait until ${formatMoment(offer.holdUntilMs, zone)}.`}${bottleneckText(offer.bottleneck, zone)}`,
      };
    case 'REJECT':
      return {
        saying: 'OpenPEX cannot do that',
        content: `${(isChange ? unchangedText : rejectionText)(reason ?? undefined)}${bottleneckText(offer.bottleneck, zone)}`,
      };
    case 'REQUEST_FAILED':
      return { saying: 'OpenPEX could not carry that out', content: refusalText(reason, reason ?? '') };
    default:
      return { saying: `OpenPEX: ${message}`, content: reason };
  }
}
