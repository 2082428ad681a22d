// Azure's future capacity reservations: a week ahead at least, a commitment, and perhaps not all of it.
import type { ReservationRulesPreset } from './preset.ts';

export const azureFuture: ReservationRulesPreset = {
  name: 'azure-future',
  rule: 'Asked for 7 days to 6 months ahead; where there is not enough, partly fulfilled; from a stated instant on, here 7 days before the start, and until the commitment is over neither changed nor deleted.',
  source:
    'Azure Compute API, ScheduleProfile (start, minimumCommitmentDays, modifiableUntil) and ReservationState (Committed, PartiallyFulfilled).',
  without: 'It ends when its user deletes it; here the commitment is the window.',
  settings: {
    negotiation: { leadTime: { min: '7d', max: '182d' }, binding: { from: '7d', until: 'unlimited' } },
    policies: { counterOffer: 'fewer-instances' },
  },
};
