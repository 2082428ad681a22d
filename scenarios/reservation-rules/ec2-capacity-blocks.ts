// EC2 capacity blocks: whole days and weeks from a list of what there is, paid ahead, for good.
import type { ReservationRulesPreset } from './preset.ts';

export const ec2CapacityBlocks: ReservationRulesPreset = {
  name: 'ec2-capacity-blocks',
  rule: 'At most 8 weeks ahead, for 1 to 14 whole days or whole weeks up to 182 days; when it does not fit, the next block is offered. What is bought is bought.',
  source: 'Amazon EC2 user guide, "Capacity Blocks for ML".',
  without: 'The time of the day at which blocks begin; at most 64 instances.',
  settings: {
    negotiation: {
      leadTime: { min: '0s', max: '56d' },
      durations: [
        { step: '1d', upTo: '14d' },
        { step: '7d', upTo: '182d' },
      ],
      binding: { from: 'unlimited', until: 'unlimited' },
    },
    policies: { counterOffer: 'earliest-start' },
  },
};
