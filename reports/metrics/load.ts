// What the cluster was asked to carry in the measured time, against what was online in it.
import { ratio } from '../summary-values.ts';
import { type FiguresOf, metric } from './metric.ts';
import { negotiation } from './negotiation.ts';
import { utilisation } from './utilisation.ts';

export interface LoadFigures {
  /** CPU-time asked to run in the measured time / CPU-time online in it; null when nothing was online. */
  readonly offered: number | null;
}

export const load = metric({
  name: 'load',
  reads: [negotiation, utilisation],
  start: () => ({
    hears: {},
    finish: (
      _endMs: number,
      {
        negotiation: { offeredCpuMs },
        utilisation: { onlineCpuMs },
      }: FiguresOf<[typeof negotiation, typeof utilisation]>,
    ): LoadFigures => ({ offered: ratio(offeredCpuMs, onlineCpuMs) }),
  }),
  summary: {
    offeredLoad: {
      unit: 'share',
      means:
        'by instant: vCPUs x guaranteed instances that were first asked to run within the measured time, whenever they were asked for / CPU-time online in it',
      of: ({ offered }) => offered,
    },
  },
});
