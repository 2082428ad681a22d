// What runs stays where it is.
import { Type } from 'typebox';
import { migrationPolicy } from '../../engine/for-policies.ts';

export const noMigration = migrationPolicy({
  name: 'none',
  summary: 'What runs stays where it is, unless its node is taken out of service.',
  guide: {
    rule: 'No moves, whatever comes.',
    origin: 'The OpenPEX implementation of 2009; in the papers migration is future work.',
    use: 'The default, and what any other migration policy has to beat.',
  },
  options: Type.Object({}),
  create: () => ({}),
});
