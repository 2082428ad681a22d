// A user whose patience grows with the size of what they want done.

import { Type } from 'typebox';
import { buyerPolicy } from '../../engine/for-policies.ts';
import { changesMoreThanStart, isSecondChoice, isTooExpensive } from './objection.ts';

export const timeFlexible = buyerPolicy({
  name: 'time-flexible',
  summary:
    'Takes a start that is off by up to a multiple of the duration, in both directions, whatever the request says.',
  guide: {
    rule: 'ACCEPT when nothing but the start differs, |start - asked| <= slack x duration and price <= maximum; else REJECT.',
    origin:
      'Slack of Venugopal, Chu, Buyya 2008: the time from the start asked for to the deadline, in run times.',
    use: 'To sweep patience: with slack 0 nobody waits, and rejections fall as slack grows.',
  },
  options: Type.Object({
    slack: Type.Number({
      minimum: 0,
      maximum: 1000,
      default: 1,
      description: 'Patience, in durations of the request.',
    }),
  }),
  create: ({ slack }) => ({
    respond(offer, request) {
      if (isTooExpensive(offer, request)) return { reply: 'REJECT', reason: 'price-too-high' };
      if (isSecondChoice(offer, request)) return { reply: 'ACCEPT' };
      if (changesMoreThanStart(offer, request)) return { reply: 'REJECT', reason: 'other-terms' };
      const { durationMs, startMs } = request.proposal;
      const offMs = offer.proposal.startMs - startMs;
      if (Math.abs(offMs) > slack * durationMs)
        return { reply: 'REJECT', reason: offMs < 0 ? 'too-early' : 'too-late' };
      return { reply: 'ACCEPT' };
    },
  }),
});
