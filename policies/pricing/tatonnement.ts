// A price that feels its way: up while more is wanted than there should be, down while less is.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

/** So many steps at once are as good as any more: the price is at one of its ends. */
const MOST_STEPS = 1000;

/** One step: p x (1 + gain x (demand - supply) / supply), within bounds. */
export function nextLevel(
  level: number,
  {
    demand,
    gain,
    least,
    most,
    supply,
  }: {
    readonly demand: number;
    readonly supply: number;
    readonly gain: number;
    readonly least: number;
    readonly most: number;
  },
): number {
  return Math.min(most, Math.max(least, level * (1 + (gain * (demand - supply)) / supply)));
}

export const tatonnement = pricingPolicy({
  name: 'tatonnement',
  summary:
    'The flat price, times a level that rises while more than a target is booked and falls while less is.',
  guide: {
    rule: 'price = flat price x p. Once in every period p <- p x (1 + gain x (D - S) / S), between least and most: D the share of CPU time that is booked in the time ahead, S the target. p is 1 at first.',
    origin: 'Walras 1874; commodity markets for grids (Wolski, Plank, Brevik, Bryan 2001).',
    use: 'To find the price at which a cluster is as full as it should be, whatever users are willing to pay.',
  },
  options: Type.Object({
    ...rateOptions,
    target: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.7,
      description: 'The booked share of the time ahead at which the price stays.',
    }),
    gain: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.2,
      description: 'How fast the price follows.',
    }),
    period: finiteDurationOption({ default: '1h', description: 'From one step to the next.' }),
    ahead: finiteDurationOption({ default: '12h', description: 'The time ahead that is looked at.' }),
    least: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 0.2,
      description: 'The level goes no lower.',
    }),
    most: Type.Number({
      minimum: 1,
      maximum: 1_000_000,
      default: 10,
      description: 'The level goes no higher.',
    }),
  }),
  memory: () => ({ level: 1, steppedMs: -1 }),
  create: (options) => {
    const rates = ratesOf(options);
    const periodMs = Math.max(1, durationMs(options.period));
    const aheadMs = Math.max(1, durationMs(options.ahead));
    return {
      price(proposal, view, { memory }) {
        const { nowMs } = view;
        if (memory.steppedMs < 0) memory.steppedMs = nowMs;
        const steps = Math.floor((nowMs - memory.steppedMs) / periodMs);
        if (steps > 0) {
          const demand = view.bookedShare(nowMs, nowMs + aheadMs);
          for (let i = 0; i < Math.min(steps, MOST_STEPS); i++)
            memory.level = nextLevel(memory.level, { ...options, demand, supply: options.target });
          memory.steppedMs += steps * periodMs;
        }
        const flat = rates.perHour(proposal, view) * (rates.billedMs(proposal) / HOUR_MS);
        return Math.round(flat * memory.level);
      },
      compensation: rates.compensation,
    };
  },
});
