// OpenPEX itself: a counter-offer, held.
import type { ReservationRulesPreset } from './preset.ts';

export const openpex: ReservationRulesPreset = {
  name: 'openpex',
  rule: 'Any window; when it does not fit, the first later start from which it does is offered and held. What is confirmed may be called off before it begins.',
  source: 'Venugopal, Broberg, Buyya, "OpenPEX: An Open Provisioning and EXecution System", 2009, section 3.',
  settings: { policies: { counterOffer: 'earliest-start' } },
};
