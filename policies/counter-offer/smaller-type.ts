// The same window and number of instances, each of a smaller type.

import { Type } from 'typebox';
import { counterOfferPolicy } from '../../engine/for-policies.ts';
import { leastShareOption } from './least-share.ts';
import { smallerTypes } from './smaller-types.ts';
import { isWithinReach } from './within-reach.ts';

export const smallerType = counterOfferPolicy({
  name: 'smaller-type',
  summary:
    'The largest smaller instance type of which all instances have room, at no more than the user pays.',
  guide: {
    rule: 'Of the types that need no more of any resource and less of one, with at least leastShare of the CPUs: the largest (CPU, then memory, then disk) with which the proposal is accepted.',
    origin:
      'OpenPEX tech report, section 3 (a counter-offer may change any term), and the table of instance types.',
    use: 'When users need so many machines at a given time, and each may be slower.',
  },
  options: Type.Object({ leastShare: leastShareOption('CPUs of an instance') }),
  create: ({ leastShare }) => ({
    respond({ proposal }, view) {
      const leastMilliCpus = proposal.demand.milliCpus * leastShare;
      for (const { demand, name } of smallerTypes(proposal, view)) {
        if (demand.milliCpus < leastMilliCpus) continue;
        if (isWithinReach({ ...proposal, type: name, demand }, view)) return [{ type: name, demand }];
      }
      return [];
    },
  }),
});
