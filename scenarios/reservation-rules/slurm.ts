// Slurm: a duration grows to whole minutes, a number of nodes shrinks to what there is, and neither is said.
import type { ReservationRulesPreset } from './preset.ts';

export const slurm: ReservationRulesPreset = {
  name: 'slurm',
  rule: 'Durations are rounded up to whole minutes; where fewer nodes are free than asked for, those are reserved, untold; refused when there is none.',
  source:
    'Slurm 22.05.8, observed: scontrol create reservation with duration and nodecnt (4,000 asked for, 4 had).',
  without:
    'Only operators reserve; corecnt, which is refused rather than reduced; overlaps on purpose (MAINT, OVERLAP).',
  settings: {
    negotiation: { durations: [{ step: '1m', upTo: '365d' }], untold: true },
    policies: { counterOffer: { name: 'fewer-instances', options: { leastShare: 0 } } },
  },
};
