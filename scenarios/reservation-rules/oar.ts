// OAR: a refusal names the start from which it would fit.
import type { ReservationRulesPreset } from './preset.ts';

export const oar: ReservationRulesPreset = {
  name: 'oar',
  rule: 'As asked for; else the first start that fits is named, and granted to whoever asks for it.',
  source: 'OAR 2.5.9, observed: oarsub -r.',
  without:
    'Two waiting reservations for each user; 61 s between one reservation and the next; the start that is named is not held, which it is here.',
  settings: { policies: { counterOffer: 'earliest-start' } },
};
