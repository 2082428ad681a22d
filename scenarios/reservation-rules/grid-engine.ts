// Grid Engine: no room, no reservation, no hint.
import type { ReservationRulesPreset } from './preset.ts';

export const gridEngine: ReservationRulesPreset = {
  name: 'grid-engine',
  rule: 'As asked for or not at all; more nodes than can be had are refused.',
  source: 'Son of Grid Engine 8.1.9, observed: qrsub ("no suitable queues").',
  without:
    'The list of users who may reserve; the 60 s that lie between a running job and a reservation (DURATION_OFFSET).',
  settings: { policies: { counterOffer: 'none' } },
};
