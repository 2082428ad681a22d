// Dear hours and cheap hours: the rate depends on the time of day.

import { Type } from 'typebox';
import { pricingPolicy } from '../../engine/for-policies.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

const DAY_MS = 24 * HOUR_MS;

interface Band {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly factor: number;
}

export const timeOfUse = pricingPolicy({
  name: 'time-of-use',
  summary: 'Another rate in some hours of the day, exact to the millisecond at their edges.',
  guide: {
    rule: 'price = fixed instances x the integral over the billed time of rate x factor(time of day) dt; the factor is 1 outside of the bands.',
    origin: 'Time-of-use tariffs of electricity; UTC, without daylight saving.',
    use: 'To move work into idle hours, with buyers who look at the price.',
  },
  options: Type.Object({
    ...rateOptions,
    bands: Type.Array(
      Type.Object(
        {
          from: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', expected: 'a time of day, "08:00"' }),
          to: Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', expected: 'a time of day, "20:00"' }),
          factor: Type.Number({ minimum: 0, maximum: 1000 }),
        },
        { additionalProperties: false },
      ),
      {
        default: [{ from: '08:00', to: '20:00', factor: 2 }],
        expected: 'a list of {from, to, factor}, such as {from: "08:00", to: "20:00", factor: 2}',
        description:
          'Hours of the day, in UTC, and by what their rate is multiplied; a band may pass midnight. Where bands overlap, the first counts.',
      },
    ),
  }),
  create: (options) => {
    const rates = ratesOf(options);
    const bands = options.bands.flatMap(({ factor, from, to }): Band[] => {
      const [fromMs, untilMs] = [millisOfDay(from), millisOfDay(to)];
      return fromMs < untilMs
        ? [{ fromMs, untilMs, factor }]
        : [
            { fromMs, untilMs: DAY_MS, factor },
            { fromMs: 0, untilMs, factor },
          ];
    });
    const edges = [
      ...new Set([0, DAY_MS, ...bands.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs])]),
    ].sort((a, b) => a - b);
    const factorAt = (ofDayMs: number) =>
      bands.find(({ fromMs, untilMs }) => fromMs <= ofDayMs && ofDayMs < untilMs)?.factor ?? 1;
    const steps = edges
      .slice(0, -1)
      .map((fromMs, i) => ({ fromMs, untilMs: edges[i + 1]!, factor: factorAt(fromMs) }));
    /** Milliseconds weighted by their factor, from midnight on. */
    const weighed = (ofDayMs: number) =>
      steps.reduce(
        (sum, { factor, fromMs, untilMs }) => sum + factor * Math.max(0, Math.min(ofDayMs, untilMs) - fromMs),
        0,
      );
    const wholeDay = weighed(DAY_MS);
    const since = (ms: number) => {
      const day = Math.floor(ms / DAY_MS);
      return day * wholeDay + weighed(ms - day * DAY_MS);
    };
    return {
      price(proposal, view) {
        const { startMs } = proposal;
        const billed = since(startMs + rates.billedMs(proposal)) - since(startMs);
        return Math.round(rates.perHour(proposal, view) * (billed / HOUR_MS));
      },
      compensation: rates.compensation,
    };
  },
});

function millisOfDay(text: string): number {
  const [hours, minutes] = text.split(':').map(Number);
  return hours! * HOUR_MS + minutes! * 60_000;
}
