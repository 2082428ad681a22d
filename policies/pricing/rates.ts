// What capacity costs for an hour, and what is owed for a broken promise: what all shipped prices are made of.
import { type Static, Type } from 'typebox';
import {
  type Agreement,
  amountOf,
  type Compensation,
  type PricingView,
  type Proposal,
} from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { creditsOption, microsFromCredits } from '../../written/money.ts';

export const HOUR_MS = 3_600_000;

/** Options that every price has. */
export const rateOptions = {
  cpuHour: creditsOption({ default: 0.1, description: 'Credits for one virtual CPU for an hour.' }),
  memoryGibHour: creditsOption({ default: 0, description: 'Credits for one GiB of memory for an hour.' }),
  diskGibHour: creditsOption({ default: 0, description: 'Credits for one GiB of disk for an hour.' }),
  resourceHours: Type.Record(
    Type.String(),
    creditsOption({ description: 'Credits for one of it for an hour.' }),
    {
      default: {},
      description:
        'Credits for one of each resource that the provider names, for an hour: {gpu: 1.5}. What is not listed costs nothing.',
    },
  ),
  billingIncrement: finiteDurationOption({
    default: '1h',
    description: 'The duration is rounded up to a multiple of this; "1ms" bills exactly what is reserved.',
  }),
  penaltyShare: Type.Number({
    default: 0.1,
    minimum: 0,
    maximum: 1000,
    description: 'Share of the price that the provider owes on top of the refund when a reservation fails.',
  }),
};

const RateOptions = Type.Object(rateOptions);
export type RateOptions = Static<typeof RateOptions>;

export interface Rates {
  /** Micro-credits for an hour of the guaranteed instances; not rounded. */
  perHour(proposal: Proposal, view: Pick<PricingView, 'resources'>): number;
  /** The duration as it is billed. */
  billedMs(proposal: Pick<Proposal, 'durationMs'>): number;
  /** The share of the price that was not delivered comes back, and a penalty on top. */
  compensation(agreement: Agreement): Compensation;
}

export function ratesOf(options: Readonly<RateOptions>): Rates {
  const cpuHourMicros = microsFromCredits(options.cpuHour);
  const memoryGibHourMicros = microsFromCredits(options.memoryGibHour);
  const diskGibHourMicros = microsFromCredits(options.diskGibHour);
  const resourceHours = Object.entries(options.resourceHours).map(
    ([name, credits]) => [name, microsFromCredits(credits)] as const,
  );
  const incrementMs = Math.max(1, durationMs(options.billingIncrement));

  const namedMicros = ({ demand }: Proposal, { resources }: Pick<PricingView, 'resources'>) =>
    resourceHours.reduce((sum, [name, micros]) => {
      const definition = resources.find((resource) => resource.name === name);
      if (definition === undefined) {
        const known = resources.map((resource) => resource.name).join(', ') || 'none';
        throw new RangeError(
          `resourceHours names "${name}", which the provider does not have (known: ${known})`,
        );
      }
      return sum + (amountOf(demand, name) / (definition.divisible ? 1000 : 1)) * micros;
    }, 0);

  return {
    perHour: (proposal, view) =>
      proposal.numInstancesFixed *
      ((proposal.demand.milliCpus / 1000) * cpuHourMicros +
        (proposal.demand.memoryMib / 1024) * memoryGibHourMicros +
        proposal.demand.diskGib * diskGibHourMicros +
        namedMicros(proposal, view)),
    billedMs: ({ durationMs }) => Math.ceil(durationMs / incrementMs) * incrementMs,
    compensation({ proposal, priceMicros, deliveredMs }) {
      const undeliveredShare = Math.min(1, Math.max(0, 1 - deliveredMs / proposal.durationMs));
      return {
        refundMicros: Math.round(priceMicros * undeliveredShare),
        penaltyMicros: Math.round(priceMicros * options.penaltyShare),
      };
    },
  };
}
