// What the cluster was asked to carry in the measured time, against what was online in it.
import { ratio } from '../summary-values.ts';
import { type FiguresOf, metric } from './metric.ts';
import { negotiation } from './negotiation.ts';
import { utilisation } from './utilisation.ts';

export interface LoadFigures {
  /** CPU-time asked to run in the measured time / CPU-time online in it; null when nothing was online. */
  readonly offered: number | null;
  /** The same, of each request for no longer than its guests were to run. */
  readonly offeredByRunTime: number | null;
}

export const load = metric({
  name: 'load',
  over: 'by instant',
  reads: [negotiation, utilisation],
  start: () => ({
    hears: {},
    finish: (
      _endMs: number,
      {
        negotiation: { offeredByRunTimeCpuMs, offeredCpuMs },
        utilisation: { onlineCpuMs },
      }: FiguresOf<[typeof negotiation, typeof utilisation]>,
    ): LoadFigures => ({
      offered: ratio(offeredCpuMs, onlineCpuMs),
      offeredByRunTime: ratio(offeredByRunTimeCpuMs, onlineCpuMs),
    }),
  }),
  summary: {
    offeredLoad: {
      unit: 'share',
      means:
        'vCPUs x guaranteed instances that were first asked to run within the measured time, whenever they were asked for / CPU-time online in it',
      of: ({ offered }) => offered,
    },
    offeredLoadByRunTime: {
      unit: 'share',
      means:
        'the same, of each request from its asked start for no longer than its guests were to run (`run_time_s` of negotiations.csv), where that is known',
      of: ({ offeredByRunTime }) => offeredByRunTime,
    },
  },
});
