// EC2 capacity reservations with a start date: weeks ahead, and a commitment.
import type { ReservationRulesPreset } from './preset.ts';

export const ec2FutureDated: ReservationRulesPreset = {
  name: 'ec2-future-dated',
  rule: 'Asked for 5 to 120 days ahead, as asked for or not at all; until the commitment is over, which is the window here, neither cancelled nor made smaller.',
  source:
    'Amazon EC2 API reference, CreateCapacityReservation: StartDate (5 to 120 days in advance), CommitmentDuration; CapacityReservationCommitmentInfo.',
  without: 'The days in which a request is assessed.',
  settings: {
    negotiation: {
      leadTime: { min: '5d', max: '120d' },
      binding: { from: 'unlimited', until: 'unlimited' },
    },
    policies: { counterOffer: 'none' },
  },
};
