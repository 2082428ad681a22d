// Google's future reservations in calendar mode: advice within limits.
import type { ReservationRulesPreset } from './preset.ts';

export const googleCalendar: ReservationRulesPreset = {
  name: 'google-calendar',
  rule: 'Availability is shown for 60 days ahead, windows last 1 to 90 days, so that less than a day is offered as one; when it does not fit, the next window is advised. A request cannot be cancelled or changed.',
  source:
    'Google Compute Engine documentation, "Future reservation requests in calendar mode": overview and limitations.',
  without: 'At most 80 VMs with GPUs; whether advice holds anything is not said, here it does.',
  settings: {
    negotiation: {
      leadTime: { min: '0s', max: '60d' },
      durations: [
        { step: '1d', upTo: '1d' },
        { step: '1m', upTo: '90d' },
      ],
      binding: { from: 'unlimited', until: 'unlimited' },
    },
    policies: { counterOffer: 'earliest-start' },
  },
};
