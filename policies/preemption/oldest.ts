// Whoever came first gives way first.
import { Type } from 'typebox';
import { preemptionPolicy } from '../../engine/for-policies.ts';

export const oldest = preemptionPolicy({
  name: 'oldest',
  summary: 'The lease whose session began first gives way first.',
  guide: {
    rule: 'By the beginning of their sessions, the first first.',
    origin: 'The other way round of `youngest`, to compare with.',
    use: 'When who has had most of the provider is to give way.',
  },
  options: Type.Object({}),
  create: () => ({ order: (_proposal, victims) => victims }),
});
