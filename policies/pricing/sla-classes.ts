// Gold, silver, bronze: who pays more is owed more when a promise is broken.

import { type Static, Type } from 'typebox';
import { type Kept, type Proposal, pricingPolicy } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { HOUR_MS, rateOptions, ratesOf } from './rates.ts';

const CLASSES = ['gold', 'silver', 'bronze'] as const;
type SlaClass = (typeof CLASSES)[number];

const Step = Type.Object(
  {
    below: Type.Number({ minimum: 0, maximum: 1, description: 'An availability, as a share.' }),
    share: Type.Number({ minimum: 0, maximum: 1000, description: 'Of the price: what is owed below it.' }),
  },
  { additionalProperties: false, expected: 'a group such as {below: 0.9995, share: 0.1}' },
);

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
      lateGrace: finiteDurationOption({
        default: '5m',
        description: 'So long an instance may take to be up for the first time.',
      }),
      lateFactor: Type.Number({
        minimum: 0,
        maximum: 1000,
        default: 0,
        description:
          'What is owed for the time that an instance is late beyond that, in prices of that time. 0: nothing.',
      }),
      steps: Type.Array(Step, {
        maxItems: 20,
        default: [],
        description:
          'What is owed for low availability: the largest share of those that it is below. Availability is the share of the time that the window was open, over all guaranteed instances, in which they were not late beyond the grace and not out. Empty: nothing.',
      }),
      mostShare: Type.Number({
        minimum: 0,
        maximum: 1000,
        default: 1,
        description: 'Of the price: the most that is owed for late starts and low availability.',
      }),
    },
    { additionalProperties: false, default: {}, description: `What ${name} costs and promises.` },
  );

export const slaClasses = pricingPolicy({
  name: 'sla-classes',
  summary: 'The flat price, dearer for a class of service with a higher penalty: gold, silver or bronze.',
  guide: {
    rule: 'price = flat price x factor of the class; a reservation that fails gets back what was not delivered, and the penalty share of the class. One that is kept to its end is owed price x lateFactor x (time late beyond the grace) / (time of all instances), and the largest share of the steps above its availability, together at most mostShare x price. The class is that of the template, else the usual one.',
    origin:
      'RESERVOIR, service manifests with SLA(component) = Gold (Rochwerger et al. 2009); steps of availability as in the SLA of Amazon EC2 of 2008 (below 99.95 %: 10 % back).',
    use: "Where some work must not fail, and its users pay for that: they ask for a template of their class. What a user or a guest brings down is nobody's debt.",
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
      ...(CLASSES.some((name) => promisesService(options[name])) && {
        shortfall: (kept: Kept) => owedFor(kept, classOf(kept.proposal)),
      }),
    };
  },
});

type ClassTerms = Static<ReturnType<typeof classField>>;

function promisesService({ lateFactor, steps }: ClassTerms): boolean {
  return lateFactor > 0 || steps.length > 0;
}

/** For late starts and low availability of what was kept to its end, in micro-credits. */
export function owedFor(
  { instances, openMs, priceMicros }: Kept,
  { lateFactor, lateGrace, mostShare, steps }: ClassTerms,
): number {
  const promisedMs = openMs * instances.length;
  if (promisedMs <= 0) return 0;
  const graceMs = durationMs(lateGrace);
  let lateMs = 0;
  let outMs = 0;
  for (const instance of instances) {
    lateMs += Math.max(0, instance.lateMs - graceMs);
    outMs += instance.outMs;
  }
  const availability = 1 - (lateMs + outMs) / promisedMs;
  const ofSteps = Math.max(0, ...steps.map(({ below, share }) => (availability < below ? share : 0)));
  const share = Math.min(mostShare, lateFactor * (lateMs / promisedMs) + ofSteps);
  return Math.round(priceMicros * share);
}
