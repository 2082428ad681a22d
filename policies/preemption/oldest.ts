// Whoever came first gives way first.
import { Type } from 'typebox';
import { preemptionPolicy } from '../../engine/index.ts';

export const oldest = preemptionPolicy({
  name: 'oldest',
  summary: 'The lease whose session began first gives way first.',
  options: Type.Object({}),
  create: () => ({ order: (_proposal, victims) => victims }),
});
