// Nobody gives way.
import { Type } from 'typebox';
import { preemptionPolicy } from '../../engine/for-policies.ts';

export const noPreemption = preemptionPolicy({
  name: 'none',
  summary: 'Nobody gives way: what has room keeps it.',
  guide: {
    rule: 'Nobody: the order is empty.',
    origin: 'The provider of the papers.',
    use: 'When what was agreed on stands, whoever comes.',
  },
  options: Type.Object({}),
  create: () => ({ order: () => [] }),
});
