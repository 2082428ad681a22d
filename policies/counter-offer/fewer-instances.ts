// The same window with fewer instances.

import { Type } from 'typebox';
import { counterOfferPolicy } from '../../engine/for-policies.ts';
import { leastShareOption } from './least-share.ts';
import { isWithinReach, largest } from './within-reach.ts';

/** Gives up optional instances first, since nobody counts on them, then as few guaranteed ones as it takes. */
export const fewerInstances = counterOfferPolicy({
  name: 'fewer-instances',
  summary: 'As many instances as have room in the window asked for, and cost no more than the user pays.',
  guide: {
    rule: 'The largest number n of optional instances with which the proposal is accepted; if none, without any, the largest n >= leastShare x asked of guaranteed ones.',
    origin:
      'OpenPEX tech report, section 3 (a counter-offer may change any term); FAR, the smaller maximum (Lucas et al. 2011).',
    use: 'For bags of tasks, whose users take what there is at the time that they asked for.',
  },
  options: Type.Object({ leastShare: leastShareOption('guaranteed instances') }),
  create: ({ leastShare }) => ({
    respond({ proposal }, view) {
      const { numInstancesFixed: asked, numInstancesOption: options } = proposal;
      const isGranted = (numInstancesFixed: number, numInstancesOption: number) =>
        isWithinReach({ ...proposal, numInstancesFixed, numInstancesOption }, view);
      const fewerOptions = largest(0, options - 1, (count) => isGranted(asked, count));
      if (fewerOptions !== undefined) return [{ numInstancesOption: fewerOptions }];
      const least = Math.max(1, Math.ceil(asked * leastShare));
      const fewer = largest(least, asked - 1, (count) => isGranted(count, 0));
      return fewer === undefined ? [] : [{ numInstancesFixed: fewer, numInstancesOption: 0 }];
    },
  }),
});
