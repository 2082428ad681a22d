// A user who gives way as the other side does.

import { Type } from 'typebox';
import { type BuyerPolicy, buyerPolicy } from '../../engine/for-policies.ts';
import { isTooLate, wholePriceMicros, withTerms } from './objection.ts';

/** What was bid last, and what was asked for so far, of each negotiation that goes on. */
interface Memory {
  readonly talks: Record<string, { bidMicros: number; readonly askedMicros: number[] }>;
}

const FORMS = ['relative', 'absolute', 'averaged'] as const;

export interface Imitation {
  readonly form: (typeof FORMS)[number];
  /** Steps of the other side that `averaged` looks back over. */
  readonly window: number;
}

/** The next bid, not bounded. @param asked what the other side asked for, the latest last */
export function imitated(bid: number, asked: readonly number[], { form, window }: Imitation): number {
  const last = asked.at(-1);
  const before = asked.at(form === 'averaged' ? Math.max(-asked.length, -1 - window) : -2);
  if (last === undefined || before === undefined || asked.length < 2) return bid;
  if (form === 'absolute') return bid + (before - last);
  return last === 0 ? Number.POSITIVE_INFINITY : bid * (before / last);
}

export const titForTat = buyerPolicy({
  name: 'tit-for-tat',
  summary: 'Raises its bid as the price comes down, by the same share or the same amount, and not otherwise.',
  guide: {
    rule: 'bid(1) = firstShare x maximum; then relative: bid x asked(n - 1) / asked(n); absolute: bid + asked(n - 1) - asked(n); averaged: bid x asked(n - window) / asked(n); no lower than the first bid, no higher than the maximum. ACCEPT when price <= the next bid (AC_next), in the last round when price <= maximum (AC_time); REJECT a start later than the latest, and what is dearer in the last round; else COUNTER. Who names no maximum takes any price.',
    origin: 'Behaviour-dependent tactics of Faratin, Sierra, Jennings 1998, section 4.3.',
    use: 'With counter-offer=price: nobody gains by holding out against it.',
  },
  options: Type.Object({
    firstShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.4,
      description: 'The lowest bid, as a share of the most that the user pays.',
    }),
    form: Type.Enum([...FORMS], {
      default: 'relative',
      expected: FORMS.join(', '),
      description:
        'What is imitated: the share that was given up, the amount, or the share over several steps.',
    }),
    window: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 3,
      description: 'Steps that averaged looks back over.',
    }),
    rounds: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 5,
      description: 'The last round: takes what it can pay, or leaves.',
    }),
  }),
  memory: (): Memory => ({ talks: {} }),
  create: ({ firstShare, rounds, ...imitation }): BuyerPolicy<Memory> => ({
    open({ proposal, requestId }, { memory }) {
      const { maxPriceMicros } = proposal;
      if (maxPriceMicros === undefined) return proposal;
      const bidMicros = Math.round(firstShare * maxPriceMicros);
      memory.talks[requestId] = { bidMicros, askedMicros: [] };
      return { ...proposal, maxPriceMicros: bidMicros };
    },
    respond(offer, request, round, { memory }) {
      const { talks } = memory;
      const { proposal, requestId } = request;
      const { maxPriceMicros = Number.POSITIVE_INFINITY } = proposal;
      const firstMicros = Math.round(firstShare * maxPriceMicros);
      const { askedMicros, bidMicros } = talks[requestId] ?? { bidMicros: firstMicros, askedMicros: [] };
      // A negotiation that ends is forgotten.
      delete talks[requestId];
      if (isTooLate(offer, request)) return { reply: 'REJECT', reason: 'too-late' };
      const asked = [...askedMicros, wholePriceMicros(offer)].slice(-1 - imitation.window);
      const next = Math.round(
        Math.min(maxPriceMicros, Math.max(firstMicros, imitated(bidMicros, asked, imitation))),
      );
      const most = round >= rounds ? maxPriceMicros : next;
      if (wholePriceMicros(offer) <= most) return { reply: 'ACCEPT' };
      if (round >= rounds) return { reply: 'REJECT', reason: 'price-too-high' };
      talks[requestId] = { bidMicros: next, askedMicros: asked };
      return { reply: 'COUNTER', proposal: { ...withTerms(offer, request), maxPriceMicros: next } };
    },
  }),
});
