// A lease ahead of time: a window that is promised exactly as agreed.
import { placementOf } from '../placement/placement-of.ts';
import type { LeaseKind } from './lease-kind.ts';
import { windowDues } from './window-dues.ts';

export const advance: LeaseKind = {
  name: 'advance',
  summary: 'a window at a given time, promised exactly; when it does not fit, another one may be offered',
  accepts: () => undefined,
  latestStartMs: () => Number.POSITIVE_INFINITY,
  plan: ({ proposal, reservationId }, desk) =>
    desk.canPlace(proposal)
      ? {
          kind: 'planned',
          terms: proposal,
          edits: desk.place(reservationId, placementOf(proposal), proposal.template),
        }
      : { kind: 'refused', reason: 'no-room' },
  isChangeable: true,
  due: windowDues,
};
