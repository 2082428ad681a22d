// One price for everybody at any time: so much for each unit of capacity and hour.

import { Type } from 'typebox';
import {
  amountOf,
  type PricingView,
  type Proposal,
  pricingPolicy,
  type ResourceDefinition,
  type Resources,
} from '../../engine/index.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { creditsOption, microsFromCredits } from '../../written/money.ts';

const HOUR_MS = 3_600_000;

/**
 * Price = guaranteed instances x billed time x the sum over resources of amount x rate, rounded once, to the micro-credit. The billed time is
 * the duration rounded up to whole increments. Optional instances are not part of the price: nobody knows yet whether they will be claimed.
 *
 * A reservation that fails gets back the share of its price that was not delivered, and a penalty on top.
 */
export const flat = pricingPolicy({
  name: 'flat',
  summary: 'A fixed price for each vCPU, GiB of memory and GiB of disk, by the hour.',
  guide: {
    rule: 'price = fixed instances x ceil(duration / increment) x increment x sum over resources of amount x rate.',
    origin: 'OpenPEX (the price unit of the implementation); with increment 1h the bill of EC2 in 2009.',
    use: 'The default: what is asked is what counts, whatever the time and the load.',
  },
  options: Type.Object({
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
  }),
  create: (options) => {
    const cpuHourMicros = microsFromCredits(options.cpuHour);
    const memoryGibHourMicros = microsFromCredits(options.memoryGibHour);
    const diskGibHourMicros = microsFromCredits(options.diskGibHour);
    const resourceHours = Object.entries(options.resourceHours).map(
      ([name, credits]) => [name, microsFromCredits(credits)] as const,
    );
    const incrementMs = Math.max(1, durationMs(options.billingIncrement));

    const namedMicros = (demand: Resources, resources: readonly ResourceDefinition[]) =>
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
    const microsPerHour = (
      { demand, numInstancesFixed }: Proposal,
      { resources }: Pick<PricingView, 'resources'>,
    ) =>
      numInstancesFixed *
      ((demand.milliCpus / 1000) * cpuHourMicros +
        (demand.memoryMib / 1024) * memoryGibHourMicros +
        demand.diskGib * diskGibHourMicros +
        namedMicros(demand, resources));

    return {
      price(proposal, view) {
        const billedMs = Math.ceil(proposal.durationMs / incrementMs) * incrementMs;
        return Math.round(microsPerHour(proposal, view) * (billedMs / HOUR_MS));
      },
      compensation({ proposal, priceMicros, deliveredMs }) {
        const undeliveredShare = Math.min(1, Math.max(0, 1 - deliveredMs / proposal.durationMs));
        return {
          refundMicros: Math.round(priceMicros * undeliveredShare),
          penaltyMicros: Math.round(priceMicros * options.penaltyShare),
        };
      },
    };
  },
});
