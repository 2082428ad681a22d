// EC2 as it was in 2009: no windows ahead of time, and a fee that lowers the rate of what is launched.
import type { ReservationRulesPreset } from './preset.ts';

export const ec2Reserved2009: ReservationRulesPreset = {
  name: 'ec2-reserved-2009',
  rule: 'No start can be asked for: instances are launched when they are needed, for as long as there is room. A reserved instance is a fee for a lower rate.',
  source: 'Amazon EC2 reserved instances as of March 2009, in the related work of the OpenPEX paper.',
  settings: {
    negotiation: { leadTime: { min: '0s', max: '0s' } },
    policies: { counterOffer: 'none', pricing: 'contracts' },
  },
};
