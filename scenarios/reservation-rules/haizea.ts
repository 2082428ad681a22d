// Haizea: an advance reservation is granted as it is, or not at all.
import type { ReservationRulesPreset } from './preset.ts';

export const haizea: ReservationRulesPreset = {
  name: 'haizea',
  rule: 'Any window, as asked for or not at all.',
  source:
    'Sotomayor, Keahey, Foster, "Combining Batch Execution and Leasing Using Virtual Machines", HPDC 2008, section 3; Haizea 1.1, policies/admission.',
  settings: { policies: { counterOffer: 'none' } },
};
