// Gold, silver, bronze: who pays more is owed more when a promise is broken.

import { Type } from 'typebox';
import { type Proposal, pricingPolicy } from '../../engine/for-policies.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

const CLASSES = ['gold', 'silver', 'bronze'] as const;
type SlaClass = (typeof CLASSES)[number];

const classField = (name: SlaClass, factor: number, penaltyShare: number) =>
  Type.Object(
    {
      factor: Type.Number({
        minimum: 0,
        maximum: 1000,
        default: factor,
        description: 'The price is multiplied by it.',
      }),
      penaltyShare: Type.Number({
        minimum: 0,
        maximum: 1000,
        default: penaltyShare,
        description: 'Share of the price that is owed on top of the refund when a reservation fails.',
      }),
    },
    { additionalProperties: false, default: {}, description: `What ${name} costs and promises.` },
  );

export const slaClasses = pricingPolicy({
  name: 'sla-classes',
  summary: 'The flat price, dearer for a class of service with a higher penalty: gold, silver or bronze.',
  guide: {
    rule: 'price = flat price x factor of the class; a reservation that fails gets back what was not delivered, and the penalty share of the class. The class is that of the template, else the usual one.',
    origin: 'RESERVOIR, service manifests with SLA(component) = Gold (Rochwerger et al. 2009).',
    use: 'Where some work must not fail, and its users pay for that: they ask for a template of their class.',
  },
  options: Type.Object({
    ...rateOptions,
    templates: Type.Record(
      Type.String(),
      Type.Enum([...CLASSES], { expected: CLASSES.join(', '), description: 'Its class.' }),
      { default: {}, description: 'The class of each VM template that has one: {debian-gold: gold}.' },
    ),
    usual: Type.Enum([...CLASSES], {
      default: 'silver',
      expected: CLASSES.join(', '),
      description: 'The class of all other templates.',
    }),
    gold: classField('gold', 1.5, 0.5),
    silver: classField('silver', 1, 0.1),
    bronze: classField('bronze', 0.7, 0),
  }),
  create: (options) => {
    const rates = ratesOf(options);
    const nameOf = ({ template }: Proposal): SlaClass => options.templates[template] ?? options.usual;
    const classOf = (proposal: Proposal) => options[nameOf(proposal)];
    return {
      price(proposal, view) {
        const flat = rates.perHour(proposal, view) * (rates.billedMs(proposal) / HOUR_MS);
        return Math.round(flat * classOf(proposal).factor);
      },
      compensation(agreement) {
        const { refundMicros } = rates.compensation(agreement);
        const { penaltyShare } = classOf(agreement.proposal);
        return { refundMicros, penaltyMicros: Math.round(agreement.priceMicros * penaltyShare) };
      },
      slaClass: nameOf,
    };
  },
});
