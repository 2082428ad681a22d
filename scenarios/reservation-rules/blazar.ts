// Blazar, as the Chameleon testbed runs it: leases as asked for, and a reaper of those that nobody uses.
import type { ReservationRulesPreset } from './preset.ts';

export const blazar: ReservationRulesPreset = {
  name: 'blazar',
  rule: 'As asked for or not at all; a lease that nobody has begun to use an hour after its start is taken back.',
  source:
    'OpenStack Blazar, leases; Chameleon documentation, "Reservations" (hosts reserved through Blazar, reaper of unused leases).',
  without:
    'Limits on the length, which each testbed sets; the hour of the reaper is ours, for the same reason.',
  settings: { manager: { noShowGrace: '1h' }, policies: { counterOffer: 'none' } },
};
