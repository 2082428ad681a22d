// Whoever came last gives way first, so that the oldest lease gets done. Sotomayor et al., HPDC 2008, section 4.
import { Type } from 'typebox';
import { preemptionPolicy } from '../../engine/for-policies.ts';

export const youngest = preemptionPolicy({
  name: 'youngest',
  summary: 'The lease whose session began last gives way first.',
  guide: {
    rule: 'By the beginning of their sessions, the last first.',
    origin: 'Sotomayor et al., HPDC 2008, section 4; Haizea.',
    use: 'So that the oldest lease of the queue gets done.',
  },
  options: Type.Object({}),
  create: () => ({ order: (_proposal, victims) => victims.toReversed() }),
});
