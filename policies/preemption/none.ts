// Nobody gives way.
import { Type } from 'typebox';
import { preemptionPolicy } from '../../engine/index.ts';

export const noPreemption = preemptionPolicy({
  name: 'none',
  summary: 'Nobody gives way: what has room keeps it.',
  options: Type.Object({}),
  create: () => ({ order: () => [] }),
});
