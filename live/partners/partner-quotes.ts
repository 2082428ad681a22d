// Asks other services what they would answer, all at once and each for so long at most. Nothing is held there, and nothing here waits for it but whoever asks.
import { OpenPexProblem } from '../client/index.ts';
import type { PartnerSettings } from '../partner-settings.ts';
import type { NegotiationReply, ProposalBody } from '../wire/negotiation.ts';
import type { PartnerAccount } from './partner-account.ts';

/** What one of them said, or why it did not. */
export type PartnerQuote = Pick<PartnerSettings, 'name' | 'url'> &
  (
    | { readonly quote: NegotiationReply; readonly trouble?: never }
    | { readonly quote?: never; readonly trouble: string }
  );

export class PartnerQuotes {
  readonly #partners: readonly PartnerAccount[];

  constructor(partners: readonly PartnerAccount[]) {
    this.#partners = partners;
  }

  /**
   * What a proposal would be answered elsewhere, on the sites of these names where it names some: what is accepted as it is comes first, the cheapest of it before the rest; then what would be offered instead,
   * what is refused, and who did not answer.
   */
  async ask(proposal: ProposalBody): Promise<readonly PartnerQuote[]> {
    const asked = askedOfPartner(proposal);
    const answers = await Promise.all(this.#partners.map((partner) => quoteOf(partner, asked)));
    return answers.sort((a, b) => rankOf(a) - rankOf(b) || priceOf(a) - priceOf(b));
  }
}

/** Templates and nodes are of each service; the waitlist and the most that is paid, for second choices too, are a matter between users and theirs. */
function askedOfPartner(proposal: ProposalBody): ProposalBody {
  const {
    id: _1,
    maxPriceMicros: _2,
    otherwise = [],
    rank: _8,
    requirements: _9,
    site: _10,
    startTimeMs: _3,
    template: _4,
    userid: _5,
    waitInstead: _6,
    waitUntil: _7,
    ...asked
  } = proposal;
  const choices = otherwise
    .map(({ maxPriceMicros: _, ...choice }) => choice)
    .filter((choice) => Object.keys(choice).length > 0);
  return { ...asked, ...(choices.length > 0 && { otherwise: choices }) };
}

async function quoteOf(
  { client, settings: { name, timeoutMs, url } }: PartnerAccount,
  asked: ProposalBody,
): Promise<PartnerQuote> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    let body = asked;
    if (asked.sites !== undefined) {
      const { sites: there = [] } = Object(await client.call('getService', { signal }));
      const sites = asked.sites.filter((site) => Array.isArray(there) && there.includes(site));
      if (sites.length === 0) return { name, url, trouble: `It has no site ${asked.sites.join(' or ')}.` };
      body = { ...asked, sites };
    }
    const quote: unknown = await client.call('quote', { body, signal });
    if (isQuote(quote)) return { name, url, quote };
    return { name, url, trouble: 'What it answers is no quote: is it an OpenPEX service?' };
  } catch (error) {
    return { name, url, trouble: troubleText(error, timeoutMs) };
  }
}

/** Something else may answer at that address. */
function isQuote(answer: unknown): answer is NegotiationReply {
  const { priceMicros = 0, proposal, reply } = Object(answer) as Record<string, unknown>;
  if (typeof reply !== 'string' || typeof priceMicros !== 'number') return false;
  if (proposal === null) return true;
  const { duration, numInstancesFixed, startTimeMs } = Object(proposal) as Record<string, unknown>;
  return [duration, numInstancesFixed, startTimeMs].every((value) => typeof value === 'number');
}

function troubleText(error: unknown, timeoutMs: number): string {
  if (error instanceof OpenPexProblem && error.status !== 0) return `It refuses to answer: ${error.message}`;
  return `There was no answer within ${timeoutMs / 1000} s.`;
}

const RANKS = { ACCEPT: 0, COUNTER: 1 } as const;

function rankOf({ quote }: PartnerQuote): number {
  if (quote === undefined) return 3;
  return quote.reply === 'ACCEPT' || quote.reply === 'COUNTER' ? RANKS[quote.reply] : 2;
}

function priceOf({ quote }: PartnerQuote): number {
  return quote?.priceMicros ?? 0;
}
